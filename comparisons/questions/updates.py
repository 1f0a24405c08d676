"""Questions 25 and 29: the order of an update's steps, and targets that learn."""

from dataclasses import replace

import numpy as np

from comparisons.defects.agents import TargetsThatLearn
from comparisons.questions.forms import flat, relative_difference
from ddpg_tf import DDPG, DDPGConfig
from ddpg_tf.training.loop import TrainingRun

CONFIG = DDPGConfig(total_steps=6_000, eval_every=6_000, hidden_sizes=(64, 64))
STEPS = {False: CONFIG.total_steps, True: 1_200}
"""Steps of a training on Pendulum-v1, by whether the run is quick."""
BATCHES = 5
"""Batches that gradients are compared on."""
FRESH = 5
"""New agents whose first gradients are compared."""


def trained(quick: bool, agent_class: type[DDPG] = DDPG, **settings) -> TrainingRun:
    """A finished training on Pendulum-v1; a quick one is short, and waits for no compiler."""
    steps = STEPS[quick]
    usual = {"total_steps": steps, "eval_every": steps, "jit_compile": not quick}
    config = replace(CONFIG, **usual | settings)
    with TrainingRun(config, agent_class) as run:
        for _ in run:
            pass
    return run


def untrained(seed: int, agent_class: type[DDPG] = DDPG) -> TrainingRun:
    """A run that ends with its random steps, before the first update."""
    steps = CONFIG.warmup_steps
    return trained(True, agent_class, seed=seed, total_steps=steps, eval_every=steps)


def gradients_apart(run: TrainingRun, batches: int) -> list[float]:
    """How far the actor's gradient is moved by the critic's step that comes before it.

    The distance of the gradient after the step from the one before, divided by the latter's size,
    on that many batches, one after the other.
    """
    agent, apart = run.agent, []
    for _ in range(batches):
        batch = run.replay.sample(np.random.default_rng(len(apart)), agent.config.batch_size)
        actor = agent.actor.get_weights()

        def gradient(observations=batch.observations):
            return flat(agent.strategy.gradients(agent.actor, agent.critic, observations))

        before = gradient()
        agent.update(batch)
        agent.actor.set_weights(actor)
        apart.append(relative_difference(gradient(), before))
    return apart


def order_of_steps(quick: bool) -> dict[str, float]:
    """Question 25: both gradients before either step, or the critic's step first."""
    first, together = (trained(quick, update_order=order) for order in ("critic_first", "together"))
    fresh = [gradients_apart(untrained(seed), batches=1)[0] for seed in range(FRESH)]
    returns = [run.history[-1]["eval_return_mean"] for run in (first, together)]
    return {
        "ratio": returns[1] / returns[0],
        "steps": STEPS[quick],
        "updates": STEPS[quick] - CONFIG.warmup_steps,
        "fresh": FRESH,
        "fresh_lowest": min(fresh),
        "fresh_highest": max(fresh),
        "later": float(np.mean(gradients_apart(first, BATCHES))),
        "critic_first": returns[0],
        "together": returns[1],
    }


def moved(agent: DDPG, batch) -> float:
    """How far one update moves the target critic, as a share of its norm."""
    before = flat(agent.target_critic.get_weights())
    agent.update(batch)
    return relative_difference(flat(agent.target_critic.get_weights()), before)


def targets_that_learn(quick: bool) -> dict[str, float]:
    """Question 29: targets that a critic's optimiser without a variable list trains too."""
    found = {}
    for kind, agent_class in (("usual", DDPG), ("learning", TargetsThatLearn)):
        row = trained(quick, agent_class).history[-1]
        found[kind] = row["eval_return_mean"]
        found[f"{kind}_loss"], found[f"{kind}_q"] = row["critic_loss"], row["q"]
        fresh = untrained(0, agent_class)
        batch = fresh.replay.sample(np.random.default_rng(0), CONFIG.batch_size)
        found[f"{kind}_moved"] = moved(fresh.agent, batch)
    return {
        "ratio": found["learning"] / found["usual"],
        "steps": STEPS[quick],
        "tau": CONFIG.tau,
        "farther": found["learning_moved"] / found["usual_moved"],
        **found,
    }
