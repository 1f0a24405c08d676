"""Questions 3, 4, 6 and 8: the two factors, their sign, and the action at which they meet."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from comparisons.questions.forms import (
    chained,
    cosine,
    flat,
    mean_gradient,
    norm_ratio,
    relative_difference,
    two_tapes_summed,
)
from comparisons.questions.problem import (
    BATCH,
    STEPS,
    batch,
    new_actor,
    new_critic,
    regret,
    regret_after,
    slope,
)
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient


def descent(sign: float) -> Callable:
    """Gradients for `regret_after` whose third argument is `sign` times dQ/da."""

    def gradients(actor, observations, seed):
        return chained(actor, observations, lambda a: sign * slope(observations, a))

    return gradients


def without_third_argument(actor, observations: tf.Tensor, seed: tf.Tensor) -> list[tf.Tensor]:
    """The gradients of -mean(sum of actions): what is left if dQ/da is not passed on."""
    return [-gradient for gradient in chained(actor, observations, None)]


def minus_and_third_argument(quick: bool) -> dict[str, float]:
    """Question 3: the third argument beside the full Jacobian, and training with either sign."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    through_actions = flat(
        chained(actor, observations, lambda a: -action_gradient(critic, observations, a)[1])
    )
    product = flat(get_strategy("jacobian").gradients(actor, critic, observations))
    minus, plus = (regret_after(descent(sign), quick) for sign in (-1.0, 1.0))
    return {
        "ratio": plus / minus,
        "from_jacobian": relative_difference(through_actions, product),
        "start": regret(new_actor()),
        "updates": STEPS[quick],
        "minus": minus,
        "plus": plus,
        "missing": regret_after(without_third_argument, quick),
    }


def finite_difference(
    actor, critic, observations: tf.Tensor, direction: list[np.ndarray], step: float = 1e-5
) -> float:
    """The derivative of -mean Q along `direction`, by a central difference."""
    start = [variable.numpy() for variable in actor.trainable_variables]
    losses = []
    for sign in (1, -1):
        moved = [w + sign * step * d for w, d in zip(start, direction, strict=True)]
        actor.set_weights(moved)
        losses.append(-float(tf.reduce_mean(critic([observations, actor(observations)]))))
    actor.set_weights(start)
    return (losses[0] - losses[1]) / (2 * step)


def is_a_factor_missing(quick: bool) -> dict[str, float]:
    """Question 4: the gradient of -mean Q beside the multiplied factors and finite differences."""
    actor, critic = new_actor(dtype="float64"), new_critic(dtype="float64")
    observations = batch(dtype="float64")
    gradient = mean_gradient(actor, critic, observations)
    product = flat(get_strategy("jacobian").gradients(actor, critic, observations))
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(5 if quick else 20):
        direction = [rng.standard_normal(v.shape) for v in actor.trainable_variables]
        difference = finite_difference(actor, critic, observations, direction)
        pairs.append((float(gradient @ flat(direction)), difference))
    along, differences = np.array(pairs).T
    return {
        "ratio": norm_ratio(gradient, product),
        "from_product": relative_difference(gradient, product),
        "from_differences": relative_difference(along, differences),
        "directions": len(pairs),
        "cosine": cosine(gradient, -flat(chained(actor, observations, None))),
    }


def at_replayed_action(replayed_from: Callable) -> Callable:
    """Gradients for `regret_after` with dQ/da taken at replayed_from(actions, seed)."""

    def gradients(actor, observations, seed):
        def vectors(actions):
            return -slope(observations, replayed_from(actions, seed))

        return chained(actor, observations, vectors)

    return gradients


def with_fresh_noise(actions: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """What the current policy would have stored: mu(s) and normal noise of 0.3."""
    return actions + 0.3 * tf.random.stateless_normal(tf.shape(actions), seed)


def of_an_old_policy(actions: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """What a random policy would have stored: uniform actions."""
    return tf.random.stateless_uniform(tf.shape(actions), seed, -1.0, 1.0)


def at_which_action(quick: bool) -> dict[str, float]:
    """Question 6: training with dQ/da taken at mu(s) and at two kinds of replayed action."""
    actor, observations, seed = new_actor(), batch(4096), tf.constant([1, 2])
    right = flat(descent(-1.0)(actor, observations, seed))
    values = {"start": regret(actor), "updates": STEPS[quick]}
    for name, source in (("fresh", with_fresh_noise), ("old", of_an_old_policy)):
        gradients = at_replayed_action(source)
        values[f"cosine_{name}"] = cosine(flat(gradients(actor, observations, seed)), right)
        values[name] = regret_after(gradients, quick)
    policy = regret_after(descent(-1.0), quick)
    return {"ratio": values["old"] / policy, "policy": policy, **values}


def matrix_products(function: Callable, observations: tf.Tensor) -> int:
    """How many matrix products the graph of `function` has, before any optimisation."""
    graph = tf.function(function, autograph=False).get_concrete_function(observations).graph
    return sum(operation.type == "MatMul" for operation in graph.get_operations())


def two_tapes(quick: bool) -> dict[str, float]:
    """Question 8: two tapes beside one, and the work that they do."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    summed = flat(two_tapes_summed(actor, critic, observations))
    mean = mean_gradient(actor, critic, observations)
    actions = actor(observations)
    with tf.GradientTape() as tape:
        q = critic([observations, actions])
    own = get_strategy("output_gradients").gradients
    return {
        "ratio": norm_ratio(summed / BATCH, mean),
        "n": BATCH,
        "norm": norm_ratio(summed, mean),
        "cosine": cosine(summed, mean),
        "other_bits": int(np.sum(summed / np.float32(BATCH) != mean)),
        "unwatched": int(tape.gradient(q, actions) is not None),
        "products_thread": matrix_products(
            lambda s: two_tapes_summed(actor, critic, s), observations
        ),
        "products_ours": matrix_products(lambda s: own(actor, critic, s), observations),
    }
