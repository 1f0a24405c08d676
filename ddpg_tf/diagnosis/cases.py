"""The networks and batches on which a candidate is tried.

They are chosen so that every mistake in the catalogue shows: batch sizes that are powers of two and
not, one larger than people write into a slice, one action and several, bounds that are not -1 and
1, actions far out and observations too, batch norm, a saturated tanh, a steep Q; and a batch of the
same size as the one before, with nothing else the same. Each case differs from the others in more
than one thing, so that a wrong factor can be told: N from act_dim, act_dim from 2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ddpg_tf.diagnosis.networks import Architecture, own_networks, random_weights

LEARNING_RATE = 16.0
"""Of the plain SGD that is given to a candidate which performs the update; a power of two."""
AGAIN = 0
"""In place of a batch size: the call before, made once more."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of the candidate: all weights at the time, and what it is given."""

    actor_weights: list[np.ndarray]
    weights: dict[str, list[np.ndarray]]
    """Of every other network, by its name in a candidate's signature."""
    observations: np.ndarray
    """[B, obs_dim]"""
    actions: np.ndarray
    """[B, act_dim], as from replay: not what the actor would do."""


@dataclass(frozen=True, eq=False)
class Case:
    """A set of networks, and the calls that are made with them, in order."""

    name: str
    """What is special about it, in words."""
    architecture: Architecture
    calls: tuple[Call, ...]

    @property
    def has_unit_bounds(self) -> bool:
        """Whether every action component goes from -1 to 1."""
        spec = self.architecture
        return set(spec.low) == {-1.0} and set(spec.high) == {1.0}

    @property
    def has_batch_norm(self) -> bool:
        """Whether actor and critic have batch norm."""
        return self.architecture.normalization == "batch"


def make_case(
    name: str,
    architecture: Architecture,
    batch_sizes: Sequence[int] = (16,),
    seed: int = 0,
    saturation: float = 1.0,
    steepness: float = 1.0,
    spread: float = 1.0,
) -> Case:
    """Make a case with random weights and batches.

    There is one call for each batch size, with weights and a batch of its own; but `AGAIN` makes
    the call before once more, which a deterministic candidate must answer in the same way.
    saturation, steepness: the gain of the actor's and of the critics' last layers. spread: the
    standard deviation of the observations.
    """
    generator = np.random.default_rng(seed)
    actor, critic = own_networks(architecture)
    calls: list[Call] = []
    for size in batch_sizes:
        if size == AGAIN:
            calls.append(calls[-1])
            continue
        weights = {
            "critic": random_weights(critic, generator, steepness),
            "target_critic": random_weights(critic, generator, steepness),
            "twin_critic": random_weights(critic, generator, steepness),
            "target_actor": random_weights(actor, generator, saturation),
        }
        actor_weights = random_weights(actor, generator, saturation)
        batch = random_batch(architecture, size, generator, spread)
        calls.append(Call(actor_weights, weights, *batch))
    return Case(name, architecture, tuple(calls))


def random_batch(
    spec: Architecture, size: int, generator: np.random.Generator, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw observations [B, obs_dim], and actions [B, act_dim] uniform within their bounds."""
    observations = generator.normal(scale=spread, size=(size, spec.obs_dim))
    actions = generator.uniform(spec.low, spec.high, size=(size, spec.act_dim))
    return observations.astype(spec.dtype), actions.astype(spec.dtype)


def checked_cases(cases: Sequence[Case] | None) -> tuple[Case, ...]:
    """The cases to be used: the default ones for None. Raises TypeError for what are no cases."""
    if cases is None:
        return default_cases()
    given = tuple(cases) if isinstance(cases, Iterable) else ()
    if not given or not all(isinstance(case, Case) for case in given):
        raise TypeError(
            "cases must be a list of cases, at least one, as make_case(...) makes them; got "
            f"{' '.join(repr(cases).split())[:60]}"
        )
    return given


@lru_cache(maxsize=4)
def default_cases(seed: int = 0) -> tuple[Case, ...]:
    """The six cases that `diagnose` uses. Another seed: other weights and batches."""
    plain = Architecture(5, (-1.0,) * 3, (1.0,) * 3)
    bounds = Architecture(4, (-40.0, 0.5), (20.0, 7.0), activation="silu")
    batch_norm = Architecture(6, (-1.0,) * 2, (1.0,) * 2, (8,), "softplus", "batch")
    steep = Architecture(3, (-2.0,), (2.0,), (8, 8), "tanh", "layer")
    double = Architecture(4, (-1.0,) * 4, (1.0,) * 4, (6,), "softplus", dtype="float64")
    large = Architecture(3, (-1.5,) * 5, (1.5,) * 5, (6,), "softplus")
    far_out = {"saturation": 2.0, "steepness": 1e3, "spread": 4.0}
    return (
        make_case("bounds -1 and 1", plain, (16, AGAIN, 16, 27), seed),
        make_case("bounds other than -1 and 1", bounds, (100,), seed + 1, **far_out),
        make_case("batch norm", batch_norm, (32,), seed + 2),
        make_case("one action, a steep Q", steep, (11,), seed + 3, saturation=3, steepness=1e3),
        make_case("float64", double, (64,), seed + 4, saturation=3),
        make_case("a batch of 1025", large, (1025,), seed + 5, steepness=1e3),
    )
