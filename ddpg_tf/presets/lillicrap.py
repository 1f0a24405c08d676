"""The paper that DDPG comes from."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

LILLICRAP = Preset(
    source="Lillicrap et al. 2015, [arXiv 1509.02971](https://arxiv.org/abs/1509.02971), "
    "low-dimensional observations",
    version="the arXiv edition",
    config=DDPGConfig(
        strategy="output_gradients",
        total_steps=20_000,
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        critic_l2=1e-2,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
    ),
    facts=(
        Fact("The chain rule, averaged over the batch.", "equation 6 and Algorithm 1"),
        Fact("Hidden layers of 400 and 300 ReLU units, tanh output.", "section 7"),
        Fact("The action enters the critic's second hidden layer.", "section 7"),
        Fact(
            "Batch norm on the observations, on all layers of the actor and on the critic's layers "
            "before the action.",
            "section 3",
        ),
        Fact("Adam with 1e-4 (actor) and 1e-3 (critic).", "section 7"),
        Fact("L2 weight decay of 1e-2 on the critic.", "section 7"),
        Fact("gamma 0.99, tau 1e-3, batches of 64, a replay buffer of 1e6.", "section 7"),
        Fact("Ornstein-Uhlenbeck noise with theta 0.15 and sigma 0.2.", "section 7"),
        Fact(
            "Hidden layers start uniform in +-1/sqrt(fan_in), last layers in +-3e-3.", "section 7"
        ),
    ),
    departures=(
        Fact(
            "Pendulum-v1, 20,000 steps, the first 1,000 random. Published: MuJoCo tasks and TORCS, "
            "at most 2.5 million steps, with no mention of random ones.",
            "table 1",
        ),
        Fact(
            "The paper gives neither a time step for its noise nor the unit of its sigma. Here "
            "they are dt 1 and half ranges."
        ),
        Fact(
            "The paper does not say whether its decay counts the whole sum of squares or half of "
            "it, nor whether biases decay. Here it is the whole sum, of the kernels."
        ),
        Fact("The paper names no epsilon for Adam. Here it is Keras 3's, 1e-7."),
        Fact(
            "The paper does not say what the target critic normalises by. Here it is its own batch "
            "(`DDPG.target_values`)."
        ),
        Fact(
            "The paper does not say what the end of an episode by a time limit means. Here the "
            "last state keeps its value."
        ),
    ),
    common_departures="AB",
)
