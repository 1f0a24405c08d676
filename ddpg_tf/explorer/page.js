// What the page computes from its state, each part once for as long as what it depends on stays.

import { ARITHMETIC } from "./arithmetic.js";
import { exampleProblem, placesOf, randomNumbers } from "./example.js";
import { MISTAKES } from "./mistakes.js";
import { STRATEGIES } from "./strategies.js";
import { Race, SideBySide, optionsOf } from "./training.js";

// What each part depends on, and what a view of it has to be drawn again for.
const PROBLEM = ["n", "seed", "saturation", "changes", "precision"];
const GRADIENT = [...PROBLEM, "reduction", "inverting"];
const TRAINING = [...GRADIENT, "optimiser", "rate", "epsilon"];

export const DRAWN_FOR = {
  bits: [...GRADIENT, "strategy", "weight"],
  settings: [...TRAINING, "strategy"],
  curve: [...PROBLEM, "s1", "s2", "a"],
  networks: [...GRADIENT, "strategy", "weight", "unit"],
  race: [...TRAINING, "updates"],
  mistakes: [...TRAINING, "mistake", "s1", "s2"],
};

/** Whether two states have the same values in these fields. */
export const agree = (fields, one, other) => fields.every((field) => one[field] === other[field]);

/** make(state), kept until one of the fields changes. */
function kept(fields, make) {
  let [of, value] = [null, null];
  return (state) => {
    if (of === null || !agree(fields, of, state)) [of, value] = [state, make(state)];
    return value;
  };
}

export const arithmeticOf = (state) => ARITHMETIC[state.precision];

export const problemOf = kept(PROBLEM, (state) => exampleProblem(state, arithmeticOf(state).round));

/** The state that is looked at, [s1, s2]: the batch's first, or the one that was chosen. */
export const stateShown = (state) => {
  const [first, second] = problemOf(state).observations.data;
  return [state.s1 ?? first, state.s2 ?? second];
};

/** Strategy -> { loss, gradients, stages }. */
export const gradientsOf = kept(GRADIENT, (state) => Object.fromEntries(
  Object.entries(STRATEGIES).map(([name, strategy]) =>
    [name, strategy(problemOf(state), optionsOf(state))])));

export const placesIn = kept(PROBLEM, (state) => placesOf(problemOf(state).actor));

export const raceOf = kept(TRAINING, (state) => new Race(state));

/** 200 updates, right and wrong: begun, to be gone on with in slices of time. */
export const sideBySideOf = kept([...TRAINING, "mistake"], (state) => new SideBySide(state, 200));

/** The cosine of the angle between the right gradient and the one with the mistake; 0 if none flows. */
export const cosineOf = kept([...PROBLEM, "mistake"], (state) => {
  const [problem, options] = [problemOf(state), { round: (x) => x, random: randomNumbers(99) }];
  const right = STRATEGIES.mean_q(problem, { ...options, divides: true, transform: null }).gradients;
  const wrong = MISTAKES[state.mistake](problem, options);
  if (!wrong) return 0;
  const dot = (one, other) => one.reduce((sum, { data }, k) =>
    data.reduce((part, x, i) => part + x * other[k].data[i], sum), 0);
  return dot(right, wrong) / Math.sqrt(dot(right, right) * dot(wrong, wrong)) || 0;
});

/** How mu answers at one state after one update from the start, right and wrong. */
export const firstStepOf = kept([...TRAINING, "mistake"], (state) => {
  const two = new SideBySide(state, 1);
  two.step();
  return two;
});
