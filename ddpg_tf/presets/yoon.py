"""Yoon's DDPG, written to be read."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

YOON = Preset(
    source="Chris Yoon 2019, [cyoon1729/Policy-Gradient-Methods]"
    "(https://github.com/cyoon1729/Policy-Gradient-Methods), PyTorch",
    config=DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(512, 128),
        critic_hidden_sizes=(1024, 512, 300),
        action_layer=1,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=1e-2,
        batch_size=32,
        buffer_size=100_000,
        exploration="ou",
        noise_sigma=0.3,
    ),
    facts=(
        "The gradient of `-mean(Q(s, mu(s)))`.",
        "Pendulum.",
        "An actor of 512 and 128, a critic of 1024, 512 and 300, the action in its second layer.",
        "Adam with 1e-3 for both.",
        "gamma 0.99, tau 1e-2, batches of 32, a replay buffer of 1e5.",
        "Ornstein-Uhlenbeck noise with theta 0.15 and sigma 0.3.",
    ),
    defects=(
        "Targets have no terminal mask. Here they have one.",
        "The noise is made and never used. Here it is added to the actions.",
        "The target actor starts as another random network. Here it starts as a copy.",
    ),
    departures=("Pendulum-v1, 10,000 steps, the first 1,000 random. Published: none random.",),
)
