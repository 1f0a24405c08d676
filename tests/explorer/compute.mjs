// Computes what the tests ask for with the page's own modules: JSON in, JSON out.

import { readFileSync } from "node:fs";
import { ARITHMETIC, matrixOf } from "../../ddpg_tf/explorer/arithmetic.js";
import { bitsOf, hexadecimal } from "../../ddpg_tf/explorer/bits.js";
import { invertingGradients } from "../../ddpg_tf/explorer/chain.js";
import { MISTAKES } from "../../ddpg_tf/explorer/mistakes.js";
import { weightsOf } from "../../ddpg_tf/explorer/network.js";
import { OPTIMISERS } from "../../ddpg_tf/explorer/optimisers.js";
import { randomNumbers } from "../../ddpg_tf/explorer/example.js";
import { STRATEGIES } from "../../ddpg_tf/explorer/strategies.js";
import { format, parse } from "../../ddpg_tf/explorer/state.js";
import { Race } from "../../ddpg_tf/explorer/training.js";

const nested = ({ rows, columns, data }) =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);

function network({ layers, scale }, round) {
  return {
    scale,
    layers: layers.map(({ kernel, bias, activation }) =>
      ({ kernel: matrixOf(kernel, round), bias: matrixOf([bias], round), activation })),
  };
}

function problemOf({ actor, critic, observations, actions }, round) {
  return {
    actor: network(actor, round),
    critic: network(critic, round),
    observations: matrixOf(observations, round),
    actions: matrixOf(actions, round),
  };
}

const ASKED = {
  strategies({ problem, precision, divides, invert }) {
    const { round } = ARITHMETIC[precision];
    const transform = invert ? invertingGradients(invert) : null;
    return Object.fromEntries(Object.entries(STRATEGIES).map(([name, strategy]) => {
      const { loss, gradients } =
        strategy(problemOf(problem, round), { round, divides, transform });
      return [name, { loss, gradients: gradients.map(nested),
        bits: gradients.map((g) => [...g.data].map((x) => hexadecimal(x, ARITHMETIC[precision]))) }];
    }));
  },
  mistakes({ problem, precision }) {
    const { round } = ARITHMETIC[precision];
    return Object.fromEntries(Object.entries(MISTAKES).map(([name, mistake]) => {
      const gradients = mistake(problemOf(problem, round), { round, random: randomNumbers(0) });
      return [name, gradients && gradients.map(nested)];
    }));
  },
  optimiser({ problem, precision, name, rate, epsilon, gradients }) {
    const { round } = ARITHMETIC[precision];
    let [weights, state] = [weightsOf(network(problem.actor, round)), null];
    for (const each of gradients) {
      const step = OPTIMISERS[name](weights, each.map((g) => matrixOf(g, round)), state,
        { rate, epsilon, round });
      ({ weights, state } = step);
    }
    return weights.map(nested);
  },
  bits: ({ numbers, precision }) => numbers.map((x) =>
    [hexadecimal(x, ARITHMETIC[precision]), bitsOf(x, ARITHMETIC[precision])]),
  products: ({ pairs }) => pairs.map(([x, y]) =>
    [x * y, x + y, x / y].map((z) => hexadecimal(Math.fround(z), ARITHMETIC.float32))),
  address: ({ texts }) => texts.map((text) => format(parse(text))),
  race({ settings, updates }) {
    const race = new Race(settings);
    while (race.updates < updates) race.step();
    return { parted: race.parted, last: race.rows.at(-1) };
  },
};

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map(({ what, ...settings }) => ASKED[what](settings))));
