"""Question 31: the half that an L2 penalty has in one library and lacks in another."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import cosine, flat, norm_ratio, relative_difference
from comparisons.questions.problem import ACT_DIM, OBS_DIM, STEPS, batch, exact_q, fit, slope
from ddpg_tf.agents.optimisation import squared_weights
from ddpg_tf.networks.build import build_critic
from ddpg_tf.strategies.action_gradient import action_gradient

PUBLISHED = 1e-2
"""The number of Lillicrap et al. 2015, and of Hoereth's and OpenAI's code."""


def penalty_gradients(critic: keras.Model, number: float) -> dict[str, np.ndarray]:
    """What a penalty of this number adds to the gradient of the kernels, in each library's form.

    pytorch: weight_decay of torch.optim.Adam and SGD, which add it to the gradient themselves.
    """
    kernels = [v.value for v in critic.trainable_variables if len(v.shape) > 1]
    regularizer = keras.regularizers.L2(number)

    def gradient(penalty):
        with tf.GradientTape() as tape:
            value = penalty()
        return flat(tape.gradient(value, kernels))

    return {
        "tf1": gradient(lambda: tf.add_n([number * tf.nn.l2_loss(kernel) for kernel in kernels])),
        "keras": gradient(lambda: tf.add_n([regularizer(kernel) for kernel in kernels])),
        "ours": gradient(lambda: number * squared_weights([critic], biases=False)),
        "pytorch": number * flat(kernels),
    }


def fitted(critic_l2: float, seed: int, quick: bool) -> dict[str, float]:
    """A critic of the library, fitted to the bandit's Q with this `critic_l2`.

    weights: norm of the kernels. q_error, of its Q, over the size of Q. dq_da, cosine: the norm of
    dQ/da over the true one's, and the cosine between them. At random actions.
    """
    keras.utils.set_random_seed(seed)
    critic = fit(build_critic(OBS_DIM, ACT_DIM, (64, 64)), 1e-3, seed, quick, critic_l2)
    observations = batch(1_000, seed=99)
    actions = tf.random.stateless_uniform((1_000, ACT_DIM), (9, 9), -1.0, 1.0)
    truth = exact_q([observations, actions])
    q = critic([observations, actions]).numpy()
    dq_da = action_gradient(critic, observations, actions)[1].numpy().ravel()
    true_slope = slope(observations, actions).numpy().ravel()
    return {
        "weights": float(np.sqrt(squared_weights([critic], biases=False))),
        "q_error": relative_difference(q, truth.numpy()),
        "dq_da": norm_ratio(dq_da, true_slope),
        "cosine": cosine(dq_da, true_slope),
    }


def factor_two_in_l2(quick: bool) -> dict[str, float]:
    """Question 31: the gradient of four penalties of one number, and critics learned with both."""
    seeds = 1 if quick else 3
    critic = build_critic(OBS_DIM, ACT_DIM, (64, 64))
    gradients = penalty_gradients(critic, PUBLISHED)
    half = penalty_gradients(critic, PUBLISHED / 2)["ours"]
    values = {"number": PUBLISHED, "half": PUBLISHED / 2, "seeds": seeds, "updates": STEPS[quick]}
    for name in ("keras", "ours", "pytorch"):
        values[f"{name}_over_tf1"] = norm_ratio(gradients[name], gradients["tf1"])
    values["half_from_tf1"] = relative_difference(half, gradients["tf1"])
    for name, critic_l2 in (("none", 0.0), ("half", PUBLISHED / 2), ("whole", PUBLISHED)):
        runs = [fitted(critic_l2, seed, quick) for seed in range(seeds)]
        for key in runs[0]:
            values[f"{name}_{key}"] = float(np.mean([run[key] for run in runs]))
    return {"ratio": values["keras_over_tf1"], **values}
