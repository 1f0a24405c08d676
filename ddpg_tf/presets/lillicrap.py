"""The paper that DDPG comes from."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

LILLICRAP = Preset(
    source="Lillicrap et al. 2015, [arXiv 1509.02971](https://arxiv.org/abs/1509.02971), "
    "section 7, low-dimensional observations",
    config=DDPGConfig(
        strategy="output_gradients",
        total_steps=20_000,
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        critic_l2=1e-2,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
    ),
    facts=(
        "The chain rule, averaged over the batch.",
        "Hidden layers of 400 and 300 ReLU units, tanh output.",
        "The action enters the critic's second layer.",
        "Batch norm on the observations, on all layers of the actor and on the critic's layers "
        "before the action.",
        "Adam with 1e-4 (actor) and 1e-3 (critic).",
        "L2 of 1e-2 on the critic's weights.",
        "gamma 0.99, tau 1e-3, batches of 64, a replay buffer of 1e6.",
        "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.2, dt 1.",
    ),
    departures=(
        "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: MuJoCo tasks, up to 2.5 "
        "million steps, with no mention of random ones.",
        "The target critic normalises by its batch (`DDPG.target_values`); the paper does not say "
        "by what.",
    ),
)
