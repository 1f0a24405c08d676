// Q over the actions, with the arrow dQ/da; the state and the action can be dragged.

import { arrow, scale } from "../chart.js";
import { byArrowKeys, draggable, drawing, html, svg, widthOf } from "../dom.js";
import { LIMIT } from "../example.js";
import { actionAt, curveAt, drawCurve, valueAt } from "../landscape.js";
import { arithmeticOf, problemOf, stateShown } from "../page.js";
import { short } from "../words.js";

const HEIGHT = 290;
const PAD = 180;
const ARROW = "#a3287a";

export function curveView(root, store) {
  const seeing = html("p", { class: "seeing" });
  const [left, right] = [html("figure"), html("figure")];
  const back = html("button", { type: "button", id: "back", onclick: () =>
    store.set({ a: null, s1: null, s2: null }) }, "back to sample 1 and μ(s)");
  root.append(html("h2", {}, "The critic’s slope is what the actor learns from"), seeing,
    html("div", { class: "plots" }, left, right), html("div", { class: "row" }, back));
  const chart = drawing(left, HEIGHT, { tabindex: 0, role: "slider", class: "drags", id: "action",
    "aria-label": "action a", "aria-valuemin": -LIMIT, "aria-valuemax": LIMIT });
  left.append(html("figcaption", {}, "Drag the dot, or use the arrow keys, to try another action."));
  const pad = drawing(right, PAD, { tabindex: 0, role: "application", class: "drags", id: "state",
    "aria-label": "state s, two observations: arrow keys move it" });
  right.append(html("figcaption", {}, "The state s. Drag it: the hills move, and μ(s) with them. "
    + "Small dots: the batch."));

  let x = null;
  const between = (value, limit) => Math.min(Math.max(value, -limit), limit);
  const round3 = (value) => Math.round(value * 1000) / 1000;
  draggable(chart, (px) => x && store.set({ a: round3(between(x.inverse(px), LIMIT)) }));
  byArrowKeys(chart, (dx) => dx && store.set({ a: round3(between(shownAction(store.state)
    + 0.02 * dx, LIMIT)) }));
  const onPad = () => scale(-1, 1, 8, Math.min(widthOf(pad), PAD) - 8);
  draggable(pad, (px, py) => store.set({ s1: round3(between(onPad().inverse(px), 1)),
    s2: round3(between(-onPad().inverse(py), 1)) }));
  byArrowKeys(pad, (dx, dy) => {
    const [s1, s2] = stateShown(store.state);
    store.set({ s1: round3(between(s1 + 0.02 * dx, 1)), s2: round3(between(s2 + 0.02 * dy, 1)) });
  });

  return (state) => {
    const { actor, critic, observations } = problemOf(state);
    const { round } = arithmeticOf(state);
    const s = stateShown(state);
    const mu = actionAt(actor, s, round);
    const a = state.a ?? mu;
    const { q, slope } = valueAt(critic, s, a, round);
    const width = widthOf(chart);
    const drawn = drawCurve(curveAt(critic, s, round), width, HEIGHT);
    ({ x } = drawn);
    const { y, top, bottom } = drawn;
    const reach = Math.min(Math.max(x(a) + 70 * slope, 8), width - 8);
    // the tangent, 50 pixels to each side
    const steepness = (slope * (y(0) - y(1))) / (x(1) - x(0));
    const run = 50 / Math.hypot(1, steepness);
    const rise = run * steepness;
    chart.replaceChildren(...drawn.elements,
      svg("line", { x1: x(mu), x2: x(mu), y1: top, y2: bottom, stroke: "#5b6670",
        "stroke-dasharray": "3 4" }),
      svg("text", { x: x(mu), y: bottom - 6, "text-anchor": mu > 1.5 ? "end" : "start", dx: 5 }, "μ(s)"),
      svg("line", { x1: x(a) - run, x2: x(a) + run, y1: y(q) + rise, y2: y(q) - rise, stroke: ARROW, "stroke-dasharray": "2 4" }),
      arrow(x(a), y(q), reach, y(q), ARROW),
      svg("circle", { cx: x(a), cy: y(q), r: 8, fill: "#fff", stroke: ARROW, "stroke-width": 3 }));
    chart.setAttribute("aria-valuenow", a.toFixed(3));
    chart.setAttribute("aria-valuetext", `a = ${short(a)}, Q = ${short(q)}, dQ/da = ${short(slope)}`);
    drawPad(pad, onPad(), observations, s);
    back.disabled = [state.a, state.s1, state.s2].every((chosen) => chosen === null);
    const where = state.a === null ? "At the actor’s own action" : "At the action you chose";
    const way = Math.abs(slope) < 0.02 ? "Q is flat: there is nothing to climb"
      : `more Q lies to the ${slope > 0 ? "right" : "left"}`;
    seeing.textContent = `${where}, a = ${short(a)}, the critic’s slope is dQ/da = ${short(slope)}: `
      + `${way}. The update moves μ(s) along this arrow`
      + (state.a === null ? ", as far as θ lets it." : " only if it is taken at μ(s), "
        + `${short(mu)}; anywhere else it is the slope at an action that the actor would not choose.`);
    return seeing.textContent;
  };

  function shownAction(state) {
    return state.a ?? actionAt(problemOf(state).actor, stateShown(state),
      arithmeticOf(state).round);
  }
}

function drawPad(pad, at, observations, s) {
  const rows = Array.from({ length: observations.rows }, (_, i) =>
    observations.data.subarray(2 * i, 2 * i + 2));
  const size = at(1) - at(-1);
  pad.replaceChildren(
    svg("rect", { x: at(-1), y: at(-1), width: size, height: size, fill: "#f5f7f9",
      stroke: "#98a3ad" }),
    svg("text", { class: "soft", x: at(1) - 4, y: at(1) - 5, "text-anchor": "end" }, "s₁ →"),
    svg("text", { class: "soft", x: at(-1) + 4, y: at(-1) + 14 }, "↑ s₂"),
    ...rows.map(([s1, s2]) => svg("circle", { cx: at(s1), cy: at(-s2), r: 2.5, fill: "#98a3ad" })),
    svg("circle", { cx: at(s[0]), cy: at(-s[1]), r: 9, fill: "#fff", stroke: "#23415f",
      "stroke-width": 3 }));
  pad.setAttribute("aria-description", `s1 ${short(s[0])}, s2 ${short(s[1])}`);
}
