"""TD3's update in NumPy, and the ways in which people get it wrong.

Another way than the solution's: networks are lists of arrays, and each gradient is a central
difference of the loss, weight by weight, in float64.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutorials.homework.capstone.measure import RATE

NETWORKS = (
    *("actor", "critic_0", "critic_1"),
    *("target_actor", "target_critic_0", "target_critic_1"),
)
STEP = 1e-6


@dataclass(frozen=True)
class Constants:
    """The numbers in an assignment's text that the update needs."""

    gamma: float
    tau: float
    delay: int
    smoothing: float
    clip: float


@dataclass(frozen=True)
class Way:
    """One way to make the update; the defaults are right.

    order: what is done, in this order. targets_by: which networks the critics' targets come from.
    loss: of targets and Q, both [B]. uphill: the direction of the actor. climbs: which critic it
    climbs. due, follow_due: in which updates (counted from 1) actor and targets take part.
    followers: which networks follow; tau_of: how fast. smooth: whether the target's actions have
    noise. mask: the part of the next value that counts, from `terminated`.
    """

    order: Sequence[str] = ("aim", "critics", "actor", "follow")
    targets_by: str = "target_"
    loss: Callable = lambda y, q: np.mean((y - q) ** 2)
    uphill: float = 1.0
    climbs: str = "critic_0"
    learn: Sequence[str] = NETWORKS[1:3]
    due: Callable = lambda count, delay: count % delay == 0
    follow_due: Callable = lambda count, delay: count % delay == 0
    followers: Sequence[str] = NETWORKS[:3]
    tau_of: Callable = lambda tau: tau
    smooth: bool = True
    mask: Callable = lambda terminated: 1.0 - terminated
    believed: Callable = np.minimum


def example(generator: np.random.Generator, low: Any, high: Any, updates: int) -> tuple:
    """Arguments of `simulated`: weights of all NETWORKS, batches and normal numbers."""
    obs_dim, act_dim, hidden, size = 2, len(low), 3, 8

    def network(inputs, outputs):
        shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
        return [np.float32(0.7 * generator.normal(size=shape)) for shape in shapes]

    def batch():
        return {
            "observations": np.float32(generator.normal(size=(size, obs_dim))),
            "actions": np.float32(generator.uniform(low, high, (size, act_dim))),
            "rewards": np.float32(generator.normal(size=size)),
            "next_observations": np.float32(generator.normal(size=(size, obs_dim))),
            "terminated": generator.random(size) < 0.4,
        }

    def near(net, distance):
        return [w + np.float32(distance * generator.normal(size=w.shape)) for w in net]

    actor, critic = network(obs_dim, act_dim), network(obs_dim + act_dim, 1)
    # near one another, so that now this critic is the smaller one and now that
    weights = {"actor": actor, "critic_0": critic, "critic_1": near(critic, 0.5)}
    # near the online networks, so that it shows which weights a target follows
    weights |= {f"target_{name}": near(net, 0.2) for name, net in weights.items()}
    batches = [batch() for _ in range(updates)]
    normals = [np.float32(3 * generator.normal(size=(size, act_dim))) for _ in range(updates)]
    return weights, batches, normals, low, high


def simulated(way: Way, constants: Constants) -> Callable:
    """A function of an `example` that gives what each weight has changed by after each update."""

    def changes(weights, batches, normals, low, high):
        nets = {name: [np.float64(array) for array in net] for name, net in weights.items()}
        first = {name: [array.copy() for array in net] for name, net in nets.items()}
        after = []
        for count, (batch, noise) in enumerate(zip(batches, normals, strict=True), start=1):
            one_update(way, constants, nets, batch, noise, count, low, high)
            after.append(
                [
                    [now - then for now, then in zip(nets[name], first[name], strict=True)]
                    for name in weights
                ]
            )
        return after

    return changes


def one_update(way, constants, nets, batch, noise, count, low, high) -> None:
    """Make one update of `nets` in place."""
    observations, y = np.float64(batch["observations"]), np.zeros(0)
    for part in way.order:
        if part == "aim":
            y = targets(way, constants, nets, batch, noise, low, high)
        elif part == "critics":
            for name in way.learn:
                loss = critic_loss(way, y, observations, batch["actions"])
                nets[name] = descended(loss, nets[name])
        elif part == "actor" and way.due(count, constants.delay):
            loss = actor_loss(way, nets[way.climbs], observations, low, high)
            nets["actor"] = descended(loss, nets["actor"])
        elif part == "follow" and way.follow_due(count, constants.delay):
            tau = way.tau_of(constants.tau)
            for name in way.followers:
                pairs = zip(nets[f"target_{name}"], nets[name], strict=True)
                nets[f"target_{name}"] = [late + tau * (now - late) for late, now in pairs]


def critic_loss(way, y, observations, actions) -> Callable:
    """The loss of a critic, as a function of its weights."""
    return lambda net: way.loss(y, q_of(net, observations, actions))


def actor_loss(way, critic, observations, low, high) -> Callable:
    """The loss of the actor, as a function of its weights."""

    def loss(net):
        actions = action_of(net, observations, low, high)
        return -way.uphill * np.mean(q_of(critic, observations, actions))

    return loss


def targets(way, constants, nets, batch, noise, low, high) -> np.ndarray:
    """What the critics learn from, [B]."""
    following = np.float64(batch["next_observations"])
    actions = action_of(nets[f"{way.targets_by}actor"], following, low, high)
    if way.smooth:
        kicks = np.clip(constants.smoothing * noise, -constants.clip, constants.clip)
        actions = np.clip(actions + kicks * (high - low) / 2, low, high)
    first, second = (q_of(nets[f"{way.targets_by}critic_{i}"], following, actions) for i in (0, 1))
    values = way.believed(first, second)
    return batch["rewards"] + constants.gamma * way.mask(batch["terminated"]) * values


def layers(net: Sequence[np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """One hidden layer of tanh, then a linear one."""
    return np.tanh(inputs @ net[0] + net[1]) @ net[2] + net[3]


def q_of(net: Sequence[np.ndarray], observations: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """Q(s, a), [B]."""
    return layers(net, np.concatenate([observations, actions], axis=1))[:, 0]


def action_of(net: Sequence[np.ndarray], observations: np.ndarray, low: Any, high: Any):
    """mu(s) in the environment's units, [B, act_dim]."""
    return (high + low) / 2 + (high - low) / 2 * np.tanh(layers(net, observations))


def descended(loss: Callable, net: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A network's weights after one step of gradient descent on a loss."""
    moved = [array.copy() for array in net]
    for number, array in enumerate(net):
        for index in np.ndindex(array.shape):
            ends = []
            for step in (STEP, -STEP):
                probe = [weights.copy() for weights in net]
                probe[number][index] += step
                ends.append(loss(probe))
            moved[number][index] -= RATE * (ends[0] - ends[1]) / (2 * STEP)
    return moved
