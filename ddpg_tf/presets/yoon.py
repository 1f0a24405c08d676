"""Yoon's DDPG, written to be read."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

YOON = Preset(
    source="Chris Yoon 2019, [cyoon1729/Policy-Gradient-Methods]"
    "(https://github.com/cyoon1729/Policy-Gradient-Methods), PyTorch",
    version="its copy in [cyoon1729/RLcycle](https://github.com/cyoon1729/RLcycle): commit "
    "5ed39b3, folder `Policy-Gradient-Methods`; `ddpg/models.py` at 419623a and "
    "`common/utils.py` at 1a752c1 of that repository",
    config=DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(512, 128),
        critic_hidden_sizes=(1024, 512, 300),
        action_layer=1,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        adam_epsilon_place="pytorch",
        tau=1e-2,
        batch_size=32,
        buffer_size=100_000,
        exploration="ou",
        noise_sigma=0.3,
        noise_units="environment",
    ),
    facts=(
        Fact("The gradient of `-mean(Q(s, mu(s)))`.", "ddpg/ddpg.py:72-76"),
        Fact("Pendulum.", "ddpg/ddpg_test.py:6"),
        Fact(
            "An actor of 512 and 128, a critic of 1024, 512 and 300, the action in its second "
            "layer.",
            "ddpg/models.py:14-17, 36-38",
        ),
        Fact("Adam with 1e-3 for both.", "ddpg/ddpg.py:37-38; ddpg/ddpg_test.py:15-16"),
        Fact(
            "gamma 0.99, tau 1e-2, batches of 32, a replay buffer of 1e5.",
            "ddpg/ddpg_test.py:10-14",
        ),
        Fact(
            "An Ornstein-Uhlenbeck process with theta 0.15 and sigma 0.3, one unit of time a step.",
            "common/noise.py, class OUNoise",
        ),
    ),
    defects=(
        Fact(
            "Targets have no terminal mask: it is sampled and never used. Here they have one.",
            "ddpg/ddpg.py:57-62",
        ),
        Fact(
            "The noise is made and never used. Here it is added to the actions.",
            "ddpg/ddpg.py:41-48; common/utils.py:19",
        ),
        Fact(
            "The target actor starts as another random network; only the critic's is copied. Here "
            "both start as copies.",
            "ddpg/ddpg.py:29-34",
        ),
        Fact(
            "The actor's tanh is not scaled, so that it reaches half of Pendulum's range. Here it "
            "reaches all of it.",
            "ddpg/models.py:43; ddpg/ddpg.py:43-48",
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 10,000 steps, the first 1,000 random. Published: 100 episodes of up to "
            "500 steps, none random.",
            "ddpg/ddpg_test.py:8-9",
        ),
    ),
    common_departures="ABC",
)
