// Symbols, as Keras 2 had them: a graph is drawn first, its derivative is drawn onto it, and only
// `run` computes. A symbol has no arithmetic of its own; what it does to numbers is in `OPERATIONS`.

import { addRow, beside, columnsFrom, map, product, productOverColumns, productOverRows, sumOfRows,
  total, matrix } from "./arithmetic.js";
import { ACTIVATIONS, throughActivation } from "./network.js";

/** Operation -> its numbers: (inputs, settings, round) -> matrix. */
const OPERATIONS = {
  product: ([a, b], _, round) => product(a, b, round),
  productOverRows: ([a, b], _, round) => productOverRows(a, b, round),
  productOverColumns: ([a, b], _, round) => productOverColumns(a, b, round),
  addRow: ([a, row], _, round) => addRow(a, row, round),
  sumOfRows: ([a], _, round) => sumOfRows(a, round),
  activation: ([z], { name }, round) => map(z, ACTIVATIONS[name].f, round),
  activationGradient: ([y, g], { name }, round) => throughActivation(name, y, g, round),
  scale: ([a], { by }, round) => map(a, (x) => x * by, round),
  beside: ([a, b]) => beside(a, b),
  columnsFrom: ([a], { first }) => columnsFrom(a, first),
  negate: ([a], _, round) => map(a, (x) => -x, round),
  reduce: ([a], { divides }, round) =>
    matrix(1, 1, Float64Array.of(round(total(a, round) / (divides ? a.rows : 1)))),
  spread: ([g, like], { divides }, round) =>
    map(like, () => g.data[0] / (divides ? like.rows : 1), round),
  identity: ([a]) => a,
  transformed: ([g, actions], { transform }, round) => transform(g, actions, round),
};

/** Operation -> the symbols of its derivative: (symbol, what flows in) -> one for each input. */
const DERIVATIVES = {
  product: ({ inputs: [a, b] }, g) =>
    [symbol("productOverColumns", [g, b]), symbol("productOverRows", [a, g])],
  addRow: (_, g) => [g, symbol("sumOfRows", [g])],
  activation: (y, g) => [symbol("activationGradient", [y, g], y.settings)],
  scale: ({ settings }, g) => [symbol("scale", [g], settings)],
  // the observations are not differentiated
  beside: ({ settings }, g) => [null, symbol("columnsFrom", [g], settings)],
  negate: (_, g) => [symbol("negate", [g])],
  reduce: ({ inputs: [a], settings }, g) => [symbol("spread", [g, a], settings)],
  identity: ({ inputs: [a], settings }, g) =>
    [settings.transform ? symbol("transformed", [g, a], settings) : g],
};

export function symbol(operation, inputs = [], settings = {}) {
  return { operation, inputs, settings };
}

/** A symbol whose numbers are given when the graph runs. */
export const placeholder = () => symbol("placeholder");

/** A network drawn as symbols; weights: symbols in the order of `weightsOf`. */
export function draw(network, inputs, weights) {
  let x = inputs;
  network.layers.forEach(({ activation }, index) => {
    x = symbol("addRow", [symbol("product", [x, weights[2 * index]]), weights[2 * index + 1]]);
    if (activation !== "linear") x = symbol("activation", [x], { name: activation });
  });
  return symbol("scale", [x], { by: network.scale });
}

/** All symbols that `last` depends on, itself at the end, each after its inputs. */
export function inOrder(last) {
  const order = new Set();
  const visit = (s) => {
    if (order.has(s)) return;
    s.inputs.forEach(visit);
    order.add(s);
  };
  visit(last);
  return [...order];
}

/** The symbols of d loss / d x for each x; flows: symbol -> what flows into it. */
export function gradients(loss, one, xs) {
  const flows = new Map([[loss, one]]);
  for (const s of inOrder(loss).reverse()) {
    if (!flows.has(s) || !(s.operation in DERIVATIVES)) continue;
    DERIVATIVES[s.operation](s, flows.get(s)).forEach((flow, index) => {
      if (flow) flows.set(s.inputs[index], flow);
    });
  }
  return { gradients: xs.map((x) => flows.get(x)), flows };
}

/** Keras 2's K.function: the numbers of `fetches`, given those of the placeholders. */
export function run(fetches, feeds, round) {
  const numbers = new Map(feeds);
  for (const fetch of fetches) {
    for (const s of inOrder(fetch)) {
      if (numbers.has(s)) continue;
      const inputs = s.inputs.map((input) => numbers.get(input));
      numbers.set(s, OPERATIONS[s.operation](inputs, s.settings, round));
    }
  }
  return fetches.map((fetch) => numbers.get(fetch));
}
