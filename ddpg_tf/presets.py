"""The hyperparameters of published systems, as configs.

Each preset's function says in its docstring, by number, what it takes from its source and where it
deviates and why. `PRESETS` maps names to the functions.
"""

from ddpg_tf.config import DDPGConfig


def lillicrap() -> DDPGConfig:
    """Lillicrap et al. 2015, arXiv 1509.02971, section 7, low-dimensional observations.

    From the paper: 1. hidden layers of 400 and 300 ReLU, tanh output; 2. the action enters the
    critic's second layer; 3. batch norm on the observations, on all actor layers and on the
    critic's layers before the action; 4. Adam with 1e-4 (actor) and 1e-3 (critic); 5. L2 of 1e-2
    on the critic's weights; 6. gamma 0.99, tau 1e-3, batch 64, replay of 1e6; 7. Ornstein-Uhlenbeck
    noise with theta 0.15, sigma 0.2, dt 1.

    Deviations: 1. Pendulum-v1 and 10,000 steps, for a minute instead of a day; 2. a warm-up of
    1,000 random steps, of which the paper says nothing; 3. updates in blocks of 50.
    """
    return DDPGConfig(
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        critic_l2=1e-2,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
    )


def fujimoto() -> DDPGConfig:
    """Fujimoto et al. 2018, arXiv 1802.09477: "OurDDPG", the baseline of the TD3 paper.

    From its code: 1. hidden layers of 256 and 256; 2. Adam with 3e-4 for both networks; 3. tau
    5e-3, batch 256; 4. Gaussian noise of 0.1 half ranges.

    Deviations: 1. Pendulum-v1 and 10,000 steps instead of MuJoCo and a million; 2. therefore a
    warm-up of 1,000 random steps instead of 25,000; 3. updates in blocks of 50; 4. initial weights
    as in `networks.py`, with small last layers, not PyTorch's default.
    """
    return DDPGConfig(batch_size=256, actor_learning_rate=3e-4, critic_learning_rate=3e-4, tau=5e-3)


def spinningup() -> DDPGConfig:
    """The DDPG of OpenAI Spinning Up (Achiam 2018).

    From its code: 1. hidden layers of 256 and 256; 2. Adam with 1e-3 for both networks; 3. polyak
    0.995, which is tau 5e-3; 4. batch 100, not a power of two; 5. updates in blocks of 50;
    6. Gaussian noise of 0.1.

    Deviations: 1. Pendulum-v1 and 10,000 steps instead of MuJoCo; 2. therefore a warm-up of 1,000
    random steps instead of 10,000; 3. the noise is 0.1 half ranges, there 0.1 in the environment's
    units, which is the same for actions in [-1, 1]; 4. initial weights as in `networks.py`.
    """
    return DDPGConfig(batch_size=100, tau=5e-3)


PRESETS = {preset.__name__: preset for preset in (lillicrap, fujimoto, spinningup)}
"""Name -> function that returns the preset's config."""


def get_preset(name: str) -> DDPGConfig:
    """Return the preset's config. Raises ValueError, listing the known ones, for another name."""
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; the known ones are: {', '.join(PRESETS)}")
    return PRESETS[name]()
