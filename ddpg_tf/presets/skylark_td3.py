"""Skylark's TD3, from the page that has its DDPG too."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

SKYLARK_TD3 = Preset(
    source="Skylark's TD3, "
    "[Skylark0924/Machine-Learning-is-ALL-You-Need]"
    "(https://github.com/Skylark0924/Machine-Learning-is-ALL-You-Need), from a page on DDPG and "
    "TD3, PyTorch",
    version="commit 9ae66b7, folder `RL_DDPG`, whose `readme.md` is the page",
    config=DDPGConfig(
        algorithm="td3",
        total_steps=20_000,
        eval_every=2_000,
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        adam_epsilon=1e-8,
        adam_epsilon_place="pytorch",
        tau=5e-3,
        batch_size=256,
        policy_delay=2,
        target_noise_sigma=0.1,
        target_noise_clip=0.25,
        exploration="gaussian",
        noise_sigma=0.1,
        warmup_steps=1_000,
    ),
    facts=(
        Fact(
            "Two critics, and the gradient of `-mean(Q_1(s, mu(s)))` at every second update.",
            "TD3.py:110, 160-161, 177-185",
        ),
        Fact("Pendulum.", "TD3.py:258"),
        Fact("Hidden layers of 256 and 256.", "TD3.py:118, 123"),
        Fact("Adam with 3e-4 for all.", "TD3.py:120-126"),
        Fact(
            "gamma 0.99, tau 5e-3, batches of 256, a replay buffer of 1e6.",
            "TD3.py:65, 106-107, 196",
        ),
        Fact(
            "Target noise of 0.1, clipped at 0.25, in half ranges: it is given as 0.2 and 0.5 in "
            "the environment's units, of which Pendulum's half range has 2.",
            "TD3.py:108-109, 151-157",
        ),
        Fact("Gaussian noise of 0.1 half ranges.", "TD3.py:134, 212-215"),
    ),
    defects=(
        Fact(
            "An episode does not end when the environment ends it, but goes on for 999 steps. Here "
            "it ends.",
            "TD3.py:205-229",
        ),
        Fact(
            "1,000 random steps are meant, and none is taken: the counter of episodes, times "
            "1,000, starts at 1,000. Updates begin with the first step. Here 1,000 steps are "
            "random.",
            "TD3.py:133, 200, 209, 228",
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: 999 episodes of 999 "
            "steps of Pendulum without its time limit.",
            "TD3.py:200, 205, 257-258",
        ),
    ),
    common_departures="ABC",
)
