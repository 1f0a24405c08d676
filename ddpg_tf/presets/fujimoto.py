"""The TD3 paper's baseline."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

FUJIMOTO = Preset(
    source="Fujimoto et al. 2018, [arXiv 1802.09477](https://arxiv.org/abs/1802.09477): "
    '"OurDDPG" of [sfujim/TD3](https://github.com/sfujim/TD3), the baseline of the TD3 paper, '
    "PyTorch",
    version="commit 6a9f761",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=75_000,
        warmup_steps=25_000,
        eval_every=10_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        adam_epsilon=1e-8,
        adam_epsilon_place="pytorch",
        tau=5e-3,
        batch_size=256,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        Fact("The gradient of `-mean(Q(s, mu(s)))`.", "OurDDPG.py:85-90"),
        Fact("HalfCheetah.", "main.py:39"),
        Fact(
            "Hidden layers of 256 and 256 (in the paper's time 400 and 300).",
            "OurDDPG.py:18-20, 35-37; TD3/OurDDPG.py:18-20, 36-38 at 81cb580",
        ),
        Fact(
            "Adam with 3e-4 for both (in the paper's time PyTorch's default, 1e-3).",
            "OurDDPG.py:50, 54; TD3/OurDDPG.py:53, 58 at 81cb580",
        ),
        Fact(
            "gamma 0.99, tau 5e-3, batches of 256, a replay buffer of 1e6.",
            "main.py:45-47; utils.py:8 at c717e75",
        ),
        Fact("Gaussian noise of 0.1 half ranges.", "main.py:44, 120-123"),
        Fact(
            "A time limit cuts an episode off without ending it.",
            "main.py:127",
        ),
    ),
    departures=(
        Fact(
            "HalfCheetah-v5, 75,000 steps, the first 25,000 random. Published: 1 million, the "
            "first 25,000 random too.",
            "main.py:41, 43",
        ),
    ),
    common_departures="ABC",
)
