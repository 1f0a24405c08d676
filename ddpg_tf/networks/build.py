"""Actor and critic as Keras models.

Initial weights follow Lillicrap et al. 2015, section 7: hidden layers uniform in
+-1/sqrt(fan_in), last layers uniform in +-3e-3, so that the first actions lie near the middle of
their range, where tanh does not saturate, and the first Q values near zero.
"""

import math
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from ddpg_tf.config import DDPGConfig

LAST_LAYER_LIMIT = 3e-3


def actor_for(
    config: DDPGConfig, observation_size: int, low: np.ndarray, high: np.ndarray, seed: int
) -> keras.Model:
    """mu as `config` describes it, for actions in [low, high], each [act_dim]."""
    return build_actor(observation_size, low, high, config.hidden_sizes, config.normalization, seed)


def critic_for(
    config: DDPGConfig, observation_size: int, action_size: int, seed: int
) -> keras.Model:
    """Q as `config` describes it."""
    widths = config.critic_hidden_sizes or config.hidden_sizes
    return build_critic(
        observation_size, action_size, widths, config.normalization, config.action_layer, seed
    )


def build_actor(
    observation_size: int,
    action_low: np.ndarray,
    action_high: np.ndarray,
    hidden_sizes: Sequence[int] = (256, 256),
    normalization: str = "none",
    seed: int = 0,
) -> keras.Model:
    """mu: observations [B, obs_dim] -> actions [B, act_dim], in the environment's units.

    The last tanh is stretched onto each component's own range:
    action = (high + low) / 2 + (high - low) / 2 * tanh(...). action_low, action_high: [act_dim].
    """
    seeds = initializer_seeds(seed)
    observations = symbol(observation_size, "observations")
    x = normalize_input(observations, normalization)
    for width in hidden_sizes:
        x = hidden_layer(x, width, normalization, seeds)
    x = last_layer(x, len(action_low), seeds, activation="tanh")
    low, high = np.asarray(action_low, float), np.asarray(action_high, float)
    middle, half_range = (high + low) / 2, (high - low) / 2
    actions = keras.layers.Rescaling(half_range.tolist(), middle.tolist(), name="actions")(x)
    return keras.Model(observations, actions, name="actor")


def build_critic(
    observation_size: int,
    action_size: int,
    hidden_sizes: Sequence[int] = (256, 256),
    normalization: str = "none",
    action_layer: int = 0,
    seed: int = 0,
) -> keras.Model:
    """Q: [observations [B, obs_dim], actions [B, act_dim]] -> [B, 1].

    The action is concatenated to the input of hidden layer `action_layer`. Batch norm is applied
    before that layer only, as in the paper; layer norm to all hidden layers.
    """
    seeds = initializer_seeds(seed)
    observations = symbol(observation_size, "observations")
    actions = symbol(action_size, "actions")
    x = normalize_input(observations, normalization)
    for index, width in enumerate(hidden_sizes):
        if index == action_layer:
            x = keras.layers.Concatenate(name="join")([x, actions])
        after_action = normalization == "batch" and index >= action_layer
        x = hidden_layer(x, width, "none" if after_action else normalization, seeds)
    q = last_layer(x, 1, seeds, name="q")
    return keras.Model([observations, actions], q, name="critic")


def symbol(size: int, name: str):
    """An input [B, size] in the precision that Keras is set to (its own default is float32)."""
    return keras.Input((size,), dtype=keras.config.dtype_policy().compute_dtype, name=name)


def initializer_seeds(seed: int) -> Iterator[int]:
    """A seed for each initialiser, all different, all derived from `seed`."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))


def normalize_input(observations, normalization: str):
    """The observations, through batch norm if there is any (the paper's first layer)."""
    is_batch = normalization == "batch"
    return keras.layers.BatchNormalization()(observations) if is_batch else observations


def hidden_layer(x, width: int, normalization: str, seeds: Iterator[int]):
    """ReLU(normalize(x W + b)), [B, width]."""
    x = dense(width, 1 / math.sqrt(x.shape[-1]), seeds)(x)
    if normalization == "layer":
        x = keras.layers.LayerNormalization()(x)
    if normalization == "batch":
        x = keras.layers.BatchNormalization()(x)
    return keras.layers.ReLU()(x)


def last_layer(x, width: int, seeds: Iterator[int], **options):
    """activation(x W + b), [B, width], nearly zero at first."""
    return dense(width, LAST_LAYER_LIMIT, seeds, **options)(x)


def dense(width: int, limit: float, seeds: Iterator[int], **options) -> keras.layers.Dense:
    """A dense layer whose weights and biases start uniform in +-limit."""
    uniform = keras.initializers.RandomUniform
    return keras.layers.Dense(
        width,
        kernel_initializer=uniform(-limit, limit, seed=next(seeds)),
        bias_initializer=uniform(-limit, limit, seed=next(seeds)),
        **options,
    )
