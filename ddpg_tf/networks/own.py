"""Networks of one's own: a Keras model, a function that builds one, or that function's name."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

import gymnasium as gym
import keras
import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.named import imported, name_of, users_own
from ddpg_tf.validation import kind_of

Builder: TypeAlias = Callable[[gym.Space, gym.Space], keras.Model]
"""(observation space, action space) -> a new network, as `DDPG` describes it."""

Network: TypeAlias = keras.Model | Builder | str
"""A network, a function that builds it, or that function's name, "module:function"."""

UNNAMED = "(given in Python)"
"""What a config says of a network that has no name to find it by."""


def name_in_config(network: Network) -> str:
    """The name of a builder, as the config keeps it; `UNNAMED` for what has none."""
    if isinstance(network, str):
        return network
    return (None if isinstance(network, keras.Model) else name_of(network)) or UNNAMED


def with_names(
    config: DDPGConfig, actor: Network | None = None, critic: Network | None = None
) -> DDPGConfig:
    """The config, which names the networks that were given besides it."""
    given = {"actor": actor, "critic": critic}
    names = {role: name_in_config(own) for role, own in given.items() if own is not None}
    return replace(config, **names) if names else config  # type: ignore[arg-type]


def require_names(config: DDPGConfig) -> None:
    """Raise ValueError if other processes could not find a network of the config's by name."""
    for role in ("actor", "critic"):
        if getattr(config, role) == UNNAMED:
            raise ValueError(
                f"workers make networks of their own, but the {role} has no name that they could "
                "find it by; give a function of an importable module, or its name, module:function"
            )


def own_network(
    role: str, network: Network, observation_space: gym.Space, action_space: gym.Space, seed: int
) -> keras.Model:
    """The model itself, or what the builder makes of the spaces.

    role: "actor" or "critic". seed: of the initial weights that the builder draws.
    Raises ValueError or TypeError if there is no such network, and OwnCodeError for what the
    builder raises.
    """
    if isinstance(network, keras.Model):
        return network
    if network == UNNAMED:
        raise ValueError(
            f"this run's {role} was given in Python and has no name to find it by; hand it over "
            f"again: resume(..., {role}=...) or DDPG.load(..., {role}=...)"
        )
    builder = imported(role, network) if isinstance(network, str) else network
    if not callable(builder) or isinstance(builder, keras.Layer):
        raise TypeError(
            f"the {role} must be a keras.Model, a function (observation_space, action_space) -> "
            f"keras.Model, or the name of one, module:function; got {kind_of(builder)}"
        )
    with (
        seeded(seed),
        users_own(
            f"the function {described(builder)} that builds the {role}, called with both spaces,"
        ),
    ):
        model = builder(observation_space, action_space)
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"the function that builds the {role} must return a keras.Model; it returned "
            f"{'nothing' if model is None else f'a {type(model).__name__}'}"
        )
    return model


def described(builder: Builder) -> str:
    """What to call a builder in a message."""
    return name_of(builder) or str(getattr(builder, "__name__", type(builder).__name__))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators inside, and leave them as they were.

    Keras draws the seed of each initialiser that was given none from Python's.
    """
    kept, kept_by_numpy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(kept_by_numpy)
