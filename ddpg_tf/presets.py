"""The systems that people learned DDPG from, as configs.

Each preset's docstring numbers what it takes from its source and where it deviates and why. Where
the published code had a defect, the preset is the corrected system and the docstring names the
defect. Common to all are these deviations:

A. Far fewer steps than published, so that a run takes minutes on two cores.
B. Updates in blocks of `update_every` steps, as many as there are steps, for speed.
C. Initial weights as in `networks.py`, the paper's, and targets that start as exact copies.
D. Noise is measured in half ranges of the action space, not in the environment's units.
E. An episode that a time limit cuts off has a future; only the task's own end has none.
F. The action joins the input of a critic's hidden layer; some sources add two linear layers' sums,
   which is the same function.

`PRESETS` maps names to the functions. What each of them reaches: `python -m comparisons presets`.
"""

from ddpg_tf.config import DDPGConfig


def lillicrap() -> DDPGConfig:
    """Lillicrap et al. 2015, arXiv 1509.02971, section 7, low-dimensional observations.

    From the paper: 1. the chain rule, averaged over the batch; 2. hidden layers of 400 and 300
    ReLU, tanh output; 3. the action enters the critic's second layer; 4. batch norm on the
    observations, on all actor layers and on the critic's layers before the action; 5. Adam with
    1e-4 (actor) and 1e-3 (critic); 6. L2 of 1e-2 on the critic's weights; 7. gamma 0.99, tau 1e-3,
    batch 64, replay of 1e6; 8. Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.2, dt 1.

    Deviations: A to F, and 1. Pendulum-v1, 20,000 steps, the first 1,000 random; published: MuJoCo
    tasks, up to 2.5 million steps, and no word of random ones; 2. the target critic normalises by
    its batch (`DDPG.target_values`), of which the paper says nothing.
    """
    return DDPGConfig(
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
    )


def emami() -> DDPGConfig:
    """Patrick Emami 2016, pemami4911/deep-rl, TensorFlow 1.

    From its code: 1. `tf.gradients(actions, theta, -dq_da)` divided by N; 2. Pendulum; 3. hidden
    layers of 400 and 300, the action in the critic's second; 4. batch norm; 5. Adam with 1e-4
    (actor) and 1e-3 (critic); 6. gamma 0.99, tau 1e-3, batch 64; 7. Ornstein-Uhlenbeck noise with
    theta 0.15, sigma 0.3 and dt 1e-2.

    Its defect: batch norm is there but never switched to training (its issue 17), so that it
    normalises by the moments that it was born with. Here it is trained.

    Deviations: A to F, and 1. Pendulum-v1, 20,000 steps, the first 1,000 random; published: 50,000
    episodes, none random, though with this dt the noise hardly moves the pendulum; 2. batch norm on
    the observations too, as in the paper, and the target critic normalises by its batch.
    """
    return DDPGConfig(
        strategy="output_gradients",
        total_steps=20_000,
        hidden_sizes=(400, 300),
        action_layer=1,
        normalization="batch",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.3,
        ou_dt=1e-2,
    )


def lau() -> DDPGConfig:
    """Ben Lau 2016, yanpanlau/DDPG-Keras-Torcs, Keras on TensorFlow 1: a racing car.

    From its code: 1. `tf.gradients(actions, theta, -dq_da)`; 2. steering in [-1, 1], acceleration
    and brake in [0, 1]; 3. hidden layers of 300 and 600, the action in the critic's second; 4. Adam
    with 1e-4 (actor) and 1e-3 (critic); 5. gamma 0.99, tau 1e-3, batch 32, replay of 1e5; 6. noise
    with the theta 0.6 and sigma 0.3 of steering, annealed linearly to nothing over 1e5 steps.

    Its defects: the gradient is the sum over the batch, here the mean; the critic has one output
    for each action component, all regressed on one target, here one output; the noise is computed
    from the action and keeps no state, here it is an Ornstein-Uhlenbeck process.

    Deviations: A to F, and 1. CarRacing-v3, 10,000 steps, the first 1,000 random; published: TORCS,
    which no package brings, 2,000 episodes, none random; 2. therefore 16 x 16 grey pixels instead
    of 29 sensors; 3. each action is a tanh stretched onto its range, which for [0, 1] is the
    sigmoid of twice its input; 4. one theta and sigma for all three actions, around zero, where the
    source pulls acceleration up and the brake down.
    """
    return DDPGConfig(
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
    )


def yoon() -> DDPGConfig:
    """Chris Yoon 2019, cyoon1729/Policy-Gradient-Methods, PyTorch.

    From its code: 1. the gradient of `-mean(Q(s, mu(s)))`; 2. Pendulum; 3. an actor of 512 and 128,
    a critic of 1024, 512 and 300, the action in its second layer; 4. Adam with 1e-3 for both;
    5. gamma 0.99, tau 1e-2, batch 32, replay of 1e5; 6. Ornstein-Uhlenbeck noise with theta 0.15
    and sigma 0.3.

    Its defects: targets have no terminal mask, here they have; the noise is made and never used,
    here it is added to the actions; the target actor starts as another random network, here as a
    copy.

    Deviations: A to F, and 1. Pendulum-v1, 10,000 steps, the first 1,000 random; published: none
    random.
    """
    return DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(512, 128),
        critic_hidden_sizes=(1024, 512, 300),
        action_layer=1,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=1e-2,
        batch_size=32,
        buffer_size=100_000,
        exploration="ou",
        noise_sigma=0.3,
    )


def keras_rl() -> DDPGConfig:
    """keras-rl's DDPGAgent in its Pendulum example, Keras 2.

    From its code: 1. `get_updates(params, loss=-mean(Q))`; 2. Pendulum; 3. an actor of 16, 16 and
    16, a critic of 32, 32 and 32 that the action enters in the first layer; 4. Adam with 1e-3 for
    both, gradients clipped at a norm of 1; 5. gamma 0.99, tau 1e-3, batch 32, replay of 1e5;
    6. Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.3 and, the library's default, dt 1e-2;
    7. the library's annealing of sigma, its separate warm-ups of critic and actor and its Huber
    loss `delta_clip`.

    Deviations: A to F, and 1. Pendulum-v1, 20,000 steps, the first 1,000 random; published: 50,000
    steps, the first 100 without updates but not random; 2. the example leaves the last three of the
    above at values without effect; here sigma falls to a third over the run, the actor starts 1,000
    steps after the critic, and the loss is linear beyond an error of 1, so that the whole system is
    seen; 3. the whole gradient is clipped, there each weight's; 4. a tanh output, where the
    example's is linear and may leave the action space.
    """
    return DDPGConfig(
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
    )


def hoereth() -> DDPGConfig:
    """Alexander Hoereth 2017, ahoereth/ddpg, TensorFlow 1, everything in one graph.

    From its code: 1. `tf.gradients(actions, theta, -dq_da)`; 2. LunarLanderContinuous; 3. hidden
    layers of 100 and 50 (400 and 300 in the slides), the action in the critic's second; 4. Adam
    with 1e-4 (actor) and 1e-3 (critic); 5. L2 of 1e-2 on the critic; 6. gamma 0.99, tau 1e-3, batch
    64, replay of 1e6; 7. Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.2 and dt 1, its factor
    epsilon falling linearly to 0 over the training; 8. a hard copy at the start, soft ones after
    it; 9. no batch norm, which the slides say did not help.

    Its defects: the gradient is the sum over the batch, here the mean; the noise goes on from one
    episode to the next, here it begins anew.

    Deviations: A to F, and 1. LunarLanderContinuous-v3, 50,000 steps, the first 1,000 random;
    published: 10,000 steps without updates but not random; 2. L2 on the kernels only, there on
    biases too, and there half of the sum of squares; 3. no threads: one process samples and learns
    in turns, so that a run can be repeated to the bit.
    """
    return DDPGConfig(
        env_id="LunarLanderContinuous-v3",
        strategy="output_gradients",
        total_steps=50_000,
        eval_every=5_000,
        hidden_sizes=(100, 50),
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        critic_l2=1e-2,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
        noise_sigma_final=0.0,
        noise_anneal_steps=49_000,
    )


def baselines() -> DDPGConfig:
    """OpenAI Baselines' DDPG, the version of 2017 with `models.py`, TensorFlow 1 and MPI.

    From its code: 1. the gradient of `-mean(Q(s, mu(s)))`; 2. HalfCheetah; 3. hidden layers of 64
    and 64 with layer norm, the action in the critic's second; 4. Adam with 1e-4 (actor) and 1e-3
    (critic); 5. L2 of 1e-2 on the critic; 6. gamma 0.99, tau 0.01, batch 64, replay of 1e6;
    7. adaptive parameter noise of 0.2, adapted by 1.01 every 50 updates; 8. observations normalised
    and clipped to +-5; 9. cycles of 100 steps and 50 updates, without random steps before them;
    10. one evaluation for each epoch of 20 cycles.

    Deviations: A, C to F, and 1. HalfCheetah-v5, 50,000 steps, none random; published: 1 million
    steps; 2. one worker (`--workers N` for more); 3. L2 on all kernels, there not on the last
    layer's, and there half of the sum of squares; 4. evaluations of two whole episodes instead of
    100 steps a cycle; 5. return normalisation and Pop-Art stay off, as they are there unless asked
    for (`--normalize-returns True --pop-art True`).
    """
    return DDPGConfig(
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
    )


def skylark() -> DDPGConfig:
    """Skylark's DDPG, PyTorch.

    From its code: 1. the gradient of `-mean(Q(s, mu(s)))`; 2. hidden layers of 256 and 256, the
    action in the critic's first; 3. Adam with 1e-3 for both; 4. gamma 0.99, tau 0.02, batch 32,
    replay of 1e4.

    Its defects: the critic has one output for each action component, here one; targets have no
    terminal mask, here they have; there is no noise, here Gaussian noise of 0.1, that of its TD3.

    Deviations: A to F, and 1. Pendulum-v1, 10,000 steps, the first 1,000 random as in its TD3;
    published: no environment's name, no length, none random.
    """
    return DDPGConfig(
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=0.02,
        batch_size=32,
        buffer_size=10_000,
        exploration="gaussian",
        noise_sigma=0.1,
    )


def skylark_td3() -> DDPGConfig:
    """Skylark's TD3, PyTorch, after sfujim/TD3.

    From its code: 1. two critics, the gradient of `-mean(Q_1(s, mu(s)))` at every second update;
    2. hidden layers of 256 and 256; 3. Adam with 3e-4 for all; 4. gamma 0.99, tau 5e-3, batch 256,
    replay of 1e6; 5. target noise of 0.2 clipped at 0.5; 6. Gaussian noise of 0.1; 7. 1,000 random
    steps first.

    Its defect: an episode does not end when the environment ends it, but goes on for 999 steps.

    Deviations: A to F, and 1. Pendulum-v1, 10,000 steps, the first 1,000 random; published: no
    environment's name, no length; 2. target noise is measured in half ranges too.
    """
    return DDPGConfig(
        algorithm="td3",
        strategy="mean_q",
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        tau=5e-3,
        batch_size=256,
        policy_delay=2,
        target_noise_sigma=0.2,
        target_noise_clip=0.5,
        exploration="gaussian",
        noise_sigma=0.1,
        warmup_steps=1_000,
    )


def fujimoto() -> DDPGConfig:
    """Fujimoto et al. 2018, arXiv 1802.09477: "OurDDPG", the baseline of the TD3 paper, PyTorch.

    From its code: 1. the gradient of `-mean(Q(s, mu(s)))`; 2. HalfCheetah; 3. hidden layers of 256
    and 256 (the paper: 400 and 300); 4. Adam with 3e-4 for both (the paper: 1e-3); 5. gamma 0.99,
    tau 5e-3, batch 256, replay of 1e6; 6. Gaussian noise of 0.1.

    Deviations: A to F, and 1. HalfCheetah-v5, 40,000 steps, the first 1,000 random; published:
    1 million, the first 25,000 random.
    """
    return DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=40_000,
        warmup_steps=1_000,
        eval_every=10_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        tau=5e-3,
        batch_size=256,
        exploration="gaussian",
        noise_sigma=0.1,
    )


def spinningup() -> DDPGConfig:
    """The DDPG of OpenAI Spinning Up (Achiam 2018), TensorFlow 1 and PyTorch.

    From its code: 1. the gradient of `-mean(Q(s, mu(s)))`; 2. HalfCheetah; 3. hidden layers of 256
    and 256; 4. Adam with 1e-3 for both; 5. gamma 0.99, polyak 0.995, which is tau 5e-3, batch 100,
    no power of two, replay of 1e6; 6. updates in blocks of 50; 7. Gaussian noise of 0.1.

    Deviations: A, C to F, and 1. HalfCheetah-v5, 20,000 steps, the first 1,000 random; published:
    400,000, the first 10,000 random.
    """
    return DDPGConfig(
        env_id="HalfCheetah-v5",
        strategy="mean_q",
        total_steps=20_000,
        warmup_steps=1_000,
        eval_every=5_000,
        eval_episodes=5,
        hidden_sizes=(256, 256),
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        tau=5e-3,
        batch_size=100,
        update_every=50,
        exploration="gaussian",
        noise_sigma=0.1,
    )


PRESETS = {
    preset.__name__: preset
    for preset in (
        lillicrap,
        emami,
        lau,
        yoon,
        keras_rl,
        hoereth,
        baselines,
        skylark,
        skylark_td3,
        fujimoto,
        spinningup,
    )
}
"""Name -> function that returns the preset's config."""


def get_preset(name: str) -> DDPGConfig:
    """Return the preset's config. Raises ValueError, listing the known ones, for another name."""
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; the known ones are: {', '.join(PRESETS)}")
    return PRESETS[name]()
