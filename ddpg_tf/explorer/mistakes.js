// Mistakes in the actor's gradient, under the names that `ddpg-tf diagnose` gives them.
//
// Each takes the problem { actor, critic, observations, actions } and options { round, random } and
// returns gradients in the order of `weightsOf`, or null where none flow. actions: those in the
// replay buffer. What they say of themselves is in catalogue.js, which the library writes.

import { map, matrix, productOverColumns, total, zip } from "./arithmetic.js";
import { act, actionGradient, filled, judge, throughCritic } from "./chain.js";
import { backward, forward, weightsOf } from "./network.js";

/** What a mistake can use: mu(s) and its trace, Q and dQ/da there. */
function pieces({ actor, critic, observations }, { round }) {
  const trace = act(actor, observations, round);
  const actions = trace.result;
  return { trace, actions, n: observations.rows,
    ...actionGradient(critic, observations, actions, round) };
}

/** sum_i g_i dmu(s_i)/dtheta / divisor, where g is what `flow` makes of the pieces. */
function chain(flow, divisor = (n) => n, beforeTanh = false) {
  return (problem, options) => {
    const found = pieces(problem, options);
    const { round } = options;
    const g = flow(found, problem, options);
    const summed = backward(problem.actor, found.trace, g, round, beforeTanh).weights;
    const n = divisor(found.n, found, options);
    return summed.map((weight) => map(weight, (x) => x / n, round));
  };
}

const minus = (a) => map(a, (x) => -x, (x) => x);

/** A mistake in the place of dQ/da: right but for what `change` makes of it. */
const slopeChanged = (change) => chain((found, problem, { round }) =>
  minus(map(found.slope, (g, i) => change(g, found, i), round)));

/** dQ/da of the critic at other observations or actions. */
const slopeAt = (place) => chain((found, problem, { round, random }) => {
  const [observations, actions] = place(problem, found, random, round);
  return minus(actionGradient(problem.critic, observations, actions, round).slope);
});

/** The gradient itself changed, given the right one. */
const changedGradient = (change) => (problem, options) => {
  const right = chain(({ slope }) => minus(slope))(problem, options);
  return change(right, weightsOf(problem.actor), options.round);
};

const mean = (a) => a.data.reduce((sum, x) => sum + x, 0) / a.data.length;

/** Each row in the place of the one after it; the last comes first. */
const rolled = (a) => {
  const { rows, columns } = a;
  return map(a, (_, i) => a.data[(i - columns + rows * columns) % (rows * columns)], (x) => x);
};

/** d2Q/da2 [B, 1] of a critic of one tanh layer: sum_j w_j u_j^2 tanh''(z_j), tanh'' = -2y(1 - y^2).
 *
 * For the two mistakes that let the tape see dQ/da's own dependence on the action.
 */
export function curvature(critic, observations, actions, round) {
  const [hidden, last] = critic.layers;
  const { outputs } = judge(critic, observations, actions, round);
  const fromAction = hidden.kernel.data.subarray(-hidden.kernel.columns);
  const bends = map(outputs[1], (y, i) => {
    const slope = round(fromAction[i % fromAction.length]);
    return round(-2 * y * round(1 - round(y * y))) * round(slope * slope);
  }, round);
  const weights = matrix(1, last.kernel.rows, last.kernel.data);
  return productOverColumns(bends, weights, round);
}

function normOf(weights) {
  return Math.sqrt(weights.reduce((sum, w) => sum + w.data.reduce((s, x) => s + x * x, 0), 0));
}

/** The actor sees tanh alone, the critic the same: the stretch to the bounds is left out. */
function unscaledAction(problem, options) {
  const actor = { ...problem.actor, scale: 1 };
  return chain(({ slope }) => minus(slope))({ ...problem, actor }, options);
}

/** The action times the bound once more, on its way to the critic. */
function scaledTwice({ actor, critic, observations }, { round }) {
  const trace = forward(actor, observations, round);
  const twice = map(trace.result, (a) => a * actor.scale, round);
  const { slope } = actionGradient(critic, observations, twice, round);
  const flow = map(slope, (g) => (-g * actor.scale) / observations.rows, round);
  return backward(actor, trace, flow, round).weights;
}

/** The actions within +-1 on their way to the critic. */
function actionsClipped({ actor, critic, observations }, { round }) {
  const trace = forward(actor, observations, round);
  const clipped = map(trace.result, (a) => Math.min(Math.max(a, -1), 1), round);
  const judged = judge(critic, observations, clipped, round);
  const atQ = filled(judged.result, -1 / observations.rows);
  const flow = throughCritic(critic, judged, atQ, round);
  const passed = zip(flow, trace.result, (g, a) => (Math.abs(a) <= 1 ? g : 0), round);
  return backward(actor, trace, passed, round).weights;
}

/** The lines of regression: what flows from 1/N sum (target - a)^2 to the action. */
const fittedTo = (target) => chain((found, problem, { round }) =>
  zip(found.actions, target(found), (a, y) => 2 * (a - y), round));

const noise = (random) => 0.1 * Math.sqrt(-2 * Math.log(1 - random()))
  * Math.cos(2 * Math.PI * random());

/** Name -> the gradient it gives. */
export const MISTAKES = {
  wrong_sign: slopeChanged((g) => -g),
  sum_for_mean: chain(({ slope }) => minus(slope), () => 1),
  mean_twice: chain(({ slope }) => minus(slope), (n) => n * n),
  half_forgotten: slopeChanged((g) => 2 * g),
  hard_coded_batch_size: chain(({ slope }) => minus(slope), () => 32),
  q_normalized: chain(({ slope }) => minus(slope),
    (n, { q }, { round }) => n * mean(map(q, Math.abs, round))),
  q_squared: slopeChanged((g, { q }, i) => 2 * q.data[i] * g),
  replayed_action: slopeAt(({ observations, actions }) => [observations, actions]),
  action_not_watched: chain(({ slope }) => filled(slope, -1)),
  second_forward_pass: () => null,
  stop_gradient_misplaced: chain(({ actions }, { critic, observations }, { round }) =>
    zip(curvature(critic, observations, actions, round), actions, (c, a) => -c * a, round)),
  stop_gradient_forgotten: chain(({ slope, actions }, { critic, observations }, { round }) =>
    zip(zip(curvature(critic, observations, actions, round), actions, (c, a) => c * a, round),
      slope, (more, g) => -(g + more), round)),
  averaged_before_chain_rule: slopeChanged((g, { slope }) => mean(slope)),
  shifted_pairs: chain(({ slope }) => minus(rolled(slope))),
  q_for_its_slope: slopeChanged((g, { q }, i) => q.data[i]),
  action_gradient_squashed: slopeChanged((g) => Math.tanh(g)),
  action_gradient_normalized: slopeChanged((g) => Math.sign(g)),
  action_gradient_clipped: slopeChanged((g) => Math.min(Math.max(g, -0.1), 0.1)),
  pre_tanh: chain(({ slope }, { actor }, { round }) =>
    map(slope, (g) => -g * actor.scale, round), (n) => n, true),
  missing_action_scale: unscaledAction,
  scaled_twice: scaledTwice,
  actions_clipped: actionsClipped,
  critic_other_observations: slopeAt(({ observations }, { actions }) =>
    [rolled(observations), actions]),
  fitted_to_q: fittedTo(({ q }) => q),
  fitted_to_action_gradient: fittedTo(({ slope }) => slope),
  gradient_clipped: changedGradient((right, theta, round) => {
    const factor = Math.min(1, 0.1 / normOf(right));
    return right.map((g) => map(g, (x) => x * factor, round));
  }),
  weight_decay: changedGradient((right, theta, round) =>
    right.map((g, k) => zip(g, theta[k], (x, w) => x + round(0.01 * w), round))),
  action_penalty: chain(({ slope, actions }, problem, { round }) =>
    zip(slope, actions, (g, a) => -g + round(0.2 * a), round)),
  noise_in_the_update: slopeAt(({ observations }, { actions }, random, round) =>
    [observations, map(actions, (a) => a + noise(random), round)]),
  updates_never_run: chain(({ slope }) => minus(slope)),
  step_taken_twice: chain(({ slope }) => minus(slope)),
};

/** How many optimiser steps an update takes, where it is not one. */
export const STEPS = { updates_never_run: 0, step_taken_twice: 2 };

/** -mean Q, for a curve. */
export function meanQOf({ actor, critic, observations }, round) {
  const { result } = act(actor, observations, round);
  return total(judge(critic, observations, result, round).result, round) / observations.rows;
}

