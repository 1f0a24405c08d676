"""OpenAI Baselines: parameter noise, normalised observations, workers over MPI."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

BASELINES = Preset(
    source="OpenAI 2017, [Baselines](https://github.com/openai/baselines): DDPG in the version "
    "with `models.py`, TensorFlow 1 and MPI",
    version="release 0.1.5 (February 2018) of the package, folder `baselines/ddpg`",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=100_000,
        warmup_steps=0,
        eval_every=2_000,
        eval_episodes=2,
        update_every=100,
        updates_per_step=0.5,
        hidden_sizes=(64, 64),
        normalization="layer",
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        critic_l2=5e-3,
        update_order="together",
        tau=1e-2,
        normalize_observations=True,
        observation_clip=5.0,
        exploration="parameter",
        noise_sigma=0.2,
        parameter_noise_adapt_every=50,
        parameter_noise_factor=1.01,
    ),
    facts=(
        Fact("The gradient of `-mean(Q(s, mu(s)))`.", "ddpg.py:170-175"),
        Fact(
            "Workers average their gradients; Adam is computed in NumPy.",
            "ddpg.py:176-177; ../common/mpi_adam.py:21-35",
        ),
        Fact("HalfCheetah.", "main.py:85"),
        Fact(
            "Hidden layers of 64 and 64 with layer norm, the action in the critic's second.",
            "models.py:34-42, 60-69; main.py:87",
        ),
        Fact("Adam with 1e-4 (actor) and 1e-3 (critic).", "main.py:94-95"),
        Fact(
            "L2 of 1e-2 on the critic's kernels, times half of the sum of squares (TensorFlow 1's "
            "`l2_regularizer`): `critic_l2` 5e-3 here.",
            "main.py:92; ddpg.py:183-192",
        ),
        Fact("Both gradients are taken before either step.", "ddpg.py:312-320"),
        Fact(
            "gamma 0.99, tau 0.01, batches of 64, a replay buffer of 1e6.",
            "main.py:57, 93, 97; training.py:18",
        ),
        Fact(
            "Parameter noise that starts at 0.2 and is adapted by a factor of 1.01 to keep "
            "actions 0.2 apart.",
            "main.py:44-46, 105; noise.py:4-18; ddpg.py:353-369",
        ),
        Fact(
            "Observations normalised and clipped to +-5.",
            "main.py:90; ddpg.py:66, 101-109",
        ),
        Fact(
            "Cycles of 100 steps and 50 updates, without random steps before them.",
            "main.py:102-104; training.py:69-119",
        ),
        Fact("Return normalisation and Pop-Art are there, and off by default.", "main.py:89, 96"),
    ),
    defects=(
        Fact(
            "Whether to adapt the noise is asked of the number of steps, which is a multiple of "
            "50 whenever it trains, so that the noise is adapted before every update. Here, as in "
            "a later version (commit 9b68103, ddpg.py), it is adapted once for 50 updates.",
            "training.py:18, 112",
        ),
        Fact(
            "Asking for Pop-Art fails an assertion: no layer is called `output`, as it expects. "
            "Here it works (`--normalize-returns True --pop-art True`).",
            "ddpg.py:209-210; models.py:71-77",
        ),
        Fact(
            "The newest transition and the oldest are never sampled. Here all are.",
            "memory.py:54",
        ),
    ),
    departures=(
        Fact(
            "HalfCheetah-v5, 100,000 steps, none random. Published: 1 million steps.", "main.py:100"
        ),
        Fact("One worker (`--workers N` for more)."),
        Fact(
            "An observation's standard deviation is what it is. There it is at least 0.1.",
            "../common/mpi_running_mean_std.py:26",
        ),
        Fact(
            "Layer norm's epsilon is Keras 3's 1e-3. There it is that of TensorFlow 1's "
            "`contrib.layers.layer_norm`, 1e-12.",
            "models.py:36",
        ),
        Fact(
            "One evaluation of two whole episodes for each 2,000 steps. There, if asked for, 100 "
            "steps a cycle.",
            "main.py:101-107; training.py:121-138",
        ),
    ),
    common_departures="ACD",
)
