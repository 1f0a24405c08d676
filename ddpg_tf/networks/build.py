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
    return build_actor(
        observation_size,
        low,
        high,
        config.hidden_sizes,
        config.normalization,
        seed,
        activation=config.activation,
    )


def critic_for(
    config: DDPGConfig, observation_size: int, low: np.ndarray, high: np.ndarray, seed: int
) -> keras.Model:
    """Q as `config` describes it, of actions in [low, high], each [act_dim]."""
    return build_critic(
        observation_size,
        len(low),
        config.critic_hidden_sizes or config.hidden_sizes,
        config.critic_normalization or config.normalization,
        config.action_layer,
        seed,
        activation=config.activation,
        action_low=low,
        action_high=high,
    )


def build_actor(
    observation_size: int,
    action_low: np.ndarray,
    action_high: np.ndarray,
    hidden_sizes: Sequence[int] = (256, 256),
    normalization: str = "none",
    seed: int = 0,
    activation: str = "relu",
) -> keras.Model:
    """mu: observations [B, obs_dim] -> actions [B, act_dim], in the environment's units.

    The last tanh is stretched onto each component's own range:
    action = (high + low) / 2 + (high - low) / 2 * tanh(...). action_low, action_high: [act_dim].
    """
    seeds = initializer_seeds(seed)
    observations = symbol(observation_size, "observations")
    x = normalize_input(observations, normalization)
    for width in hidden_sizes:
        x = hidden_layer(x, width, normalization, activation, seeds)
    x = last_layer(x, len(action_low), seeds, activation="tanh")
    middle, half_range = middle_and_half_range(action_low, action_high)
    actions = keras.layers.Rescaling(half_range.tolist(), middle.tolist(), name="actions")(x)
    return keras.Model(observations, actions, name="actor")


def build_critic(
    observation_size: int,
    action_size: int,
    hidden_sizes: Sequence[int] = (256, 256),
    normalization: str = "none",
    action_layer: int = 0,
    seed: int = 0,
    activation: str = "relu",
    action_low: np.ndarray | None = None,
    action_high: np.ndarray | None = None,
) -> keras.Model:
    """Q: [observations [B, obs_dim], actions [B, act_dim]] -> [B, 1].

    The action is concatenated to the input of hidden layer `action_layer`. Batch norm is applied
    before that layer only, as in the paper; layer norm to all hidden layers.
    action_low, action_high: bounds of the actions, [act_dim], which the layers then see in half
    ranges, so that an action of 1,000 or of 0.001 is as large as any other input. Without them
    they see the environment's units. The model takes these in any case, and so dQ/da is in them.
    """
    seeds = initializer_seeds(seed)
    observations = symbol(observation_size, "observations")
    actions = symbol(action_size, "actions")
    x = normalize_input(observations, normalization)
    seen = actions if action_low is None else in_half_ranges(actions, action_low, action_high)
    for index, width in enumerate(hidden_sizes):
        if index == action_layer:
            x = keras.layers.Concatenate(name="join")([x, seen])
        after_action = normalization == "batch" and index >= action_layer
        x = hidden_layer(x, width, "none" if after_action else normalization, activation, seeds)
    q = last_layer(x, 1, seeds, name="q")
    return keras.Model([observations, actions], q, name="critic")


def in_half_ranges(actions, low: np.ndarray, high: np.ndarray):
    """(actions - middle) / half range, [B, act_dim]; the actions themselves if all bounds are 1."""
    middle, half_range = middle_and_half_range(low, high)
    if np.all(middle == 0) and np.all(half_range == 1):
        return actions
    scale, offset = (1 / half_range).tolist(), (-middle / half_range).tolist()
    return keras.layers.Rescaling(scale, offset, name="half_ranges")(actions)


def reads_half_ranges(critic: keras.Model) -> bool:
    """Whether the layers of a critic that was built here see actions in half ranges."""
    return any(layer.name == "half_ranges" for layer in critic.layers)


def layer_after_join(critic: keras.Model) -> keras.layers.Dense:
    """The layer of a critic that was built here in which the actions enter."""
    (node,) = critic.get_layer("join")._outbound_nodes
    return node.operation


def middle_and_half_range(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each component's range and its distance from the bounds, [act_dim] each."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return (high + low) / 2, (high - low) / 2


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


def hidden_layer(x, width: int, normalization: str, activation: str, seeds: Iterator[int]):
    """activation(normalize(x W + b)), [B, width]."""
    x = dense(width, 1 / math.sqrt(x.shape[-1]), seeds)(x)
    if normalization == "layer":
        x = keras.layers.LayerNormalization()(x)
    if normalization == "batch":
        x = keras.layers.BatchNormalization()(x)
    layer = keras.layers.ReLU() if activation == "relu" else keras.layers.Activation(activation)
    return layer(x)


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
