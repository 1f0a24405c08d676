"""Spinning Up, the course."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

SPINNINGUP = Preset(
    source="Joshua Achiam 2018, [OpenAI Spinning Up](https://github.com/openai/spinningup): DDPG, "
    "TensorFlow 1 and PyTorch",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=20_000,
        warmup_steps=1_000,
        eval_every=5_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=5e-3,
        batch_size=100,
        update_every=50,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        "The gradient of `-mean(Q(s, mu(s)))`.",
        "HalfCheetah.",
        "Hidden layers of 256 and 256.",
        "Adam with 1e-3 for both.",
        "gamma 0.99, polyak 0.995, which is tau 5e-3, batches of 100, not a power of two, a replay "
        "buffer of 1e6.",
        "Updates in blocks of 50.",
        "Gaussian noise of 0.1.",
    ),
    departures=(
        "HalfCheetah-v5, 20,000 steps, the first 1,000 random. Published: 400,000, the first "
        "10,000 random.",
    ),
    common_departures="ACDEF",
)
