"""Lau's racing car."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Preset

LAU = Preset(
    source="Ben Lau 2016, "
    "[yanpanlau/DDPG-Keras-Torcs](https://github.com/yanpanlau/DDPG-Keras-Torcs), Keras on "
    "TensorFlow 1: a racing car",
    config=DDPGConfig(
        env_id="CarRacing-v3",
        image_side=16,
        strategy="output_gradients",
        total_steps=10_000,
        eval_every=5_000,
        eval_episodes=2,
        hidden_sizes=(300, 600),
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        tau=1e-3,
        batch_size=32,
        buffer_size=100_000,
        exploration="ou",
        ou_theta=0.6,
        noise_sigma=0.3,
        noise_sigma_final=0.0,
        noise_anneal_steps=100_000,
    ),
    facts=(
        "`tf.gradients(actions, theta, -dq_da)`.",
        "Steering in [-1, 1], acceleration and brake in [0, 1].",
        "Hidden layers of 300 and 600, the action in the critic's second.",
        "Adam with 1e-4 (actor) and 1e-3 (critic).",
        "gamma 0.99, tau 1e-3, batches of 32, a replay buffer of 1e5.",
        "Noise with the theta 0.6 and sigma 0.3 of steering, annealed linearly to 0 over 1e5 "
        "steps.",
    ),
    defects=(
        "The gradient is the sum over the batch. Here it is the mean.",
        "The critic has one output for each action component, all regressed on one target. Here it "
        "has one output.",
        "The noise is computed from the action and keeps no state. Here it is an "
        "Ornstein-Uhlenbeck process.",
    ),
    departures=(
        "CarRacing-v3, 10,000 steps, the first 1,000 random. Published: TORCS, which no package "
        "provides, 2,000 episodes, none random.",
        "Therefore 16 x 16 grey pixels instead of 29 sensors.",
        "Each action is a tanh stretched to its range, which for [0, 1] is the sigmoid of twice "
        "its input.",
        "One theta and sigma for all three actions, around zero, where the source pulls "
        "acceleration up and the brake down.",
    ),
)
