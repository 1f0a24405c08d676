"""Skylark's DDPG, from the page that has its TD3 too."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

SKYLARK = Preset(
    source="Skylark's DDPG, "
    "[Skylark0924/Machine-Learning-is-ALL-You-Need]"
    "(https://github.com/Skylark0924/Machine-Learning-is-ALL-You-Need), from a page on DDPG and "
    "TD3, PyTorch",
    version="commit 9ae66b7, folder `RL_DDPG`, whose `readme.md` is the page",
    config=DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        adam_epsilon_place="pytorch",
        tau=0.02,
        batch_size=32,
        buffer_size=10_000,
        exploration="gaussian",
        noise_sigma=0.1,
    ),
    facts=(
        Fact("The gradient of `-mean(Q(s, mu(s)))`.", "18DDPG.py:103-107"),
        Fact("Pendulum.", "18DDPG.py:140"),
        Fact(
            "Hidden layers of 256 and 256, the action in the critic's first.",
            "18DDPG.py:15-16, 30-35, 57-60",
        ),
        Fact("Adam with 1e-3 for both.", "18DDPG.py:47-48, 61-62"),
        Fact("gamma 0.99, tau 0.02, batches of 32, a replay buffer of 1e4.", "18DDPG.py:46-51"),
    ),
    defects=(
        Fact(
            "The critic has one output for each action component. Here it has one.",
            "18DDPG.py:59-60",
        ),
        Fact("Targets have no terminal mask. Here they have one.", "18DDPG.py:92-93, 126-127"),
        Fact(
            "There is no noise. Here it is Gaussian noise of 0.1, that of its TD3.",
            "18DDPG.py:68-71, 125",
        ),
        Fact(
            "The actor's tanh is not scaled, so that it reaches half of Pendulum's range. Here it "
            "reaches all of it.",
            "18DDPG.py:22, 68-71",
        ),
        Fact(
            "An episode does not end when the environment ends it, but goes on for 999 steps. Here "
            "it ends.",
            "18DDPG.py:123-132",
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 10,000 steps, the first 1,000 random. Published: 999 episodes of 999 "
            "steps of Pendulum without its time limit, none random; and a flag that runs "
            "Ray's DDPG in its place unless it is changed.",
            "18DDPG.py:119-123, 137-155",
        ),
    ),
    common_departures="ABC",
)
