"""Questions 3, 4, 6 and 8: the two factors, their sign, and the action at which they meet."""

import numpy as np
import tensorflow as tf

from comparisons.questions.forms import (
    bits,
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

TITLE = "The chain rule"


def descent(sign):
    """Return gradients for `regret_after`: the third argument is `sign` times dQ/da."""

    def gradients(actor, observations, seed):
        return chained(actor, observations, lambda a: sign * slope(observations, a))

    return gradients


def without_third_argument(actor, observations, seed):
    """Return the gradients of -mean(sum of actions): what is left if dQ/da is not handed over."""
    return [-gradient for gradient in chained(actor, observations, None)]


def minus_and_third_argument(quick) -> dict:
    """Question 3."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    handed = flat(
        chained(actor, observations, lambda a: -action_gradient(critic, observations, a)[1])
    )
    product = flat(get_strategy("jacobian").gradients(actor, critic, observations))
    from_jacobian = relative_difference(handed, product)
    start = regret(new_actor())
    minus, plus = (regret_after(descent(sign), quick) for sign in (-1.0, 1.0))
    missing = regret_after(without_third_argument, quick)
    if minus < start < plus:
        verdict = (
            f"The optimiser subtracts, so the minus turns descent into ascent on Q: with it the "
            f"regret falls from {start:.2f} to {minus:.2g}; with a plus it rises to {plus:.2f}."
        )
    else:
        verdict = f"Regret {start:.2f} becomes {minus:.2g} with the minus, {plus:.2g} without it."
    return {
        "number": 3,
        "question": "What is the third argument of tf.gradients(out, params, -action_gradient), "
        "and why the minus?",
        "threads": ["floodsung/DDPG #2", "liampetti/DDPG #1", "pemami4911/deep-rl #5"],
        "figures_of_merit": {
            "relative difference from the full Jacobian da/dtheta times -dQ/da": from_jacobian,
            "regret before training": start,
            "optimiser steps": STEPS[quick],
            "regret after training with -dQ/da": minus,
            "regret after training with +dQ/da": plus,
            "regret after training without a third argument": missing,
        },
        "difference": {"ratio": plus / minus, "of": "regret after training, +dQ/da over -dQ/da"},
        "verdict": verdict,
        "answer": (
            f"The third argument (grad_ys, in a tape output_gradients) is the vector that "
            f"reverse-mode differentiation starts from. The result is that vector times the "
            f"Jacobian of the actions: computed with the full Jacobian it differs by "
            f"{from_jacobian:.1g}. So this one argument is the critic's half of the chain rule. "
            f"Without it TensorFlow starts from ones, and the critic has no say: on a bandit "
            f"whose best actions are known, the mean squared distance to them (the regret) goes "
            f"from {start:.2f} to {missing:.2f} in {STEPS[quick]:,} steps. With -dQ/da it goes to "
            f"{minus:.2g}, with +dQ/da to {plus:.2f}. The minus stands there because optimisers "
            f"subtract the gradient and Q is to grow; as everything is linear in that vector, it "
            f"may stand at any place in the product."
        ),
    }


def finite_difference(actor, critic, observations, direction, step=1e-5) -> float:
    """Return the derivative of -mean Q along `direction`, by a central difference."""
    start = [variable.numpy() for variable in actor.trainable_variables]
    losses = []
    for sign in (1, -1):
        moved = [w + sign * step * d for w, d in zip(start, direction, strict=True)]
        actor.set_weights(moved)
        losses.append(-float(tf.reduce_mean(critic([observations, actor(observations)]))))
    actor.set_weights(start)
    return (losses[0] - losses[1]) / (2 * step)


def is_a_factor_missing(quick) -> dict:
    """Question 4."""
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
    from_differences = relative_difference(along, differences)
    from_product = relative_difference(gradient, product)
    angle = cosine(gradient, -flat(chained(actor, observations, None)))
    complete = from_product < 1e-6 and from_differences < 1e-4
    return {
        "number": 4,
        "question": "Does the loss -mean(Q) leave out the actor's own factor of the chain rule?",
        "threads": [
            "openai/baselines #645",
            "rmst/ddpg #2",
            "ai.stackexchange.com, question 22462",
        ],
        "figures_of_merit": {
            "relative difference from dQ/da times the full Jacobian da/dtheta": from_product,
            "relative difference from finite differences of -mean Q": from_differences,
            "random directions of those differences": len(pairs),
            "cosine to the actor's factor alone, without dQ/da": angle,
        },
        "difference": {
            "ratio": norm_ratio(gradient, product),
            "of": "gradient's norm, -mean(Q) over both factors multiplied",
        },
        "verdict": (
            f"{'No' if complete else 'Something is'}: the gradient of -mean(Q) differs from the "
            f"product of both factors by {from_product:.1g}, and from finite differences of the "
            f"loss by {from_differences:.1g}."
        ),
        "answer": (
            f"The loss shows only the critic, but its argument a = mu(s) is computed from the "
            f"actor's weights, and backpropagation multiplies by da/dtheta when it passes there. "
            f"In float64, the gradient of -mean(Q) was compared with dQ/da times the full "
            f"Jacobian da/dtheta, contracted by hand (relative difference {from_product:.1g}), "
            f"and with central differences of the loss along {len(pairs)} random directions in "
            f"weight space ({from_differences:.1g}). The answers given in the first two threads, "
            f"that automatic differentiation does the multiplication, "
            f"{'hold' if complete else 'are not borne out'}. The comparison could have failed: "
            f"the actor's factor alone has a cosine of {angle:.2f} to the gradient."
        ),
    }


def at_replayed_action(replayed_from):
    """Return gradients for `regret_after` with dQ/da taken at replayed_from(actions, seed)."""

    def gradients(actor, observations, seed):
        def vectors(actions):
            return -slope(observations, replayed_from(actions, seed))

        return chained(actor, observations, vectors)

    return gradients


def with_fresh_noise(actions, seed):
    """Return what the current policy would have stored: mu(s) and normal noise of 0.3."""
    return actions + 0.3 * tf.random.stateless_normal(tf.shape(actions), seed)


def of_an_old_policy(actions, seed):
    """Return what a random policy would have stored: uniform actions."""
    return tf.random.stateless_uniform(tf.shape(actions), seed, -1.0, 1.0)


def at_which_action(quick) -> dict:
    """Question 6."""
    actor, observations, seed = new_actor(), batch(4096), tf.constant([1, 2])
    right = flat(descent(-1.0)(actor, observations, seed))
    cosines, regrets = {}, {}
    for name, source in (("fresh", with_fresh_noise), ("old", of_an_old_policy)):
        gradients = at_replayed_action(source)
        cosines[name] = cosine(flat(gradients(actor, observations, seed)), right)
        regrets[name] = regret_after(gradients, quick)
    start, best = regret(actor), regret_after(descent(-1.0), quick)
    worse = regrets["old"] / best
    hint = "would not reveal it" if cosines["old"] > 0.8 else "could reveal it"
    if worse > 2:
        verdict = (
            f"At mu(s): with the replayed action of an old policy the actor ends with a regret of "
            f"{regrets['old']:.2g}, with mu(s) of {best:.2g}."
        )
    else:
        verdict = f"It made little difference here: regrets {regrets['old']:.2g} and {best:.2g}."
    return {
        "number": 6,
        "question": "At which action is dQ/da taken: the replayed one or mu(s)?",
        "threads": ["floodsung/DDPG #14"],
        "figures_of_merit": {
            "cosine to the right gradient, actions of the current policy with noise": cosines[
                "fresh"
            ],
            "cosine to the right gradient, actions of an old random policy": cosines["old"],
            "regret before training": start,
            "optimiser steps": STEPS[quick],
            "regret after training at mu(s)": best,
            "regret after training at replayed actions of the current policy": regrets["fresh"],
            "regret after training at replayed actions of an old random policy": regrets["old"],
        },
        "difference": {
            "ratio": worse,
            "of": "regret after training, replayed old action over mu(s)",
        },
        "verdict": verdict,
        "answer": (
            f"The thread's answer is mu(s), after Algorithm 1, and the asker could not test what "
            f"the other choice would do. Here is that test, on a bandit with a known best action "
            f"and the exact Q. If the replay holds what a random policy did, the slope at the "
            f"replayed action does not depend on what the actor would do now: nothing tells it "
            f"that it has arrived, and it pushes on to where tanh stops it. Regret before "
            f"{start:.2f}, after {STEPS[quick]:,} steps {regrets['old']:.2g}, against {best:.2g} "
            f"at mu(s). The first gradient's cosine to the right one is {cosines['old']:.2f}, so "
            f"a look at the start of training {hint}. If the replay holds only fresh actions of "
            f"the current policy, mu(s) with noise, the regret is {regrets['fresh']:.2g}: the "
            f"slope of this Q is linear in the action, so that noise of mean zero averages out. A "
            f"Q with a curved slope was not tried."
        ),
    }


def matrix_products(function, observations) -> int:
    """Return how many matrix products the graph of `function` has, before any optimisation."""
    graph = tf.function(function, autograph=False).get_concrete_function(observations).graph
    return sum(operation.type == "MatMul" for operation in graph.get_operations())


def two_tapes(quick) -> dict:
    """Question 8."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    summed = flat(two_tapes_summed(actor, critic, observations))
    mean = mean_gradient(actor, critic, observations)
    ratio, angle = norm_ratio(summed, mean), cosine(summed, mean)
    different = int(np.sum(summed / np.float32(BATCH) != mean))
    actions = actor(observations)
    with tf.GradientTape() as tape:
        q = critic([observations, actions])
    found = 0 if tape.gradient(q, actions) is None else 1
    own = get_strategy("output_gradients").gradients
    products = {
        "thread": matrix_products(lambda s: two_tapes_summed(actor, critic, s), observations),
        "own": matrix_products(lambda s: own(actor, critic, s), observations),
    }
    return {
        "number": 8,
        "question": "How do two tapes work together in TF2?",
        "threads": ["Dekki-Aero/DDPG #2"],
        "figures_of_merit": {
            "batch size N": BATCH,
            "norm of the two tapes' gradient over that of -mean Q": ratio,
            "cosine of the angle between them": angle,
            "numbers with other bits after a division by N": different,
            "gradients found if the actions are made outside the tape and not watched": found,
            "matrix products, the thread's form": products["thread"],
            "matrix products, the strategy output_gradients": products["own"],
        },
        "difference": {
            "ratio": norm_ratio(summed / BATCH, mean),
            "of": "gradient's norm, two tapes divided by N over one tape",
        },
        "verdict": (
            f"One tape gives dQ/da, the other takes it as its starting vector; the result is "
            f"{ratio:.4g} times the gradient of -mean Q (N = {BATCH}), and divided by N it has "
            f"{bits(different)}."
        ),
        "answer": (
            f"Each tape records what is computed inside its block and can be asked for one "
            f"derivative. The first is asked for dQ/da, the second for da/dtheta with -dQ/da as "
            f"output_gradients; they share nothing but that tensor. The cosine between the "
            f"outcome and the gradient of -mean Q is {angle:.4f}, and the norm is {ratio:.4g} "
            f"times as large: the thread's form has no division by N. `watch` is needed for a "
            f"tensor that is no variable: with actions made outside the tape and not watched, "
            f"{'no gradient' if found == 0 else 'a gradient'} came back. The actor need not run "
            f"inside both: one tape can watch the actions that the other has recorded. Done so, "
            f"and with tapes that watch only what is asked for (watch_accessed_variables=False), "
            f"there are {products['own']} matrix products instead of {products['thread']}, before "
            f"a graph optimiser removes what is unused."
        ),
    }


QUESTIONS = (minus_and_third_argument, is_a_factor_missing, at_which_action, two_tapes)
