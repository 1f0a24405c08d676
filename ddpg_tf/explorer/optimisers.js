// Optimiser steps as Keras 3 takes them. state: what the optimiser keeps, null before the first step.

import { map, matrix, zip } from "./arithmetic.js";

/** theta <- theta - rate * gradient. */
function sgd(weights, gradients, state, { rate, round }) {
  const by = round(rate);
  const next = weights.map((w, k) =>
    zip(w, gradients[k], (x, g) => x - round(by * g), round));
  return { weights: next, state };
}

/** Adam (Kingma and Ba 2015), epsilon beside the root and the corrections in the rate. */
function adam(weights, gradients, state, { rate, epsilon, round }) {
  const [t, beta1, beta2] = [(state?.t ?? 0) + 1, round(0.9), round(0.999)];
  const zeros = weights.map((w) => matrix(w.rows, w.columns));
  const { m, v } = state ?? { m: zeros, v: zeros };
  const corrections = round(Math.sqrt(round(1 - round(beta2 ** t)))) / round(1 - round(beta1 ** t));
  const alpha = round(round(rate) * round(corrections));
  const nextM = m.map((a, k) => zip(a, gradients[k], (x, g) =>
    x + round(round(g - x) * round(1 - beta1)), round));
  const nextV = v.map((a, k) => zip(a, gradients[k], (x, g) =>
    x + round(round(round(g * g) - x) * round(1 - beta2)), round));
  const next = weights.map((w, k) => map(w, (x, i) =>
    x - round(round(nextM[k].data[i] * alpha)
      / round(round(Math.sqrt(nextV[k].data[i])) + round(epsilon))), round));
  return { weights: next, state: { t, m: nextM, v: nextV } };
}

export const OPTIMISERS = { sgd, adam };
