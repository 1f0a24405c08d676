// How numbers and strategies are written on the page.

export const WAYS = {
  output_gradients: { title: "Two tapes", name: "output_gradients", colour: "#0072B2",
    says: "dQ/da from one tape, handed to the other",
    code: (N) => `tape.gradient(a, θ, output_gradients=−dQ_da)${N ? " / N" : ""}` },
  mean_q: { title: "One tape", name: "mean_q", colour: "#D55E00",
    says: "the loss differentiated in one go",
    code: (N) => `tape.gradient(−reduce_${N ? "mean" : "sum"}(Q), θ)` },
  get_updates: { title: "Symbols", name: "get_updates", colour: "#009E73",
    says: "the same loss drawn as a graph, its derivative drawn onto it, then run",
    code: (N) => `K.gradients(−K.${N ? "mean" : "sum"}(Q), θ)` },
};

const MINUS = "\u2212";

/** With a true minus sign. */
export const signed = (text) => text.replaceAll("-", MINUS);

/** To so many digits, as one reads them. */
export function short(x, digits = 3) {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return "0";
  const small = Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4;
  return signed(small ? x.toExponential(digits - 1) : x.toPrecision(digits));
}

/** As on an axis: no digits but those that are needed. */
export const plain = (x) => signed(String(x));

/** With all the digits that tell it from its neighbours. */
export function full(x, arithmetic) {
  if (x === 0) return "0";
  const small = Math.abs(x) < 1e-4;
  return signed(small ? x.toExponential(arithmetic.digits - 1) : x.toPrecision(arithmetic.digits));
}

/** "1 weight", "2 weights". */
export const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** The names of the units in a column of the drawn networks: of s, hidden layers, a, more, and Q. */
export function namesOfUnits(column, columns, size) {
  const action = columns - 3;
  if (column === action) return ["a"];
  if (column === columns - 1) return ["Q"];
  const layer = column === 0 ? "s" : column < action ? `h${column}` : "critic’s h";
  return Array.from({ length: size }, (_, i) => `${layer}.${i + 1}`);
}

/** The name of one of the actor's weights. */
export function nameOfWeight({ depth, from, to }, layers) {
  const last = depth === layers.length - 1;
  const layer = depth === 0 ? "s" : `h${depth}`;
  const target = last ? "the action" : `h${depth + 1}.${to + 1}`;
  return from === null ? `bias of ${target}` : `${layer}.${from + 1} to ${target}`;
}
