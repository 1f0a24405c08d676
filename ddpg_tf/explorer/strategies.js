// Three ways to write the actor's gradient, as ddpg_tf/strategies/ has them.
//
// Each takes problem = { actor, critic, observations } and options = { round, divides, transform }
// and returns { loss, gradients, stages }. divides: mean over the batch, or sum. transform: of dQ/da,
// or null. stages: what flows back at Q and at a [B, 1], and each weight's sum before any division.

import { map, total } from "./arithmetic.js";
import { act, actionGradient, filled, judge, rowOf, throughCritic } from "./chain.js";
import { draw, gradients as symbolicGradients, inOrder, placeholder, run, symbol }
  from "./graph.js";
import { backward, weightsOf } from "./network.js";

/** Two tapes, the chain rule written out: 1/N enters at the bottom, after the sum. */
export function outputGradients({ actor, critic, observations }, { round, divides, transform }) {
  const trace = act(actor, observations, round);
  const { q, slope } = actionGradient(critic, observations, trace.result, round);
  const used = transform ? transform(slope, trace.result, round) : slope;
  const atActions = map(used, (g) => -g, round);
  const summed = backward(actor, trace, atActions, round).weights;
  const n = divides ? observations.rows : 1;
  return {
    loss: lossOf(q, divides, round),
    gradients: summed.map((gradient) => map(gradient, (g) => g / n, round)),
    stages: { atQ: filled(q, 1), atActions, summed },
  };
}

/** One tape from the loss -mean Q to the weights: 1/N enters at the top, with the mean. */
export function meanQ({ actor, critic, observations }, { round, divides, transform }) {
  const trace = act(actor, observations, round);
  const judged = judge(critic, observations, trace.result, round);
  const n = divides ? observations.rows : 1;
  const atQ = filled(judged.result, round(-1 / n));
  let atActions = throughCritic(critic, judged, atQ, round);
  if (transform) {
    atActions = transformedInPassing(transform, n)(atActions, trace.result, round);
  }
  const weights = backward(actor, trace, atActions, round).weights;
  return {
    loss: lossOf(judged.result, divides, round),
    gradients: weights,
    stages: { atQ, atActions, summed: weights },
  };
}

/** Symbols: the same loss, drawn as a graph, and its derivative drawn onto that. */
export function getUpdates({ actor, critic, observations }, { round, divides, transform }) {
  const [states, ones] = [placeholder(), placeholder()];
  const theta = weightsOf(actor).map(placeholder);
  const phi = weightsOf(critic).map(placeholder);
  const n = divides ? observations.rows : 1;
  const inPassing = transform && transformedInPassing(transform, n);
  const mu = draw(actor, states, theta);
  const actions = symbol("identity", [mu], { transform: inPassing });
  const q = draw(critic, symbol("beside", [states, actions], { first: observations.columns }), phi);
  const loss = symbol("negate", [symbol("reduce", [q], { divides })]);
  const { gradients, flows } = symbolicGradients(loss, ones, theta);
  const feeds = [[states, observations], [ones, rowOf([1])],
    ...weightsOf(actor).map((weight, i) => [theta[i], weight]),
    ...weightsOf(critic).map((weight, i) => [phi[i], weight])];
  const fetches = [loss, flows.get(q), flows.get(mu), ...gradients];
  const [value, atQ, atActions, ...weights] = run(fetches, feeds, round);
  return {
    loss: value.data[0],
    gradients: weights,
    stages: { atQ, atActions, summed: weights },
    symbols: new Set(fetches.flatMap(inOrder)).size,
  };
}

/** What arrives at the actions is -dQ/da / N: the transform gets dQ/da and its result goes back. */
function transformedInPassing(transform, n) {
  return (upstream, actions, round) => {
    const slope = map(upstream, (g) => -g * n, round);
    return map(transform(slope, actions, round), (g) => -g / n, round);
  };
}

/** -mean Q, or -sum Q. */
export function lossOf(q, divides, round) {
  return round(-total(q, round) / (divides ? q.rows : 1));
}

export const STRATEGIES = {
  output_gradients: outputGradients,
  mean_q: meanQ,
  get_updates: getUpdates,
};
