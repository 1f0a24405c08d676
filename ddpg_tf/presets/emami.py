"""Emami's DDPG: two session calls and a fed dQ/da."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

EMAMI = Preset(
    source="Patrick Emami 2016, [pemami4911/deep-rl](https://github.com/pemami4911/deep-rl), "
    "TensorFlow 1",
    config=DDPGConfig(
        strategy="output_gradients",
        total_steps=20_000,
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.3,
        ou_dt=1e-2,
    ),
    facts=(
        "`tf.gradients(actions, theta, -dq_da)`, divided by N.",
        "Pendulum.",
        "Hidden layers of 400 and 300, the action in the critic's second.",
        "Batch norm.",
        "Adam with 1e-4 (actor) and 1e-3 (critic).",
        "gamma 0.99, tau 1e-3, batches of 64.",
        "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.3 and dt 1e-2.",
    ),
    defects=(
        "Batch norm is there but never switched to training (its issue 17), so that it normalises "
        "by the statistics that it was initialised with. Here it is trained.",
    ),
    departures=(
        "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: 50,000 episodes, none "
        "random, although noise with this dt hardly moves the pendulum.",
        "Batch norm on the observations too, as in the paper; the target critic normalises by its "
        "batch.",
    ),
)
