"""Skylark's TD3, from the page that has its DDPG too."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

SKYLARK_TD3 = Preset(
    source="Skylark's TD3, from a page on DDPG and TD3, after "
    "[sfujim/TD3](https://github.com/sfujim/TD3), PyTorch",
    config=DDPGConfig(
        algorithm="td3",
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        tau=5e-3,
        batch_size=256,
        policy_delay=2,
        target_noise_sigma=0.2,
        target_noise_clip=0.5,
        exploration="gaussian",
        noise_sigma=0.1,
        warmup_steps=1_000,
    ),
    facts=(
        "Two critics, and the gradient of `-mean(Q_1(s, mu(s)))` at every second update.",
        "Hidden layers of 256 and 256.",
        "Adam with 3e-4 for all.",
        "gamma 0.99, tau 5e-3, batches of 256, a replay buffer of 1e6.",
        "Target noise of 0.2, clipped at 0.5.",
        "Gaussian noise of 0.1.",
        "1,000 random steps first.",
    ),
    defects=(
        "An episode does not end when the environment ends it, but goes on for 999 steps. Here it "
        "ends.",
    ),
    departures=(
        "Pendulum-v1, 10,000 steps, the first 1,000 random. Published: neither the environment's "
        "name nor the length.",
        "Target noise is given in half ranges too.",
    ),
)
