"""The networks and batches on which a candidate is tried.

They are chosen so that every mistake in the catalogue shows: batch sizes that are powers of two and
not, one larger than people write into a slice, one action and several, bounds that are not -1 and
1, batch norm, a saturated tanh, a steep Q. Each differs from the others in more than one thing, so
that a wrong factor can be told: N from act_dim, act_dim from 2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ddpg_tf.diagnosis.networks import Architecture, own_networks, random_weights

LEARNING_RATE = 16.0
"""Of the plain SGD that is given to a candidate which performs the update; a power of two."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of the candidate: the actor's weights at the time, and what it is given."""

    actor_weights: list[np.ndarray]
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
    weights: dict[str, list[np.ndarray]]
    """Of every network but the actor, by its name in a candidate's signature."""
    calls: tuple[Call, ...]

    @property
    def has_unit_bounds(self) -> bool:
        """Whether every action component goes from -1 to 1."""
        spec = self.architecture
        return set(spec.low) == {-1.0} and set(spec.high) == {1.0}


def make_case(
    name: str,
    architecture: Architecture,
    batch_sizes: Sequence[int] = (16,),
    seed: int = 0,
    saturation: float = 1.0,
    steepness: float = 1.0,
) -> Case:
    """Make a case with random weights and batches.

    There is one call for each batch size, each with other weights of the actor; but a size that
    follows itself makes the same call again, which a deterministic candidate must answer in the
    same way. saturation, steepness: the gain of the actor's and of the critics' last layers.
    """
    generator = np.random.default_rng(seed)
    actor, critic = own_networks(architecture)
    weights = {
        "critic": random_weights(critic, generator, steepness),
        "target_critic": random_weights(critic, generator, steepness),
        "twin_critic": random_weights(critic, generator, steepness),
        "target_actor": random_weights(actor, generator, saturation),
    }
    calls = []
    for index, size in enumerate(batch_sizes):
        if index and size == batch_sizes[index - 1]:
            calls.append(calls[-1])
            continue
        actor_weights = random_weights(actor, generator, saturation)
        calls.append(Call(actor_weights, *random_batch(architecture, size, generator)))
    return Case(name, architecture, weights, tuple(calls))


def random_batch(
    spec: Architecture, size: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw observations [B, obs_dim], and actions [B, act_dim] uniform within their bounds."""
    observations = generator.normal(size=(size, spec.obs_dim))
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
    bounds = Architecture(4, (-3.0, 0.5), (1.0, 7.0), activation="silu")
    batch_norm = Architecture(6, (-1.0,) * 2, (1.0,) * 2, (8,), "softplus", "batch")
    steep = Architecture(3, (-2.0,), (2.0,), (8, 8), "tanh", "layer")
    double = Architecture(4, (-1.0,) * 4, (1.0,) * 4, (6,), "softplus", dtype="float64")
    large = Architecture(3, (-1.5,) * 3, (1.5,) * 3, (6,), "softplus")
    return (
        make_case("bounds -1 and 1", plain, (16, 16, 24), seed),
        make_case("bounds other than -1 and 1", bounds, (100,), seed + 1),
        make_case("batch norm", batch_norm, (32,), seed + 2),
        make_case("one action, a steep Q", steep, (7,), seed + 3, saturation=3, steepness=1e3),
        make_case("float64", double, (64,), seed + 4),
        make_case("a batch of 341", large, (341,), seed + 5, steepness=1e3),
    )
