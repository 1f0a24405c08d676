// Three learners that begin alike, each taught in its own way, update by update.

import { axes, line, rangeOf, scale, ticks } from "../chart.js";
import { coloured, drawing, html, svg, widthOf } from "../dom.js";
import { raceOf } from "../page.js";
import { WAYS, short } from "../words.js";

const HEIGHT = 230;
const LAST = 400;
const FLOOR = 1e-18;
/** Wide, middle and thin: all three can be seen where they lie on top of each other. */
const STYLES = {
  output_gradients: { "stroke-width": 8, "stroke-opacity": 0.4 },
  mean_q: { "stroke-width": 3.5 },
  get_updates: { "stroke-width": 1.5, "stroke-dasharray": "4 3" },
};

export function raceView(root, store) {
  const seeing = html("p", { class: "seeing" });
  let running = false;
  const go = (updates) => store.set({ updates: Math.min(updates, LAST) });
  const step = html("button", { type: "button", id: "step", onclick: () =>
    go(store.state.updates + 1) }, "One update");
  const run = html("button", { type: "button", id: "run-race", onclick: () => {
    running = !running;
    if (running && store.state.updates >= LAST) go(0);
    else go(store.state.updates + (running ? 1 : 0));
  } }, "Run");
  const reset = html("button", { type: "button", id: "restart", onclick: () => {
    running = false;
    go(0);
  } }, "From the start");
  const at = html("output", { class: "number", id: "updates" });
  const [left, right] = [html("figure"), html("figure")];
  root.append(html("h2", {}, "A race that all three win"), seeing,
    html("div", { class: "row" }, step, run, reset, at), html("div", { class: "twice" }, left, right),
    html("p", { class: "legend" }, Object.values(WAYS).map(({ title, colour }) =>
      coloured(colour, html("span", {}, title)))));
  const charts = [drawing(left, HEIGHT, { role: "img", "aria-label": "mean Q by update" }),
    drawing(right, HEIGHT, { role: "img", "aria-label": "largest difference of a weight" })];

  return (state) => {
    const race = raceOf(state);
    const until = performance.now() + 6;
    // what an address asks for is caught up with in slices, so that the page stays alive
    while (race.updates < state.updates && performance.now() < until) race.step();
    const behind = race.updates < state.updates;
    if (behind) store.set({});
    else if (running && state.updates < LAST) go(state.updates + 1);
    if (state.updates >= LAST) running = false;
    run.textContent = running ? "Pause" : "Run";
    run.setAttribute("aria-pressed", running);
    step.disabled = state.updates >= LAST;
    const rows = race.rows.slice(0, state.updates + 1);
    at.textContent = `update ${rows.length - 1}`;
    drawValues(charts[0], rows);
    drawDistances(charts[1], rows);
    seeing.textContent = sentence(state, race, rows);
    return running || behind ? null : seeing.textContent;
  };
}

function frame(chart, rows) {
  const width = widthOf(chart);
  const box = { left: 52, right: width - 16, top: 30, bottom: HEIGHT - 38 };
  const last = Math.max(20, rows.length - 1);
  return { box, x: scale(0, last, box.left, box.right), xTicks: ticks(0, last, 4) };
}

const lines = (rows, x, height) => Object.keys(WAYS).map((name) =>
  line(rows.map((_, i) => x(i)), rows.map((row) => height(row[name])),
    { stroke: WAYS[name].colour, "data-way": name, ...STYLES[name] }));

function drawValues(chart, rows) {
  const { box, x, xTicks } = frame(chart, rows);
  const [low, high] = rangeOf(rows.map((row) => row.mean_q.q));
  const y = scale(low, high, box.bottom, box.top);
  chart.replaceChildren(axes(x, y, { ...box, xTicks, yTicks: ticks(low, high), xLabel: "update",
    yLabel: "mean Q of the batch" }), ...lines(rows, x, ({ q }) => y(q)));
}

function drawDistances(chart, rows) {
  const { box, x, xTicks } = frame(chart, rows);
  const y = scale(Math.log10(FLOOR), 0, box.bottom, box.top);
  const at = (distance) => y(Math.log10(Math.max(distance, FLOOR)));
  chart.replaceChildren(
    svg("rect", { x: box.left, width: box.right - box.left, y: at(FLOOR) - 9, height: 12,
      fill: "#e9edf0" }),
    axes(x, (power) => y(power), { ...box, xTicks, yTicks: [-16, -12, -8, -4, 0], xLabel: "update",
      yLabel: "largest distance from one tape’s weights",
      write: (power) => (power === 0 ? "1" : `1e${power}`.replace("-", "−")) }),
    svg("text", { class: "soft", x: box.right - 4, y: at(FLOOR) - 13, "text-anchor": "end" },
      "exactly 0"),
    ...lines(rows, x, ({ distance }) => at(distance)));
}

function sentence(state, race, rows) {
  const done = rows.length - 1;
  if (done === 0) {
    return `Three copies of one actor, one batch of N = ${state.n}, one update at a time. Step, or let `
      + "it run.";
  }
  const parted = race.parted !== null && race.parted <= done ? race.parted : null;
  const { q } = rows[done].mean_q;
  if (parted === null) {
    return `After ${done} updates the three actors still have the same bits in every weight; `
      + `mean Q is ${short(q, 4)} in all of them.`;
  }
  const most = Math.max(...Object.values(rows[done]).map(({ distance }) => distance));
  return `The first different bit came with update ${parted}. After ${done} the largest difference of `
    + `a weight is ${short(most, 2)}; mean Q is ${short(q, 4)}. They climb the same hill: it is `
    + "rounding, not another method.";
}
