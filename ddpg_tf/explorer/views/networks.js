// Both networks drawn whole; each of the actor's weights an edge coloured by its gradient.

import { act, judge } from "../chain.js";
import { draggable, drawing, html, svg, widthOf } from "../dom.js";
import { backward } from "../network.js";
import { arithmeticOf, gradientsOf, placesIn, problemOf } from "../page.js";
import { WAYS, count, nameOfWeight, namesOfUnits, short } from "../words.js";

const HEIGHT = 330;
const [DOWN, UP] = ["#b35806", "#542788"]; // the weight will fall, or rise

export function networksView(root, store) {
  const seeing = html("p", { class: "seeing" });
  const figure = html("figure");
  const choose = html("select", { id: "weight", onchange: () =>
    store.set({ weight: Number(choose.value) }) });
  const value = html("input", { type: "range", min: -3, max: 3, step: 0.01, id: "value",
    "aria-label": "value of the weight",
    oninput: () => store.set(withWeight(store.state, Number(value.value))) });
  const says = html("output", { class: "number" });
  const undo = html("button", { type: "button", onclick: () => store.set({ changes: [] }) },
    "undo all changes");
  const unit = html("select", { id: "unit", onchange: () =>
    store.set({ unit: Number(unit.value) }) });
  const unitSays = html("output", { id: "unit-says" });
  root.append(html("h2", {}, "Where the chain is cut, and what reaches each weight"), seeing, figure,
    html("div", { class: "row" }, html("label", {}, "Weight", choose), says, undo), value,
    html("div", { class: "row" }, html("label", {}, "Unit", unit), unitSays));
  const picture = drawing(figure, HEIGHT, { class: "drags", role: "img",
    "aria-label": "actor and critic as a graph" });
  figure.append(html("figcaption", { class: "legend" },
    legend(DOWN, "gradient above 0: the weight falls"), legend(UP, "below 0: it rises"),
    legend("#b9c2ca", "the critic’s weights: not touched")),
    html("p", { class: "note" }, "Drag a line up or down to change its weight. Click a circle, or rest "
      + "the pointer on a line or a circle, to read its numbers."));
  let [from, places] = [null, null];
  draggable(picture, (x, y, event) => {
    if (event.type === "pointerdown") {
      const chosen = event.target.closest?.("[data-unit]")?.dataset.unit;
      if (chosen !== undefined) store.set({ unit: Number(chosen) });
      const index = event.target.closest?.("[data-weight]")?.dataset.weight;
      from = index === undefined ? null : { y, value: valueOf(store.state, Number(index)) };
      if (from) store.set({ weight: Number(index) });
    } else if (from) {
      store.set(withWeight(store.state, from.value + (from.y - y) / 60));
    }
  });

  return (state) => {
    const problem = problemOf(state);
    const found = gradientsOf(state)[state.strategy];
    if (places !== placesIn(state)) {
      places = placesIn(state);
      choose.replaceChildren(...places.map((place, index) =>
        html("option", { value: index }, nameOfWeight(place, problem.actor.layers))));
    }
    const gradients = places.map(({ index, place }) => found.gradients[index].data[place]);
    choose.value = state.weight;
    value.value = valueOf(state, state.weight);
    says.textContent = `= ${short(valueOf(state, state.weight), 4)}, gradient `
      + short(gradients[state.weight], 4);
    undo.disabled = state.changes.length === 0;
    const units = unitsOf(numbersAt(problem, found.stages, arithmeticOf(state)));
    const shown = Math.min(state.unit, units.length - 1);
    unit.replaceChildren(...units.map(({ name }, index) => html("option", { value: index }, name)));
    unit.value = shown;
    unitSays.textContent = units[shown].says;
    draw(picture, problem, places, gradients, state, units);
    seeing.textContent = sentence(state, gradients, found);
    return seeing.textContent;
  };
}

function legend(colour, text) {
  const entry = html("span", {}, text);
  entry.style.setProperty("--way", colour);
  return entry;
}

function valueOf(state, weight) {
  const { index, place, depth } = placesIn(state)[weight];
  const layer = problemOf(state).actor.layers[depth];
  return (index % 2 ? layer.bias : layer.kernel).data[place];
}

function withWeight(state, value) {
  const others = state.changes.filter(([index]) => index !== state.weight);
  const kept = Math.round(Math.min(Math.max(value, -3), 3) * 100) / 100;
  return { changes: [...others, [state.weight, kept]] };
}

/** Columns of nodes: s, hidden, a, the critic's hidden, Q; in pixels. */
function columnsOf({ actor, critic }, width) {
  const sizes = [actor.layers[0].kernel.rows, ...actor.layers.map((l) => l.kernel.columns),
    ...critic.layers.map((l) => l.kernel.columns)];
  const [left, right, top, bottom] = [26, width - 22, 62, HEIGHT - 26];
  return sizes.map((size, column) => Array.from({ length: size }, (_, i) => ({
    x: left + (column * (right - left)) / (sizes.length - 1),
    y: top + ((i + 1) * (bottom - top)) / (size + 1),
  })));
}

/** Column -> { forward, back }: what each unit gives for the batch, and what flows back to it. */
function numbersAt({ actor, critic, observations }, { atQ, atActions }, { round }) {
  const mu = act(actor, observations, round);
  const q = judge(critic, observations, mu.result, round);
  const below = backward(actor, mu, atActions, round).flows;
  const above = backward(critic, q, atQ, round).flows;
  return [
    // the last of the actor's outputs is not scaled to the bounds yet: the action is
    ...mu.outputs.slice(0, -1).map((forward, layer) => ({ forward, back: below[layer] })),
    { forward: mu.result, back: atActions },
    ...q.outputs.slice(1, -1).map((forward, layer) => ({ forward, back: above[layer + 1] })),
    { forward: q.result, back: atQ },
  ];
}

/** Every unit of both networks: its name and its numbers in the batch's first sample. */
function unitsOf(columns) {
  return columns.flatMap(({ forward, back }, column) =>
    namesOfUnits(column, columns.length, forward.columns).map((name, i) => ({ name, column, i,
      says: `in sample 1: ${short(forward.data[i], 4)} going forward, `
        + `${short(back.data[i], 4)} flowing back` })));
}

function draw(picture, problem, places, gradients, state, units) {
  const columns = columnsOf(problem, widthOf(picture));
  const largest = Math.max(...gradients.map(Math.abs)) || 1;
  const edges = places.map((place, weight) => edge(columns, place, weight, gradients[weight] / largest,
    weight === state.weight, `${nameOfWeight(place, problem.actor.layers)}: gradient `
    + `${short(gradients[weight], 4)}, summed over the batch`
    + (state.reduction === "mean" ? " and divided by N" : "")));
  picture.replaceChildren(...criticEdges(columns, problem.actor.layers.length), ...edges,
    ...units.map(({ name, column, i, says }, index) =>
      circle(columns[column][i], { "data-column": column, "data-unit": index }, `${name} ${says}`)),
    ...labels(columns, state), ...tapes(columns, state));
}

function edge(columns, { depth, from, to }, weight, share, isShown, title) {
  const end = columns[depth + 1][to];
  // a bias is a short stroke from below into its unit
  const start = from === null ? { x: end.x - 14, y: end.y + 17 } : columns[depth][from];
  const shape = { x1: start.x, y1: start.y, x2: end.x, y2: end.y };
  const strength = Math.sqrt(Math.abs(share));
  return svg("g", { "data-weight": weight, class: isShown ? "shown" : null },
    isShown ? svg("line", { ...shape, stroke: "#ffdd57", "stroke-width": 11,
      "stroke-linecap": "round" }) : null,
    svg("line", { ...shape, stroke: "transparent", "stroke-width": 12 }),
    svg("line", { ...shape, class: "gradient", stroke: share === 0 ? "#b9c2ca" : share > 0 ? DOWN : UP,
      "stroke-width": 1 + 4.5 * strength, "stroke-opacity": share === 0 ? 0.6 : 0.25 + 0.75 * strength,
      "stroke-dasharray": share === 0 ? "1 4" : null }),
    svg("title", {}, title));
}

function circle({ x, y }, attributes, title) {
  return svg("circle", { cx: x, cy: y, r: 7, fill: "#fff", stroke: "#5b6670", "stroke-width": 1.5,
    ...attributes }, svg("title", {}, title));
}

function criticEdges(columns, depth) {
  const [states, action, hidden, [q]] = [columns[0], columns[depth], columns[depth + 1],
    columns[depth + 2]];
  const grey = { stroke: "#c5ccd3", "stroke-width": 1.2 };
  const top = states[0].y - 26;
  return [
    // the state enters the critic too
    svg("path", { d: `M ${states[0].x} ${states[0].y} V ${top} H ${hidden[0].x - 16} `
      + `L ${hidden[0].x} ${hidden[0].y}`, fill: "none", ...grey, "stroke-dasharray": "5 4" }),
    ...hidden.flatMap((unit) => [
      svg("line", { x1: action[0].x, y1: action[0].y, x2: unit.x, y2: unit.y, ...grey }),
      svg("line", { x1: unit.x, y1: unit.y, x2: q.x, y2: q.y, ...grey })]),
  ];
}

function labels(columns, state) {
  const at = (column, text) => svg("text", { x: columns[column][0].x, y: HEIGHT - 8,
    "text-anchor": "middle" }, text);
  const divides = state.reduction === "mean";
  const explicit = state.strategy === "output_gradients";
  const chip = (x, anchor) => svg("text", { x, y: HEIGHT - 24, "text-anchor": anchor,
    fill: WAYS[state.strategy].colour, "font-weight": 700, class: "where" }, `÷ ${state.n}`);
  const middle = (columns[0][0].x + columns.at(-3)[0].x) / 2;
  return [at(0, "s"), at(columns.length - 3, "a = μ(s)"), at(columns.length - 1, "Q"),
    divides ? chip(explicit ? middle : columns.at(-1)[0].x + 16, explicit ? "middle" : "end") : null]
    .filter(Boolean);
}

/** Which part of the way one derivative covers: two pieces or one. */
function tapes(columns, { strategy }) {
  const [s, a, q] = [columns[0][0].x, columns.at(-3)[0].x, columns.at(-1)[0].x];
  const { colour } = WAYS[strategy];
  const bracket = (from, to, text) => [
    svg("path", { d: `M ${from} 26 V 18 H ${to} V 26`, fill: "none", stroke: colour,
      "stroke-width": 2, class: "tape" }),
    svg("text", { x: (from + to) / 2, y: 13, "text-anchor": "middle" }, text)];
  if (strategy === "output_gradients") {
    return [...bracket(s, a - 5, "tape 1: ∂μ/∂θ"), ...bracket(a + 5, q, "tape 2: ∂Q/∂a")];
  }
  return bracket(s, q, strategy === "mean_q" ? "one tape: ∂(−mean Q)/∂θ" : "one graph of symbols");
}

function sentence(state, gradients, { stages, symbols }) {
  const dead = gradients.filter((g) => g === 0).length;
  const ends = dead ? ` Of ${count(gradients.length, "weight")} ${dead} ${dead === 1 ? "gets" : "get"} `
    + "none (dotted): in every sample a unit at one of its ends gives 0." : "";
  const divides = state.reduction === "mean";
  const atA = short(Math.abs(stages.atActions.data[0]));
  const scaled = state.inverting ? ", scaled by the room that is left to the bound" : "";
  if (state.strategy === "output_gradients") {
    return `The chain is cut at a. One tape says how Q changes with a${scaled}; for sample 1 that is `
      + `${atA} in size${divides ? ", with no N in it" : ""}. The other carries it on to every weight`
      + `${divides ? ", and the sum is divided by N at the end" : ""}.${ends}`;
  }
  if (state.strategy === "mean_q") {
    return `Nothing is cut: one derivative runs from −${state.reduction} Q to the weights. `
      + (divides ? "1/N enters at Q, so what passes a is already divided" : "This passes a")
      + `${scaled}: ${atA} for sample 1.${ends}`;
  }
  return `The same loss as one tape’s, as ${symbols} symbols. Drawing them computed nothing; a symbol `
    + `has no arithmetic of its own, and when the graph runs it does what the tape did.${ends}`;
}
