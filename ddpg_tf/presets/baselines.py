"""OpenAI Baselines: parameter noise, normalised observations, workers over MPI."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

BASELINES = Preset(
    source="OpenAI 2017, [Baselines](https://github.com/openai/baselines): DDPG in the version "
    "with `models.py`, TensorFlow 1 and MPI",
    config=DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=50_000,
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
        critic_l2=1e-2,
        tau=1e-2,
        normalize_observations=True,
        observation_clip=5.0,
        exploration="parameter",
        noise_sigma=0.2,
        parameter_noise_adapt_every=50,
        parameter_noise_factor=1.01,
    ),
    facts=(
        "The gradient of `-mean(Q(s, mu(s)))`.",
        "HalfCheetah.",
        "Hidden layers of 64 and 64 with layer norm, the action in the critic's second.",
        "Adam with 1e-4 (actor) and 1e-3 (critic).",
        "L2 of 1e-2 on the critic.",
        "gamma 0.99, tau 0.01, batches of 64, a replay buffer of 1e6.",
        "Adaptive parameter noise of 0.2, adapted by a factor of 1.01 every 50 updates.",
        "Observations normalised and clipped to +-5.",
        "Cycles of 100 steps and 50 updates, without random steps before them.",
        "One evaluation for each epoch of 20 cycles.",
    ),
    departures=(
        "HalfCheetah-v5, 50,000 steps, none random. Published: 1 million steps.",
        "One worker (`--workers N` for more).",
        "L2 on all kernels, there not on the last layer's; and the whole sum of squares, there "
        "half of it.",
        "Evaluations of two whole episodes instead of 100 steps a cycle.",
        "Return normalisation and Pop-Art stay off, as they are there unless asked for "
        "(`--normalize-returns True --pop-art True`).",
    ),
    common_departures="ACDEF",
)
