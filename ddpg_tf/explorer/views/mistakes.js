// A known mistake beside the right update: the first step at one state, and 200 updates.

import { CATALOGUE } from "../catalogue.js";
import { arrow, axes, line, rangeOf, scale, ticks } from "../chart.js";
import { coloured, drawing, html, svg, widthOf } from "../dom.js";
import { actionAt, curveAt, drawCurve } from "../landscape.js";
import { arithmeticOf, cosineOf, firstStepOf, problemOf, sideBySideOf, stateShown }
  from "../page.js";
import { short } from "../words.js";

const HEIGHT = 250;
const [RIGHT, WRONG] = ["#23415f", "#c4312b"];
const words = (name) => name.replaceAll("_", " ");

export function mistakesView(root, store) {
  const seeing = html("p", { class: "seeing" });
  const choose = html("select", { id: "mistake", onchange: () =>
    store.set({ mistake: choose.value }) }, Object.keys(CATALOGUE).map((name) =>
    html("option", { value: name }, words(name))));
  const facts = html("div", { class: "facts" });
  const [left, right] = [html("figure"), html("figure")];
  root.append(html("h2", {}, "What people get wrong"),
    html("div", { class: "row" }, html("label", {}, "A mistake", choose)), facts, seeing,
    html("div", { class: "twice" }, left, right),
    html("p", { class: "legend" }, coloured(RIGHT, html("span", {}, "as it should be")),
      dashed(coloured(WRONG, html("span", {}, "with the mistake")))),
    html("p", { class: "note" }, "The names are those that ", html("code", {}, "ddpg-tf diagnose"),
      " gives to code of your own. Each mistake is compared with the plain mean, without inverting "
      + "gradients."));
  const charts = [left, right].map((place, i) => drawing(place, HEIGHT, { role: "img",
    "aria-label": ["what one update does to mu(s)", "mean Q over 200 updates"][i] }));
  left.append(html("figcaption", {}, "At the state chosen above: where one update moves μ(s) "
    + "(arrows, on a scale of their own), and where it is after 200 (dots)."));

  return (shown) => {
    const state = { ...shown, reduction: "mean", inverting: false };
    const { explanation, equation, hint } = CATALOGUE[state.mistake];
    choose.value = state.mistake;
    facts.replaceChildren(html("p", {}, explanation), html("p", {}, "It should be: ", html("code", {}, equation)),
      html("p", {}, html("em", {}, `Ask yourself: ${hint}`)));
    const race = sideBySideOf(state);
    const until = performance.now() + 6;
    while (!race.done && performance.now() < until) race.step();
    if (!race.done) store.set({});
    const moved = drawSteps(charts[0], state, race);
    drawValues(charts[1], race.curves);
    seeing.textContent = race.done ? sentence(moved, race.curves, state) : "200 updates are being made …";
    return race.done ? seeing.textContent : null;
  };
}

function dashed(entry) {
  entry.style.setProperty("--dash", "dashed");
  return entry;
}

function drawSteps(chart, state, race) {
  const [s, { round }] = [stateShown(state), arithmeticOf(state)];
  const { actor, critic } = problemOf(state);
  const first = firstStepOf(state);
  const drawn = drawCurve(curveAt(critic, s, round), widthOf(chart), HEIGHT);
  const { x, bottom, top } = drawn;
  const mu = actionAt(actor, s, round);
  const moved = Object.fromEntries(["right", "wrong"].map((name) =>
    [name, actionAt(first[name].actor, s, round) - mu]));
  const most = Math.max(Math.abs(moved.right), Math.abs(moved.wrong)) || 1;
  const ends = (name) => actionAt(race[name].actor, s, round);
  const mark = (name, colour, y) => [
    arrow(x(mu), y, x(mu) + (70 * moved[name]) / most, y, colour, { "data-arrow": name }),
    svg("circle", { cx: x(ends(name)), cy: bottom, r: 6, fill: name === "right" ? colour : "#fff",
      stroke: colour, "stroke-width": 3, "data-end": name })];
  chart.replaceChildren(...drawn.elements,
    svg("line", { x1: x(mu), x2: x(mu), y1: top, y2: bottom, stroke: "#5b6670",
      "stroke-dasharray": "3 4" }),
    ...mark("right", RIGHT, bottom - 34), ...mark("wrong", WRONG, bottom - 18));
  return moved;
}

function drawValues(chart, { right, wrong }) {
  const box = { left: 48, right: widthOf(chart) - 16, top: 30, bottom: HEIGHT - 38 };
  const x = scale(0, 200, box.left, box.right);
  const [low, high] = rangeOf([...right, ...wrong]);
  const y = scale(low, high, box.bottom, box.top);
  const curve = (values, attributes) => line(values.map((_, i) => x(i)), values.map(y), attributes);
  chart.replaceChildren(
    axes(x, y, { ...box, xTicks: [0, 50, 100, 150, 200], yTicks: ticks(low, high), xLabel: "update",
      yLabel: "mean Q of the batch" }),
    curve(right, { stroke: RIGHT, "stroke-width": 3, "data-curve": "right" }),
    curve(wrong, { stroke: WRONG, "stroke-width": 3, "stroke-dasharray": "7 4",
      "data-curve": "wrong" }));
}

function sentence(moved, { right, wrong }, state) {
  const [good, bad] = [right.at(-1), wrong.at(-1)];
  const share = moved.right ? moved.wrong / moved.right : 0;
  const step = moved.wrong === 0 ? "the first update does not move μ(s) at all"
    : `the first update moves μ(s) by ${short(moved.wrong, 2)} in place of ${short(moved.right, 2)}`;
  const gap = Math.abs(good - bad) < 0.02 * Math.max(1, Math.abs(good)) ? "nearly the same as"
    : bad < good ? "below" : "above";
  const isHidden = Math.abs(share - 1) < 0.02 && gap.startsWith("nearly");
  const isFactor = cosineOf(state) > 1 - 1e-10; // in float64: but for rounding
  const hidden = !isHidden ? ""
    : isFactor && state.optimiser === "adam"
      ? " Adam divides by the gradient’s size, so that a wrong factor hardly shows: try SGD."
      : " With this batch and these settings it hardly shows: try a larger N or another actor.";
  const luck = gap === "above" ? " On this critic, with this batch: it does not climb Q, it happens to "
    + "pass a valley." : "";
  return `Here ${step}. After 200 updates mean Q is ${short(bad, 3)}, ${gap} the `
    + `${short(good, 3)} of the right one.${hidden}${luck}`;
}
