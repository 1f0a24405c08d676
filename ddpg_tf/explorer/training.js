// Updates of the actor, one after the other, under one critic.

import { ARITHMETIC } from "./arithmetic.js";
import { countDifferent } from "./bits.js";
import { invertingGradients } from "./chain.js";
import { LIMIT, exampleProblem, randomNumbers } from "./example.js";
import { MISTAKES, STEPS, meanQOf } from "./mistakes.js";
import { weightsOf, withWeights } from "./network.js";
import { OPTIMISERS } from "./optimisers.js";
import { STRATEGIES } from "./strategies.js";

/** The options of a strategy, from the page's settings. */
export function optionsOf(settings) {
  return {
    round: ARITHMETIC[settings.precision].round,
    divides: settings.reduction === "mean",
    transform: settings.inverting ? invertingGradients(LIMIT) : null,
  };
}

/** The actor after one optimiser step, and what the optimiser keeps. */
export function stepped(actor, gradients, state, settings) {
  const { weights, state: kept } = OPTIMISERS[settings.optimiser](
    weightsOf(actor), gradients, state,
    { rate: settings.rate, epsilon: settings.epsilon, round: optionsOf(settings).round });
  return { actor: withWeights(actor, weights), state: kept };
}

/** One update of one learner { actor, state } by a strategy. */
export function updated(learner, problem, name, settings) {
  const { gradients } = STRATEGIES[name]({ ...problem, actor: learner.actor }, optionsOf(settings));
  return stepped(learner.actor, gradients, learner.state, settings);
}

/** One update with a mistake: none, one or several steps, or none because no gradient flows. */
export function updatedWrongly(learner, problem, name, settings, random) {
  let next = learner;
  for (let step = 0; step < (STEPS[name] ?? 1); step += 1) {
    const gradients = MISTAKES[name]({ ...problem, actor: next.actor },
      { round: optionsOf(settings).round, random });
    if (gradients) next = stepped(next.actor, gradients, next.state, settings);
  }
  return next;
}

/** Three learners that begin alike, one for each strategy; each `step()` is an update of all. */
export class Race {
  constructor(settings) {
    this.settings = settings;
    this.problem = exampleProblem(settings, optionsOf(settings).round);
    this.learners = {};
    for (const name of Object.keys(STRATEGIES)) {
      this.learners[name] = { actor: this.problem.actor, state: null };
    }
    this.rows = [this.row()];
  }

  get updates() {
    return this.rows.length - 1;
  }

  step() {
    for (const [name, learner] of Object.entries(this.learners)) {
      this.learners[name] = updated(learner, this.problem, name, this.settings);
    }
    this.rows.push(this.row());
  }

  /** For each learner: mean Q, the largest difference of a weight from mean_q's, how many differ. */
  row() {
    const reference = weightsOf(this.learners.mean_q.actor);
    return Object.fromEntries(Object.entries(this.learners).map(([name, { actor }]) => {
      const weights = weightsOf(actor);
      const distance = Math.max(...weights.map((w, k) =>
        w.data.reduce((most, x, i) => Math.max(most, Math.abs(x - reference[k].data[i])), 0)));
      const { round } = optionsOf(this.settings);
      return [name, { q: meanQOf({ ...this.problem, actor }, round), distance,
        different: countDifferent(weights, reference) }];
    }));
  }

  /** The first update after which a weight of any two learners had different bits, or null. */
  get parted() {
    const first = this.rows.findIndex((row) =>
      Object.values(row).some(({ different }) => different > 0));
    return first < 0 ? null : first;
  }
}

/** Two learners that begin alike: one as it should be, one with the mistake; mean Q after each. */
export class SideBySide {
  constructor(settings, updates) {
    this.settings = settings;
    this.updates = updates;
    this.problem = exampleProblem(settings, optionsOf(settings).round);
    this.random = randomNumbers(99);
    this.right = { actor: this.problem.actor, state: null };
    this.wrong = this.right;
    this.curves = { right: [], wrong: [] };
    this.note();
  }

  get done() {
    return this.curves.right.length > this.updates;
  }

  step() {
    const { problem, settings } = this;
    this.right = updated(this.right, problem, "mean_q", settings);
    this.wrong = updatedWrongly(this.wrong, problem, settings.mistake, settings, this.random);
    this.note();
  }

  note() {
    const { round } = optionsOf(this.settings);
    for (const name of ["right", "wrong"]) {
      this.curves[name].push(meanQOf({ ...this.problem, actor: this[name].actor }, round));
    }
  }
}
