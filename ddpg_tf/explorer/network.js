// A chain of dense layers, forwards and backwards.
//
// network: { layers: [{ kernel [in, out], bias [1, out], activation }], scale }. The last output is
// multiplied by `scale`: with tanh before it, an actor's actions lie within +-scale.

import { addRow, map, product, productOverColumns, productOverRows, sumOfRows, zip }
  from "./arithmetic.js";

/** y = f(z), and its slope dy/dz, written in terms of y as TensorFlow does. */
export const ACTIVATIONS = {
  linear: { f: (z) => z, slope: () => 1 },
  relu: { f: (z) => Math.max(z, 0), slope: (y) => (y > 0 ? 1 : 0) },
  tanh: { f: Math.tanh, slope: (y, round) => round(1 - round(y * y)) },
};

/** What each layer gets and gives for inputs [B, in]: outputs[0] are the inputs themselves. */
export function forward(network, inputs, round) {
  const outputs = [inputs];
  for (const { kernel, bias, activation } of network.layers) {
    const z = addRow(product(outputs.at(-1), kernel, round), bias, round);
    outputs.push(map(z, ACTIVATIONS[activation].f, round));
  }
  const last = outputs.at(-1);
  return { outputs, result: map(last, (y) => y * network.scale, round) };
}

/** What flows back: from `upstream` at the result to each weight, and to each layer's outputs.
 *
 * The vector-Jacobian product of reverse mode. weights: [kernel, bias, kernel, ...], each a sum over
 * the batch. flows: as `outputs`, so that flows[0] is at the inputs. beforeTanh: start below the last
 * activation, as `upstream` at z.
 */
export function backward(network, trace, upstream, round, beforeTanh = false) {
  const [weights, flows] = [[], []];
  let flow = beforeTanh ? upstream : map(upstream, (g) => g * network.scale, round);
  for (let index = network.layers.length - 1; index >= 0; index -= 1) {
    const { kernel, activation } = network.layers[index];
    flows.unshift(flow);
    const isCut = beforeTanh && index === network.layers.length - 1;
    if (!isCut) flow = throughActivation(activation, trace.outputs[index + 1], flow, round);
    weights.unshift(productOverRows(trace.outputs[index], flow, round), sumOfRows(flow, round));
    flow = productOverColumns(flow, kernel, round);
  }
  return { weights, flows: [flow, ...flows] };
}

/** upstream * f'(z), for y = f(z). */
export function throughActivation(activation, y, upstream, round) {
  if (activation === "linear") return upstream;
  const { slope } = ACTIVATIONS[activation];
  return zip(upstream, y, (g, value) => g * slope(value, round), round);
}

/** [kernel, bias, kernel, ...], in the order of Keras's trainable_variables. */
export const weightsOf = (network) =>
  network.layers.flatMap(({ kernel, bias }) => [kernel, bias]);

/** The same network with other weights, in that order. */
export function withWeights(network, weights) {
  const layers = network.layers.map((layer, index) =>
    ({ ...layer, kernel: weights[2 * index], bias: weights[2 * index + 1] }));
  return { ...network, layers };
}
