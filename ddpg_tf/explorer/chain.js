// The two factors of the chain rule, which critic and actor meet in: mu(s), Q(s, a) and dQ/da.

import { beside, columnsFrom, map, matrix } from "./arithmetic.js";
import { backward, forward } from "./network.js";

/** A matrix like `a`, filled with one number. */
export const filled = (a, x) => map(a, () => x, (y) => y);

/** mu(s), [B, 1], with what each layer gave. */
export const act = (actor, observations, round) => forward(actor, observations, round);

/** Q(s, a), [B, 1], with what each layer gave. */
export const judge = (critic, observations, actions, round) =>
  forward(critic, beside(observations, actions), round);

/** What flows back through the critic to the action, from `upstream` at Q; [B, 1] both. */
export function throughCritic(critic, trace, upstream, round) {
  const [inputs] = backward(critic, trace, upstream, round).flows;
  return columnsFrom(inputs, inputs.columns - 1);
}

/** Q and dQ/da at these actions, [B, 1] each. No 1/N: row i of Q depends on row i alone. */
export function actionGradient(critic, observations, actions, round) {
  const trace = judge(critic, observations, actions, round);
  const slope = throughCritic(critic, trace, filled(trace.result, 1), round);
  return { q: trace.result, slope };
}

/** Scale dQ/da by the room left in its direction (Hausknecht and Stone 2016, equation 11). */
export function invertingGradients(limit) {
  return (slope, actions, round) => {
    const perRange = round(1 / (2 * limit));
    return map(slope, (g, i) => {
      const room = round(g > 0 ? limit - actions.data[i] : actions.data[i] + limit);
      return g * round(room * perRange);
    }, round);
  };
}

/** A matrix [1, n] of numbers. */
export const rowOf = (numbers) => matrix(1, numbers.length, Float64Array.from(numbers));
