// What the page shows, as one object and as the part of its address behind "#".

const within = (low, high) => (x) => Math.min(Math.max(x, low), high);
const whole = (low, high) => (x) => Math.round(within(low, high)(x));

/** Name -> [the value at first, what it may be: a list, a function that keeps it in range, or null
 * for the name of a mistake]. */
export const FIELDS = {
  n: [2, whole(1, 128)],
  precision: ["float32", ["float32", "float64"]],
  strategy: ["output_gradients", ["output_gradients", "mean_q", "get_updates"]],
  reduction: ["mean", ["mean", "sum"]],
  optimiser: ["adam", ["adam", "sgd"]],
  rate: [0.01, within(1e-5, 1)],
  epsilon: [1e-7, within(0, 1)],
  saturation: [1, within(0.2, 8)],
  inverting: [false, [false, true]],
  seed: [18, whole(0, 99)],
  mistake: ["wrong_sign", null],
  // null: the batch's first observation, and mu there
  s1: [null, within(-1, 1)],
  s2: [null, within(-1, 1)],
  a: [null, within(-2, 2)],
  weight: [60, whole(0, 66)],
  unit: [0, whole(0, 99)],
  updates: [0, whole(0, 400)],
  evaluation: [null, whole(0, 99999)],
};

export const initial = () =>
  ({ ...Object.fromEntries(Object.entries(FIELDS).map(([name, [value]]) => [name, value])),
    changes: [] });

/** The state that an address describes. What it gets wrong is left as at first. */
export function parse(text, mistakes = null) {
  const state = initial();
  const given = new URLSearchParams(text.replace(/^#/, ""));
  for (const [name, [first, allowed]] of Object.entries(FIELDS)) {
    if (!given.has(name)) continue;
    const value = valueOf(given.get(name), first, allowed, name === "mistake" ? mistakes : null);
    if (value !== undefined) state[name] = value;
  }
  const changes = (given.get("changes") ?? "").split(",").filter(Boolean)
    .map((pair) => pair.split(":").map(Number));
  state.changes = changes.filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
  return state;
}

function valueOf(text, first, allowed, names) {
  if (Array.isArray(allowed)) return allowed.find((choice) => String(choice) === text);
  if (allowed === null) return !names || names.includes(text) ? text : undefined;
  const number = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(number) ? allowed(number) : undefined;
}

/** The address of a state: only what differs from the first one. */
export function format(state) {
  const differing = Object.entries(FIELDS)
    .filter(([name, [first]]) => state[name] !== first)
    .map(([name]) => [name, String(state[name])]);
  if (state.changes.length) {
    differing.push(["changes", state.changes.map((pair) => pair.join(":")).join(",")]);
  }
  return new URLSearchParams(differing).toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
}
