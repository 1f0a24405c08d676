"""Questions 1, 2, 5, 7 and 12: where 1/N belongs, what an optimiser makes of a factor."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import (
    bits,
    cosine,
    flat,
    freshly_initialised,
    mean_gradient,
    norm_ratio,
    path,
    relative_difference,
    rms,
    step_ratio,
    symbolic_forms,
    two_tapes_summed,
)
from comparisons.questions.problem import BATCH, batch, new_actor, new_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient

TITLE = "Mean or sum"


def divide_by_n(quick) -> dict:
    """Question 1."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    summed = flat(two_tapes_summed(actor, critic, observations))
    mean = mean_gradient(actor, critic, observations)
    fresh = mean_gradient(*freshly_initialised(), observations)
    ratio = norm_ratio(summed, mean)
    sgd = step_ratio(keras.optimizers.SGD, mean, BATCH)
    adam = step_ratio(keras.optimizers.Adam, mean, BATCH)
    adam_fresh = step_ratio(keras.optimizers.Adam, fresh, BATCH)
    epsilon = keras.optimizers.Adam().epsilon
    small = mean * (epsilon / 10 / rms(mean))
    adam_small = step_ratio(keras.optimizers.Adam, small, BATCH)
    is_mean = abs(ratio - 1) < 0.01
    returned = "the mean" if is_mean else f"{ratio:.4g} times the mean"
    agreement = "agrees with that" if is_mean else "is, with respect, not what is measured here"
    return {
        "number": 1,
        "question": "Must the actor's gradient be divided by the batch size, or is it an average?",
        "threads": [
            "pemami4911/deep-rl #3",
            "pemami4911/deep-rl #13",
            "pemami4911/deep-rl #15",
            "floodsung/DDPG #15",
        ],
        "figures_of_merit": {
            "batch size N": BATCH,
            "norm of the gradient that two tapes return, over that of -mean Q": ratio,
            "length of an SGD step, undivided over divided": sgd,
            "length of Adam's first step, undivided over divided": adam,
            "the same with networks as Lillicrap et al. initialise them": adam_fresh,
            f"the same where the divided gradient's rms is {epsilon / 10:.0e}": adam_small,
        },
        "difference": {"ratio": sgd, "of": f"SGD step, sum over mean (Adam: {adam:.2f})"},
        "verdict": (
            f"What comes back is {returned}; without a division SGD's step is {sgd:.4g} times as "
            f"long and Adam's first step {adam:.2f} times."
        ),
        "answer": (
            f"Two tapes, the second started from -dQ/da, return a gradient whose norm is "
            f"{ratio:.4g} times that of the gradient of -mean Q, with N = {BATCH}. The answer "
            f"given in deep-rl #15, that the average is taken already, {agreement}. (It holds "
            f"where the loss itself is a reduce_mean.) Under SGD the omission multiplies the "
            f"learning rate by {sgd:.4g}. Adam divides every component by its own size, and its "
            f"first step changes by a factor of {adam:.2f}. What can show it there is the epsilon "
            f"of {epsilon:.0e} in Adam's denominator: with the small last layers of the paper the "
            f"factor is {adam_fresh:.3g}, and where the rms of the divided gradient is a tenth of "
            f"epsilon, {adam_small:.3g}. With the division the learning rate keeps its meaning "
            f"when the batch size changes, under either optimiser."
        ),
    }


def divide_twice(quick) -> dict:
    """Question 2."""
    observations = batch()
    mean = mean_gradient(new_actor(), new_critic(), observations)
    fresh = mean_gradient(*freshly_initialised(), observations)
    sgd = step_ratio(keras.optimizers.SGD, mean, 1 / BATCH)
    adam = step_ratio(keras.optimizers.Adam, mean, 1 / BATCH)
    adam_fresh = step_ratio(keras.optimizers.Adam, fresh, 1 / BATCH)
    epsilon = keras.optimizers.Adam().epsilon
    acting = epsilon / np.sqrt(1 - keras.optimizers.Adam().beta_2)
    if adam_fresh < 0.9:
        verdict = (
            f"It matters even with Adam while gradients are small: at the paper's initial weights "
            f"the first step shrinks to {adam_fresh:.2g} of its length; under SGD to {sgd:.2g}."
        )
    else:
        verdict = f"With Adam hardly (a factor {adam_fresh:.3g}); under SGD by a factor {sgd:.2g}."
    return {
        "number": 2,
        "question": "Divided by the batch size twice: does it matter?",
        "threads": ["floodsung/DDPG #2"],
        "figures_of_merit": {
            "batch size N": BATCH,
            "length of an SGD step, divided twice over once": sgd,
            "length of Adam's first step, gradients of everyday size": adam,
            "length of Adam's first step, the paper's initial weights": adam_fresh,
            "rms of the gradient divided once, the paper's initial weights": rms(fresh),
            "Adam's epsilon": epsilon,
            "what that epsilon amounts to in the first step of Keras's Adam": float(acting),
        },
        "difference": {"ratio": adam_fresh, "of": "Adam's first step, divided twice over once"},
        "verdict": verdict,
        "answer": (
            f"One participant noticed that the code divides dQ/da by N when it is computed and "
            f"again when it is handed to the actor, and suspected it of the poor performance. "
            f"Under SGD the learning rate is {sgd:.3g} of what is written in the configuration. "
            f"Under Adam it depends on the size of the gradient: with networks whose gradients "
            f"are of everyday size (rms {rms(mean):.1e}) the first step keeps {adam:.1%} of its "
            f"length. With the initial weights of Lillicrap et al., last layers within 0.003, the "
            f"gradient divided once has an rms of {rms(fresh):.1e}, divided twice "
            f"{rms(fresh) / BATCH:.1e}, and the step keeps {adam_fresh:.1%}. What it competes "
            f"with is epsilon = {epsilon:.0e}, which Keras adds before the correction of the "
            f"moments' bias, so that it acts as {acting:.1e} in the first step. This is the start "
            f"of a training, and no proof of what that program suffered from."
        ),
    }


def two_symbolic_forms(quick) -> dict:
    """Question 5."""
    actor, critic = new_actor(), new_critic()
    through_q, through_a = symbolic_forms(actor, critic, batch())
    different = int(np.sum(-through_a / np.float32(BATCH) != through_q))
    ratio, angle = norm_ratio(through_a, through_q), cosine(through_a, through_q)
    hundred_q, hundred_a = symbolic_forms(actor, critic, batch(100))
    at_hundred = relative_difference(-hundred_a / np.float32(100), hundred_q)
    sign = "with the opposite sign" if angle < -0.999 else f"at a cosine of {angle:.3f}"
    return {
        "number": 5,
        "question": "Is tf.gradients(q, theta) / N the same as tf.gradients(a, theta, -dq_da)?",
        "threads": ["ahoereth/ddpg, a to-do in the code"],
        "figures_of_merit": {
            "batch size N": BATCH,
            "norm of the second over that of the first": ratio,
            "cosine of the angle between them": angle,
            "numbers with other bits once the second is divided by -N": different,
            "relative difference after that division at N = 100": at_hundred,
        },
        "difference": {
            "ratio": ratio,
            "of": "norm, tf.gradients(a, theta, -dq_da) over (q, theta)/N",
        },
        "verdict": (
            f"Not as written: the second is {ratio:.4g} times as long, {sign}; divided by "
            f"-N = -{BATCH} it has {bits(different)}."
        ),
        "answer": (
            f"Both apply the same chain rule; they differ in what surrounds it. The first is the "
            f"mean, pointing uphill on Q; the second is a sum, and its minus makes it a descent "
            f"direction: cosine {angle:.3f}, norm ratio {ratio:.4g}. With N = {BATCH}, a power of "
            f"two, a division by -N gives {bits(different)}; such a division is exact. With N = "
            f"100 a relative difference of {at_hundred:.1e} is left. So one can replace the other "
            f"if the sign and the division are carried over; what happens when either is "
            f"forgotten is the subject of questions 1 and 3."
        ),
    }


def jacobian_of_q(critic, observations, actions, training) -> np.ndarray:
    """Return dQ_i/da_j for all pairs of rows, [B, B, act_dim]."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(actions)
        q = critic([observations, actions], training=training)[:, 0]
    return tape.jacobian(q, actions, experimental_use_pfor=False).numpy()


def rows_of_jacobian(jacobian: np.ndarray):
    """Return its diagonal dQ_i/da_i, what tape.gradient gives (the sum over i), the rest's norm."""
    diagonal = np.einsum("iij->ij", jacobian)
    rest = np.linalg.norm(jacobian - np.eye(len(jacobian))[:, :, None] * diagonal[:, None])
    return diagonal, jacobian.sum(0), float(rest / np.linalg.norm(diagonal))


def jacobian_or_sum(quick) -> dict:
    """Question 7."""
    observations = batch(16 if quick else BATCH)
    actions = new_actor()(observations)
    plain = jacobian_of_q(new_critic(), observations, actions, training=False)
    diagonal, _, rest = rows_of_jacobian(plain)
    _, dq_da = action_gradient(new_critic(), observations, actions)
    difference = relative_difference(dq_da.numpy(), diagonal)
    normed = new_critic(batch_norm=True)
    coupled = jacobian_of_q(normed, observations, actions, training=True)
    coupled_diagonal, coupled_sum, coupled_rest = rows_of_jacobian(coupled)
    remaining = norm_ratio(coupled_sum, coupled_diagonal)
    if rest == 0:
        verdict = (
            f"Both: every dQ_i/da_j with i != j is exactly zero, so the sum that is returned is "
            f"the Jacobian's diagonal (relative difference {difference:.1g})."
        )
    else:
        verdict = f"A sum: the terms with i != j are {rest:.2g} times as large as the diagonal."
    effect = "nothing but rounding" if remaining < 1e-4 else f"{remaining:.2g} of its norm"
    return {
        "number": 7,
        "question": "Q has one row per sample: is dQ/da then a Jacobian or a sum?",
        "threads": ["pemami4911/deep-rl #3"],
        "figures_of_merit": {
            "batch size N": len(observations),
            "norm of all dQ_i/da_j with i != j, over that with i = j": rest,
            "relative difference of tape.gradient(q, a) from the Jacobian's diagonal": difference,
            "norm of all dQ_i/da_j with i != j, if batch norm trains in the critic": coupled_rest,
            "norm of the sum over the diagonal's, if batch norm trains in the critic": remaining,
        },
        "difference": {
            "ratio": norm_ratio(dq_da.numpy(), diagonal),
            "of": "norm of dQ/da, returned sum over Jacobian's diagonal",
        },
        "verdict": verdict,
        "answer": (
            f"The asker was right that gradients of a vector are summed over its entries, and "
            f"that the full derivative is a Jacobian, here {len(observations)} by "
            f"{len(observations)} by {actions.shape[1]} numbers. The entries with i != j, which "
            f"the sum would mix in, have a norm of {rest:.2g} relative to those with i = j, and "
            f"the returned sum differs from the diagonal by {difference:.2g}. The division by N "
            f"that the thread puts here belongs to the mean over states instead. Rows are not "
            f"separate where batch norm trains inside the critic: with such a layer before the "
            f"last, the entries with i != j reach {coupled_rest:.2g} of the diagonal's norm, and "
            f"of the diagonal {effect} is left in the sum: batch norm subtracts the batch's mean, "
            f"and with it what the actions did to it. All our strategies call the critic in "
            f"inference mode."
        ),
    }


def gradient_stream(steps) -> np.ndarray:
    """Return the gradients of -mean Q for `steps` batches at fixed weights, one a row."""
    actor, critic, strategy = new_actor(), new_critic(), get_strategy("mean_q")

    @tf.function(autograph=False)
    def gradients(observations):
        return strategy.gradients(actor, critic, observations)

    return np.stack([flat(gradients(batch(seed=seed))) for seed in range(steps)])


def scale_or_zero_a_loss(quick) -> dict:
    """Question 12."""
    stream = gradient_stream(40 if quick else 300)
    factor = np.float32(0.1)
    zeroed = stream.copy()
    zeroed[1::2] = 0
    ratios, moves = {}, {}
    for optimizer in (keras.optimizers.SGD, keras.optimizers.Adam):
        name = optimizer.__name__
        ends = [path(optimizer(1e-3), rows)[-1] for rows in (stream * factor, stream)]
        ratios[name] = norm_ratio(*ends)
        lengths = np.linalg.norm(np.diff(path(optimizer(1e-3), zeroed), axis=0), axis=1)
        # the first difference is the step of row 1, a zeroed one
        moves[name] = float(lengths[0::2].mean() / lengths[1::2].mean())
    seen = "hardly changes" if abs(ratios["Adam"] - 1) < 0.1 else "changes"
    agree = abs(ratios["Adam"] - 1) < 0.1 and moves["Adam"] > 0.1
    agreement = "agrees" if agree else "does not bear that out"
    skipped = "does not skip it" if moves["Adam"] > 0.1 else "skips it"
    return {
        "number": 12,
        "question": "Can a loss be scaled to change its learning rate, or zeroed to skip a step?",
        "threads": ["ray-project/ray #4672"],
        "figures_of_merit": {
            "optimiser steps": len(stream),
            "factor on the loss": float(round(float(factor), 6)),
            "distance moved under SGD, scaled over unscaled": ratios["SGD"],
            "distance moved under Adam, scaled over unscaled": ratios["Adam"],
            "step on a zeroed loss over step on a real one, SGD": moves["SGD"],
            "step on a zeroed loss over step on a real one, Adam": moves["Adam"],
        },
        "difference": {
            "ratio": moves["Adam"],
            "of": "Adam's step, zeroed loss over real loss",
        },
        "verdict": (
            f"Under Adam, scaling the loss by {factor:.1f} {seen} the way travelled (ratio "
            f"{ratios['Adam']:.3f}, SGD {ratios['SGD']:.3f}), and zeroing the loss of a step "
            f"{skipped}: the step is still {moves['Adam']:.0%} as long."
        ),
        "answer": (
            f"The reporter of the thread argued that under Adam neither works, and the "
            f"measurement {agreement}. {len(stream)} gradients of an actor on as many batches "
            f"were fed to both optimisers. Multiplied by {factor:.1f}, they move the weights "
            f"{ratios['SGD']:.3f} times as far under SGD and {ratios['Adam']:.3f} times as far "
            f"under Adam, whose division by the running rms takes a constant factor out again. "
            f"With every second loss set to zero, SGD's steps there are {moves['SGD']:.2g} times "
            f"as long as the others and Adam's {moves['Adam']:.2g} times: it steps along a "
            f"running mean of gradients. A learning rate belongs to the optimiser, each network "
            f"needs its own, and a step is skipped by not calling it, as in TD3's delayed actor."
        ),
    }


QUESTIONS = (
    divide_by_n,
    divide_twice,
    two_symbolic_forms,
    jacobian_or_sum,
    scale_or_zero_a_loss,
)
