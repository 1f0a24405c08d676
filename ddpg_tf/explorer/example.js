// The problem on the page: a small actor, a critic with two hills, and batches of observations.
//
// The critic stands still and was written down, not learned: pairs of tanh units, each pair a hill
// along the action whose place moves with the observation. The actor begins as the library's do.

import { map, matrixOf } from "./arithmetic.js";

export const LIMIT = 2; // actions lie within +-LIMIT, in the environment's units
export const OBSERVATION_SIZE = 2;

/** Hills of the critic along the action: height, steepness, half width, place [s1, s2, 1]. */
const HILLS = [
  { height: 0.9, steepness: 2.2, width: 0.45, place: [0.7, -0.35, 0.75] },
  { height: 0.5, steepness: 2.6, width: 0.35, place: [-0.4, 0.6, -0.95] },
  { height: 0.35, steepness: 0.8, width: 1.3, place: [0.5, 0.3, 0.1] },
  { height: -0.25, steepness: 1.7, width: 0.5, place: [0.2, 0.5, -0.2] },
];

/** Random numbers in [0, 1), the same everywhere (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const uniform = (random, limit) => (2 * random() - 1) * limit;

function numbers(rows, columns, draw) {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, draw));
}

/** Q(s, a): [s, a] -> 8 tanh units -> Q. */
export function exampleCritic(round) {
  const units = HILLS.flatMap((hill) => [1, -1].map((side) => ({ ...hill, side })));
  const kernel = [0, 1].map((k) => units.map((u) => -u.steepness * u.place[k]));
  kernel.push(units.map((u) => u.steepness));
  const bias = units.map((u) => u.steepness * (u.side * u.width - u.place[2]));
  return {
    layers: [
      layer(kernel, bias, "tanh", round),
      layer(units.map((u) => [u.side * u.height]), [0], "linear", round),
    ],
    scale: 1,
  };
}

/** mu(s): s -> hidden ReLU layers -> LIMIT tanh(saturation z). */
export function exampleActor({ seed, hidden = [6, 6], saturation = 1 }, round) {
  const random = randomNumbers(1000 + seed);
  const sizes = [OBSERVATION_SIZE, ...hidden, 1];
  const layers = sizes.slice(1).map((width, index) => {
    const isLast = index === sizes.length - 2;
    const limit = (isLast ? 0.8 * saturation : 1.2) / Math.sqrt(sizes[index] / 2);
    const kernel = numbers(sizes[index], width, () => uniform(random, limit));
    const bias = numbers(1, width, () => uniform(random, limit / 3))[0];
    return layer(kernel, bias, isLast ? "tanh" : "relu", round);
  });
  return { layers, scale: LIMIT };
}

function layer(kernel, bias, activation, round) {
  return { kernel: matrixOf(kernel, round), bias: matrixOf([bias], round), activation };
}

/** N observations in [-1, 1], and the actions that a replay buffer would hold beside them. */
export function exampleBatch(n, round) {
  const random = randomNumbers(22);
  const rows = Array.from({ length: n }, () => ({
    observation: [uniform(random, 1), uniform(random, 1)],
    action: [uniform(random, LIMIT)],
  }));
  return {
    observations: matrixOf(rows.map((row) => row.observation), round),
    actions: matrixOf(rows.map((row) => row.action), round),
  };
}

/** Actor, critic and batch; changes: [index of weight, value] pairs that a reader has made. */
export function exampleProblem({ n, seed, saturation, changes = [] }, round) {
  const actor = exampleActor({ seed, saturation }, round);
  return {
    actor: changed(actor, changes, round),
    critic: exampleCritic(round),
    ...exampleBatch(n, round),
  };
}

function changed(actor, changes, round) {
  let first = 0;
  const layers = actor.layers.map(({ kernel, bias, activation }) => {
    const [newKernel, newBias] = [kernel, bias].map((weight) => {
      const start = first;
      first += weight.data.length;
      const own = new Map(changes.map(([index, value]) => [index - start, value]));
      return map(weight, (x, i) => own.get(i) ?? x, round);
    });
    return { kernel: newKernel, bias: newBias, activation };
  });
  return { ...actor, layers };
}

/** Where each of the actor's weights is: matrix, place in it, row, column and what it joins. */
export function placesOf(actor) {
  return actor.layers.flatMap(({ kernel, bias }, depth) => [kernel, bias].flatMap((weight, k) =>
    Array.from(weight.data, (_, place) => ({
      index: 2 * depth + k,
      place,
      depth,
      from: k === 0 ? Math.floor(place / weight.columns) : null,
      to: place % weight.columns,
    }))));
}
