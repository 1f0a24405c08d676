// Q over the actions at one state, as a curve: for the views that draw it.

import { matrix } from "./arithmetic.js";
import { act, actionGradient, judge } from "./chain.js";
import { axes, line, rangeOf, scale, ticks } from "./chart.js";
import { LIMIT } from "./example.js";

const POINTS = 121;

/** mu(s) of an actor at [s1, s2]. */
export const actionAt = (actor, s, round) =>
  act(actor, matrix(1, 2, Float64Array.from(s)), round).result.data[0];

/** Q and dQ/da at [s1, s2] and an action. */
export function valueAt(critic, s, a, round) {
  const { q, slope } = actionGradient(critic, matrix(1, 2, Float64Array.from(s)),
    matrix(1, 1, Float64Array.of(a)), round);
  return { q: q.data[0], slope: slope.data[0] };
}

/** The actions along the axis, and Q at each. */
export function curveAt(critic, s, round) {
  const actions = Float64Array.from({ length: POINTS },
    (_, i) => -LIMIT + (2 * LIMIT * i) / (POINTS - 1));
  const observations = matrix(POINTS, 2, Float64Array.from({ length: 2 * POINTS }, (_, i) => s[i % 2]));
  const { result } = judge(critic, observations, matrix(POINTS, 1, actions), round);
  return { actions: [...actions], values: [...result.data] };
}

/** The frame, the curve and the scales of a drawing `width` x `height`. */
export function drawCurve({ actions, values }, width, height) {
  const [left, right, top, bottom] = [44, width - 14, 30, height - 36];
  const [low, high] = rangeOf(values, 0.12);
  const [x, y] = [scale(-LIMIT, LIMIT, left, right), scale(low, high, bottom, top)];
  return { x, y, bottom, top, elements: [
    axes(x, y, { xTicks: [-2, -1, 0, 1, 2], yTicks: ticks(low, high), left, right, top, bottom,
      xLabel: "action a", yLabel: "Q(s, a)" }),
    line(actions.map(x), values.map(y), { stroke: "#1d2329", "stroke-width": 2.5 }),
  ] };
}
