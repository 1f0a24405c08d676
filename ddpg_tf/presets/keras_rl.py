"""keras-rl, whose optimiser computes the actor's gradient inside `get_updates`."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

KERAS_RL = Preset(
    source="Matthias Plappert 2016, [keras-rl](https://github.com/keras-rl/keras-rl): DDPGAgent in "
    "its Pendulum example, Keras 2",
    version="release 0.4.2 (2018) of the package; `examples/ddpg_pendulum.py` at commit 1fd63d5",
    config=DDPGConfig(
        strategy="get_updates",
        total_steps=20_000,
        actor_warmup_steps=2_000,
        hidden_sizes=(16, 16, 16),
        critic_hidden_sizes=(32, 32, 32),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        gradient_clip_norm=1.0,
        delta_clip=1.0,
        tau=1e-3,
        batch_size=32,
        buffer_size=100_000,
        exploration="ou",
        noise_sigma=0.3,
        noise_units="environment",
        noise_sigma_final=0.1,
        noise_anneal_steps=19_000,
        ou_dt=1e-2,
    ),
    facts=(
        Fact("`get_updates(params, loss=-mean(Q))`.", "rl/agents/ddpg.py:139-149"),
        Fact("Pendulum.", "examples/ddpg_pendulum.py:13"),
        Fact(
            "An actor of 16, 16 and 16, a critic of 32, 32 and 32 that the action enters in the "
            "first layer.",
            "examples/ddpg_pendulum.py:24-48",
        ),
        Fact(
            "Adam with 1e-3 for both, each gradient clipped at a norm of 1, which Keras 2.0.7 to "
            "2.3.1 takes over all weights together.",
            "examples/ddpg_pendulum.py:58; keras/optimizers.py:98-100 of Keras 2.3.1",
        ),
        Fact(
            "gamma 0.99, tau 1e-3, batches of 32, a replay buffer of 1e5.",
            "examples/ddpg_pendulum.py:53-57; rl/agents/ddpg.py:26",
        ),
        Fact(
            "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.3 and dt 1e-2, the library's "
            "default, which starts again from zero with each episode (in its successor, keras-rl2 "
            "1.0.5, from a normal number).",
            "examples/ddpg_pendulum.py:54; rl/random.py:43, 58-59; rl/core.py:131",
        ),
        Fact(
            "The library's annealing of sigma, its separate warm-ups of critic and actor, and its "
            "Huber loss `delta_clip`.",
            "rl/random.py:10-28; rl/agents/ddpg.py:26-27, 103-104, 273, 302",
        ),
    ),
    defects=(
        Fact(
            "A target's soft update is one more update of the function that trains its network, "
            "and nothing orders the two; if it reads the weights before the step, the target is a "
            "step behind. Here it follows the step.",
            "rl/agents/ddpg.py:119-123, 139-149; rl/util.py:36-45, 87-97",
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: 50,000 steps, none "
            "random, updates after 100.",
            "examples/ddpg_pendulum.py:56, 63",
        ),
        Fact(
            "The example leaves the three features of fact 7 at values without effect. Here sigma "
            "falls to a third over the run, the actor starts 1,000 steps after the critic, and the "
            "loss is linear beyond an error of 1, so that the whole system is shown.",
            "examples/ddpg_pendulum.py:54-57",
        ),
        Fact(
            "The loss is the squared error. There it is half of it, so that its limit of 1 on the "
            "norm of the critic's gradient would be 2 here; it is left at 1.",
            "rl/util.py:66-73",
        ),
        Fact(
            "A tanh output, where the example's is linear and may leave the action space.",
            "examples/ddpg_pendulum.py:32-33",
        ),
    ),
    common_departures="ABCDF",
)
