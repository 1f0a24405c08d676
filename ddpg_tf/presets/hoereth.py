"""Hoereth's DDPG: sampling, noise and learning in one graph."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

HOERETH = Preset(
    source="Alexander Hoereth 2017, [ahoereth/ddpg](https://github.com/ahoereth/ddpg), "
    "TensorFlow 1, everything in one graph",
    config=DDPGConfig(
        env_id="LunarLanderContinuous-v3",
        strategy="output_gradients",
        total_steps=50_000,
        eval_every=5_000,
        hidden_sizes=(100, 50),
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        critic_l2=1e-2,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
        noise_sigma_final=0.0,
        noise_anneal_steps=49_000,
    ),
    facts=(
        "`tf.gradients(actions, theta, -dq_da)`.",
        "LunarLanderContinuous.",
        "Hidden layers of 100 and 50 (400 and 300 in the slides), the action in the critic's "
        "second.",
        "Adam with 1e-4 (actor) and 1e-3 (critic).",
        "L2 of 1e-2 on the critic.",
        "gamma 0.99, tau 1e-3, batches of 64, a replay buffer of 1e6.",
        "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.2 and dt 1; its factor epsilon falls "
        "linearly to 0 over the training.",
        "A hard copy at the start, soft ones after it.",
        "No batch norm, which the slides say did not help.",
    ),
    defects=(
        "The gradient is the sum over the batch. Here it is the mean.",
        "The noise continues from one episode into the next. Here it starts again from zero.",
    ),
    departures=(
        "LunarLanderContinuous-v3, 50,000 steps, the first 1,000 random. Published: 10,000 steps "
        "without updates but not random.",
        "L2 on the kernels only, there on biases too; and the whole sum of squares, there half of "
        "it.",
        "No threads: one process samples and learns in turns, so that a run can be repeated to the "
        "bit.",
    ),
)
