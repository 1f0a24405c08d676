"""What a student's actor, update and agent do, as plain data.

This part runs beside the student's code; `hidden.py`, elsewhere, judges what it returns. The world
in which an agent learns is there too: the agent is told what it sees, and asked what it does.
"""

from collections.abc import Callable, Sequence
from time import process_time
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from tutorials.homework.capstone.checks import first_actions, middle_action

RATE = 0.1
"""Learning rate of the optimisers, plain gradient descent, of the networks in `updated`."""
FIELDS = ("observations", "actions", "rewards", "next_observations", "terminated")
"""What a batch holds."""


def actor_outputs(
    make_actor: Callable, low: Any, high: Any, observations: Any, scales: Any
) -> list:
    """The actions of an actor whose weights are all zero; then, for each scale, of one whose
    weights are standard normal numbers times it.
    """
    actor = make_actor(np.shape(observations)[1], low, high)
    generator = np.random.default_rng(0)
    outputs = []
    for scale in (0.0, *scales):
        normals = [generator.standard_normal(w.shape) for w in actor.get_weights()]
        actor.set_weights([scale * numbers for numbers in normals])
        outputs.append(np.asarray(actor(np.float32(observations))))
    return outputs


def updated(
    update: Callable, weights: dict, batches: Sequence, normals: Sequence, low: Any, high: Any
) -> dict:
    """The weights of all networks after each of several updates, in the order of `weights`, and how
    many updates there then were by the networks' own count.
    """
    networks = small_networks(weights, low, high)
    named = {"actor": networks.actor, "target_actor": networks.target_actor}
    for i in range(2):
        named[f"critic_{i}"] = networks.critics[i]
        named[f"target_critic_{i}"] = networks.target_critics[i]
    after, counts = [], []
    for batch, noise in zip(batches, normals, strict=True):
        update(networks, {name: array.copy() for name, array in batch.items()}, noise.copy())
        after.append([named[name].get_weights() for name in weights])
        counts.append(int(networks.updates))
    return {"after": after, "counts": counts}


def small_networks(weights: dict, low: Any, high: Any) -> SimpleNamespace:
    """Networks of one hidden layer with given weights, as in the notebook's class Networks."""
    obs_dim, act_dim = weights["actor"][0].shape[0], len(low)

    def actor(name):
        inputs = keras.Input([obs_dim])
        hidden = keras.layers.Dense(weights[name][0].shape[1], "tanh")(inputs)
        actions = keras.layers.Dense(act_dim, "tanh")(hidden)
        actions = keras.layers.Rescaling((high - low) / 2, (high + low) / 2)(actions)
        return with_weights(keras.Model(inputs, actions), name)

    def critic(name):
        inputs = keras.Input([obs_dim]), keras.Input([act_dim])
        joined = keras.layers.Concatenate()(inputs)
        hidden = keras.layers.Dense(weights[name][0].shape[1], "tanh")(joined)
        return with_weights(keras.Model(inputs, keras.layers.Dense(1)(hidden)), name)

    def with_weights(model, name):
        model.set_weights(weights[name])
        return model

    def optimizer(model):
        made = keras.optimizers.SGD(RATE)
        made.build(model.trainable_variables)
        return made

    made = SimpleNamespace(updates=0, low=low, high=high)
    made.actor, made.target_actor = actor("actor"), actor("target_actor")
    made.critics = [critic(f"critic_{i}") for i in range(2)]
    made.target_critics = [critic(f"target_critic_{i}") for i in range(2)]
    made.actor_optimizer = optimizer(made.actor)
    made.critic_optimizers = [optimizer(model) for model in made.critics]
    return made


def observed(
    make_agent: Callable, transitions: dict, capacity: int, low: Any, high: Any, disturbance: int
) -> dict:
    """How often `update` was called after each transition, and with what.

    transitions: arrays, one row a transition, of all FIELDS and of `truncated`. disturbance: a seed
    of all generators but the agent's own.
    """
    agent = make_agent(transitions["observations"].shape[1], low, high, 0, capacity)
    keras.utils.set_random_seed(disturbance)
    counts, calls = [], []
    with replaced(make_agent, "update", lambda networks, *given: calls.append(given)):
        for i in range(len(transitions["rewards"])):
            before = len(calls)
            agent.observe(*(transitions[name][i] for name in (*FIELDS, "truncated")))
            counts.append(len(calls) - before)
    batches = [{name: np.asarray(batch[name]) for name in FIELDS} for batch, _ in calls]
    return {"counts": counts, "batches": batches, "normals": [np.asarray(n) for _, n in calls]}


class replaced:  # noqa: N801 -- used as a function
    """A context in which the code of a class finds another function under a global name."""

    def __init__(self, owner: type, name: str, function: Callable):
        self.names, self.name, self.function = owner.observe.__globals__, name, function

    def __enter__(self) -> None:
        self.kept = self.names[self.name]
        self.names[self.name] = self.function

    def __exit__(self, *_: object) -> None:
        self.names[self.name] = self.kept


def chosen(
    make_agent: Callable, low: Any, high: Any, observations: Any, warmup: int, times: int
) -> dict:
    """What an agent does: judged twice, and exploring, before and after its random steps.

    early, late: exploring; again: both, of another agent of that seed. at_the_bounds: exploring,
    where the policy is extreme.
    """
    obs_dim = observations.shape[1]
    first, middle = np.zeros(obs_dim, np.float32), np.float32((low + high) / 2)

    def explored(agent):
        return np.array([np.asarray(agent.explore(first)) for _ in range(times)])

    def early_and_late(disturbance):
        agent = make_agent(obs_dim, low, high, 0)
        keras.utils.set_random_seed(disturbance)  # of all generators but the agent's own
        early = explored(agent)
        with replaced(make_agent, "update", lambda *_: None):
            for _ in range(warmup):
                agent.observe(first, middle, 0.0, first, False, False)
        return agent, [early, explored(agent)]

    _, again = early_and_late(1)
    agent, (early, late) = early_and_late(2)
    result = {"early": early, "late": late, "again": again}
    result["judged"] = [np.asarray(agent.act(observations)) for _ in range(2)]
    result["policy"] = np.asarray(agent.act(first[None]))[0]
    actor = agent.networks.actor
    actor.set_weights([np.full(weights.shape, 3.0) for weights in actor.get_weights()])
    return {**result, "at_the_bounds": explored(agent)}


LEARNING: dict[str, Any] = {}
"""The agent that learns: there is one at a time."""


def begin(make_agent: Callable, obs_dim: int, low: Any, high: Any, seed: int) -> None:
    """Make an agent that has learnt nothing."""
    LEARNING["agent"] = make_agent(obs_dim, low, high, seed)


def explore(make_agent: Callable, observation: Any) -> np.ndarray:
    """What the agent does to learn, [act_dim]."""
    return np.asarray(LEARNING["agent"].explore(observation))


def observe_and_explore(
    make_agent: Callable, transition: Sequence[Any], following: Any
) -> np.ndarray:
    """Tell the agent of a transition; what it does next, where it sees `following`."""
    LEARNING["agent"].observe(*transition)
    return explore(make_agent, following)


def act(make_agent: Callable, observations: Any) -> np.ndarray:
    """What the agent does when it is judged, [B, act_dim]."""
    return np.asarray(LEARNING["agent"].act(observations))


def seconds_used(make_agent: Callable) -> float:
    """Processor time of this process since it began."""
    return process_time()


MEASUREMENTS = {
    function.__name__: function
    for function in (
        *(middle_action, first_actions, actor_outputs, updated, observed, chosen),
        *(begin, explore, observe_and_explore, act, seconds_used),
    )
}
"""What the grader asks for: those of the visible checks first."""
