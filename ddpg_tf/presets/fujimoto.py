"""The TD3 paper's baseline."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

FUJIMOTO = Preset(
    source="Fujimoto et al. 2018, [arXiv 1802.09477](https://arxiv.org/abs/1802.09477): "
    '"OurDDPG" of [sfujim/TD3](https://github.com/sfujim/TD3), the baseline of the TD3 paper, '
    "PyTorch",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=40_000,
        warmup_steps=1_000,
        eval_every=10_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        tau=5e-3,
        batch_size=256,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        "The gradient of `-mean(Q(s, mu(s)))`.",
        "HalfCheetah.",
        "Hidden layers of 256 and 256 (the paper: 400 and 300).",
        "Adam with 3e-4 for both (the paper: 1e-3).",
        "gamma 0.99, tau 5e-3, batches of 256, a replay buffer of 1e6.",
        "Gaussian noise of 0.1.",
    ),
    departures=(
        "HalfCheetah-v5, 40,000 steps, the first 1,000 random. Published: 1 million, the first "
        "25,000 random.",
    ),
)
