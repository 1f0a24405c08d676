"""Emami's DDPG: two session calls and a fed dQ/da."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

EMAMI = Preset(
    source="Patrick Emami 2016, [pemami4911/deep-rl](https://github.com/pemami4911/deep-rl), "
    "TensorFlow 1 and TFLearn",
    version="commit d4f0f39, folder `ddpg`",
    config=DDPGConfig(
        strategy="output_gradients",
        total_steps=20_000,
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.3,
        noise_units="environment",
        ou_dt=1e-2,
    ),
    facts=(
        Fact("`tf.gradients(actions, theta, -dq_da)`, divided by N.", "ddpg.py:66-68"),
        Fact("dQ/da is fetched by one session call and fed to the next.", "ddpg.py:319-321"),
        Fact("Pendulum.", "ddpg.py:394"),
        Fact(
            "Hidden layers of 400 and 300, the action in the critic's second.",
            "ddpg.py:79-84, 166-176",
        ),
        Fact(
            "Batch norm on the actor's hidden layers and the critic's first.", "ddpg.py:80, 83, 167"
        ),
        Fact("Adam with 1e-4 (actor) and 1e-3 (critic).", "ddpg.py:71, 153, 386-387"),
        Fact(
            "gamma 0.99, tau 1e-3, batches of 64, a replay buffer of 1e6.",
            "ddpg.py:388-391",
        ),
        Fact("Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.3 and dt 1e-2.", "ddpg.py:214-225"),
    ),
    defects=(
        Fact(
            "Batch norm is never switched to training, so that it normalises by the statistics "
            "that it was initialised with; a comment says that training it hurts on Pendulum. "
            "Here it is trained.",
            "ddpg.py:269-272, and its issue 17",
        ),
        Fact(
            "Where the targets should be copied, they are updated softly: they start as other "
            "random networks. Here they start as copies.",
            "ddpg.py:262-264",
        ),
        Fact(
            "The noise is never reset. Here it starts again from zero with each episode.",
            "ddpg.py:274-288",
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: 50,000 episodes, none "
            "random, although noise with this dt hardly moves the pendulum.",
            "ddpg.py:396",
        ),
        Fact(
            "Batch norm on the observations too, as in the paper; the target critic normalises by "
            "its batch."
        ),
    ),
    common_departures="ABCDEF",
)
