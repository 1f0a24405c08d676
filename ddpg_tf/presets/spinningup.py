"""Spinning Up, the course."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

SPINNINGUP = Preset(
    source="Joshua Achiam 2018, [OpenAI Spinning Up](https://github.com/openai/spinningup): DDPG, "
    "TensorFlow 1 and PyTorch",
    version="commit 2092113 (2020), folder `spinup/algos/pytorch/ddpg`",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=40_000,
        warmup_steps=10_000,
        eval_every=5_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        adam_epsilon_place="pytorch",
        tau=5e-3,
        batch_size=100,
        update_every=50,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        Fact("The gradient of `-mean(Q(s, mu(s)))`.", "ddpg.py:181-184, 206-209"),
        Fact("HalfCheetah.", "ddpg.py:312"),
        Fact("Hidden layers of 256 and 256.", "ddpg.py:313-314; core.py:47"),
        Fact("Adam with 1e-3 for both.", "ddpg.py:46, 187-188"),
        Fact(
            "gamma 0.99, polyak 0.995, which is tau 5e-3, batches of 100, not a power of two, a "
            "replay buffer of 1e6.",
            "ddpg.py:45-46",
        ),
        Fact("Updates in blocks of 50.", "ddpg.py:47, 280-283"),
        Fact("Gaussian noise of 0.1.", "ddpg.py:47, 226-229"),
        Fact("A time limit cuts an episode off without ending it.", "ddpg.py:265"),
    ),
    departures=(
        Fact(
            "HalfCheetah-v5, 40,000 steps, the first 10,000 random. Published: 200,000 by its "
            "script and 400,000 by the function's default, the first 10,001 random, updates from "
            "step 1,000.",
            "ddpg.py:45-47, 252, 280, 317",
        ),
    ),
    common_departures="AC",
)
