"""Lau's racing car."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

LAU = Preset(
    source="Ben Lau 2016, "
    "[yanpanlau/DDPG-Keras-Torcs](https://github.com/yanpanlau/DDPG-Keras-Torcs), Keras 1.1 on "
    "TensorFlow 0.10, as its README says: a racing car",
    version="commit eee0b0c",
    config=DDPGConfig(
        env_id="ddpg_tf/TorcsView-v0",
        strategy="output_gradients",
        total_steps=200_000,
        warmup_steps=100,
        eval_every=5_000,
        eval_episodes=10,
        stop_at_return=1_100.0,
        hidden_sizes=(300, 600),
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        action_gradient="invert",
        tau=1e-3,
        batch_size=32,
        buffer_size=100_000,
        exploration="pull",
        ou_theta=(0.6, 1.0, 1.0),
        ou_mean=(0.0, 0.5, -0.1),
        noise_sigma=(0.3, 0.1, 0.05),
        noise_sigma_final=0.0,
        noise_units="environment",
        noise_anneal_steps=100_000,
    ),
    facts=(
        Fact("`tf.gradients(actions, theta, -dq_da)`.", "ActorNetwork.py:27-28"),
        Fact(
            "Steering by tanh in [-1, 1], acceleration and brake by sigmoid in [0, 1].",
            "ActorNetwork.py:51-53",
        ),
        Fact(
            "Hidden layers of 300 and 600, the action in the critic's second.",
            "ActorNetwork.py:12-13, 49-50; CriticNetwork.py:13-14, 49-53",
        ),
        Fact(
            "Adam with 1e-4 (actor) and 1e-3 (critic).",
            "ddpg.py:26-27; ActorNetwork.py:30; CriticNetwork.py:56",
        ),
        Fact("gamma 0.99, tau 1e-3, batches of 32, a replay buffer of 1e5.", "ddpg.py:22-25"),
        Fact(
            "Noise that pulls each action to a mean of its own, theta (mean - a) + sigma n: mean "
            "0, theta 0.6 and sigma 0.3 for steering; 0.5, 1.0 and 0.1 for acceleration; -0.1, 1.0 "
            "and 0.05 for the brake. It is computed from the action and keeps no state.",
            "OU.py:6-7; ddpg.py:90-92",
        ),
        Fact("The noise, its pull included, falls linearly to 0 over 1e5 steps.", "ddpg.py:36, 85"),
    ),
    defects=(
        Fact(
            "The gradient is the sum over the batch. Here it is the mean.", "ActorNetwork.py:28-30"
        ),
        Fact(
            "The critic has one output for each action component, each regressed on a target of "
            "its own, r + gamma times that output of the target critic; dQ/da is their sum. Here "
            "it has one output.",
            "CriticNetwork.py:29, 54; ddpg.py:116-124",
        ),
        Fact(
            "Targets are not copied at the start, except when saved weights are found, which come "
            "with the repository. Here they start as copies.",
            "ActorNetwork.py:25-26; CriticNetwork.py:27-28; ddpg.py:61-68",
        ),
    ),
    departures=(
        Fact(
            "ddpg_tf/TorcsView-v0, at most 200,000 steps, the first 100 random. Published: TORCS, "
            "which no package provides, 2,000 episodes, none random.",
            "ddpg.py:37, 57",
        ),
        Fact(
            "Therefore the car and the tracks of Gymnasium's CarRacing-v3, seen through the same "
            "29 sensors, with a tenth of that car's power: with all of it, it comes to 100 km/h in "
            "0.6 s.",
            "ddpg.py:30, 80",
        ),
        Fact(
            "The run ends with the first evaluation of ten episodes that returns 1,100 in the mean "
            "(`stop_at_return`). A driver that is trained on leaves the track again now and then.",
            "ddpg.py:37, 71",
        ),
        Fact(
            "dQ/da is scaled by the room that is left to the bound that it points to "
            '(`action_gradient="invert"`, Hausknecht and Stone 2016). Without that, actions '
            "often saturate before the critic has learned what comes of leaving the track, and a "
            "saturated tanh lets no gradient through.",
            "ActorNetwork.py:28",
        ),
        Fact(
            "Each action is a tanh stretched to its range, which for [0, 1] is the sigmoid of "
            "twice its input.",
            "ActorNetwork.py:51-53",
        ),
        Fact(
            "The critic has 300 and 600 units. There state and action are added in a linear layer "
            "of 600 before the layer of 600 with ReLU.",
            "CriticNetwork.py:49-53",
        ),
        Fact(
            "Training is the default. There a flag must be set to 1 first.",
            "ddpg.py:21",
        ),
    ),
    common_departures="ABCEF",
)
