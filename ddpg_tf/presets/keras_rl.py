"""keras-rl, whose optimiser computes the actor's gradient inside `get_updates`."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

KERAS_RL = Preset(
    source="Matthias Plappert 2016, [keras-rl](https://github.com/keras-rl/keras-rl): DDPGAgent in "
    "its Pendulum example, Keras 2",
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
        noise_sigma_final=0.1,
        noise_anneal_steps=19_000,
        ou_dt=1e-2,
    ),
    facts=(
        "`get_updates(params, loss=-mean(Q))`.",
        "Pendulum.",
        "An actor of 16, 16 and 16, a critic of 32, 32 and 32 that the action enters in the first "
        "layer.",
        "Adam with 1e-3 for both, gradients clipped at a norm of 1.",
        "gamma 0.99, tau 1e-3, batches of 32, a replay buffer of 1e5.",
        "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.3 and dt 1e-2, the library's default.",
        "The library's annealing of sigma, its separate warm-ups of critic and actor, and its "
        "Huber loss `delta_clip`.",
    ),
    departures=(
        "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: 50,000 steps, the first 100 "
        "without updates but not random.",
        "The example leaves the three features of fact 7 at values without effect. Here sigma "
        "falls to a third over the run, the actor starts 1,000 steps after the critic, and the "
        "loss is linear beyond an error of 1, so that the whole system is shown.",
        "The norm of the whole gradient is clipped, there that of each weight.",
        "A tanh output, where the example's is linear and may leave the action space.",
    ),
)
