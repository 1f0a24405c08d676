"""Skylark's DDPG, from the page that has its TD3 too."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

SKYLARK = Preset(
    source="Skylark's DDPG, from a page on DDPG and TD3, PyTorch",
    config=DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=0.02,
        batch_size=32,
        buffer_size=10_000,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        "The gradient of `-mean(Q(s, mu(s)))`.",
        "Hidden layers of 256 and 256, the action in the critic's first.",
        "Adam with 1e-3 for both.",
        "gamma 0.99, tau 0.02, batches of 32, a replay buffer of 1e4.",
    ),
    defects=(
        "The critic has one output for each action component. Here it has one.",
        "Targets have no terminal mask. Here they have one.",
        "There is no noise. Here it is Gaussian noise of 0.1, that of its TD3.",
    ),
    departures=(
        "Pendulum-v1, 10,000 steps, the first 1,000 random, as in its TD3. Published: neither the "
        "environment's name nor the length, none random.",
    ),
)
