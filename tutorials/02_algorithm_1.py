# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Algorithm 1, line by line
#
# **At the end you can say**
#
# - what a replay buffer is for, and what learning from the newest steps alone does;
# - what a target network is, how far behind it lags, and what happens without it;
# - which line of DDPG's Algorithm 1 each line of a whole agent corresponds to.

# %%
from page import BLUE, GREEN, GREY, ORANGE, PINK, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import gymnasium as gym
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

# %% tags=["parameters"]
STEPS = 5_000
SEEDS = 2

# %% [markdown]
# ## The idea
#
# Two networks learn from each other: the critic from its own estimate of the next state, the actor
# from the critic. Left alone, they chase each other. Two things steady them:
#
# - a **replay buffer** stores the most recent transitions $(s, a, r, s')$, so that a batch drawn
#   from all of them shows more than the latest moment;
# - **target networks**, $Q'$ beside the critic $Q$ and $\mu'$ beside the actor $\mu$, are copies
#   that follow slowly. They compute what the critic aims at, so that this moves slowly, too.
#
# The rest of the algorithm is a loop.
#
# ## A replay buffer: learn from old steps too
#
# A network that learns from steps as they come learns from steps that are nearly alike: the
# pendulum hardly moves from one to the next. So DDPG keeps many steps and draws each batch from all
# of them. Below are 20 episodes under random torques, and what 64 of their steps show: first the
# newest, which lie on one path, then as many drawn from the buffer.

# %%
environment = gym.make("Pendulum-v1")
environment.action_space.seed(0)
states = []
for episode in range(20):
    observation, _ = environment.reset(seed=episode)
    over = False
    while not over:
        cosine, sine, speed = observation
        states.append([np.arctan2(sine, cosine), speed])
        observation, *_, over, _ = environment.step(environment.action_space.sample())
states = np.array(states)

rng = np.random.default_rng(0)
batches = {"the newest 64": states[-64:], "64 from the buffer": rng.choice(states, 64)}
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True)
for axis, (name, batch), colour in zip(axes, batches.items(), (ORANGE, BLUE), strict=True):
    axis.plot(*states.T, ".", color="0.85", markersize=3)
    axis.plot(*batch.T, "o", color=colour, markersize=5)
    axis.set(title=name, xlabel="angle (0: upright)")
axes[0].set_ylabel("angular velocity")
figure.suptitle("What a batch shows (grey: all steps of 20 episodes)")
show(
    figure,
    "Angle and angular velocity of all steps in grey, twice. The newest 64 lie on one path. The 64 "
    "that were drawn from the buffer lie all over.",
)

# %% [markdown]
# The correlation of two steps says how alike they are: 1 for a step and itself, near 0 for two that
# have nothing to do with each other.

# %%
speeds = states[:, 1].reshape(20, -1)
apart = [1, 2, 5]
correlations = [
    float(np.corrcoef(speeds[:, :-lag].ravel(), speeds[:, lag:].ravel())[0, 1]) for lag in apart
]
unrelated = float(np.corrcoef(rng.choice(speeds.ravel(), (2, 10_000)))[0, 1])
table(
    ["two steps", "correlation of their angular velocities"],
    [
        *([f"{lag} apart", value] for lag, value in zip(apart, correlations, strict=True)),
        ["drawn from the buffer", unrelated],
    ],
)

# %% [markdown]
# **Why may old steps be used at all?** They were taken by a different actor. But the critic's
# target, $y = r + \gamma\, Q'(s', \mu'(s'))$, does not ask who chose $a$: reward and next state
# follow from $s$ and $a$ alone, and the next action is chosen anew, by today's target actor. So no
# importance weights are needed for the *actions*. The *states* are another matter: they were
# visited by older actors, while the theorem asks for the states of the present one. DDPG accepts
# this; the study `theorem` measures by how much it turns the gradient.
#
# ## A target network: do not chase yourself
#
# The target for $Q$ is made from $Q$. If both are the same network, a step towards the target moves
# the target, too. So the targets are made by $Q'$ and $\mu'$, which lag behind. After each update
# they follow a little, by a **soft update**:
#
# $$\theta' \leftarrow \tau\,\theta + (1 - \tau)\,\theta'$$
#
# If $\theta$ jumps from 0 to 1 and stays there, $\theta'$ is at $1 - (1-\tau)^k$ after $k$ updates.

# %%
updates = np.arange(1_001)
halves = {tau: float(np.log(0.5) / np.log(1 - tau)) for tau in (0.001, 0.005, 0.05)}
figure, axis = plt.subplots(figsize=(8.5, 3.2))
for (tau, half), colour in zip(halves.items(), (PINK, BLUE, GREEN), strict=True):
    axis.plot(
        updates, 1 - (1 - tau) ** updates, color=colour, label=f"τ = {tau}: half in {half:.0f}"
    )
axis.axhline(1, color=GREY, linestyle="--", linewidth=1)
axis.set(xlabel="updates after the jump", ylabel="target weight", title="How a target follows")
axis.legend(loc="lower right")
show(
    figure,
    "How a target weight follows a jump from 0 to 1: three curves that rise ever more slowly. They "
    f"are half way up after {', '.join(f'{half:.0f}' for half in halves.values())} updates.",
)

# %% [markdown]
# ## The whole agent
#
# This is all of it. The comments are the lines of Algorithm 1 in Lillicrap et al. (2015). `replay`
# and `tau` are arguments so that replay and target networks can be taken away afterwards.


# %%
def mlp(inputs, activation, rng_seed):
    keras.utils.set_random_seed(rng_seed)
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")]
    return keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(1, activation)])


def ddpg(seed, steps, batch=64, gamma=0.99, tau=0.005, sigma=0.1, replay=True):
    env = gym.make("Pendulum-v1")
    rng = np.random.default_rng(seed)
    # Randomly initialize critic network Q(s, a) and actor mu(s)
    critic, actor = mlp(4, None, seed), mlp(3, "tanh", seed + 1)
    # Initialize target networks Q' and mu' with the same weights
    target_critic, target_actor = mlp(4, None, seed), mlp(3, "tanh", seed + 1)
    adam = {name: keras.optimizers.Adam(1e-3) for name in ("critic", "actor")}
    adam["critic"].build(critic.trainable_variables)
    adam["actor"].build(actor.trainable_variables)

    act = tf.function(actor, jit_compile=True)

    def q(network, states, actions):
        return network(tf.concat([states, actions], axis=1))  # [N, 1]

    @tf.function(jit_compile=True)
    def update(s, a, r, s2, terminated):  # each [N, width]
        # y_i = r_i + gamma Q'(s_{i+1}, mu'(s_{i+1}))
        y = r + gamma * (1 - terminated) * q(target_critic, s2, target_actor(s2))
        # Update critic by minimizing the loss L = 1/N sum_i (y_i - Q(s_i, a_i))^2
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - q(critic, s, a)) ** 2)
        gradients = tape.gradient(loss, critic.trainable_variables)
        adam["critic"].apply(gradients, critic.trainable_variables)
        # Update the actor policy using the sampled policy gradient
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(q(critic, s, actor(s)))
        gradients = tape.gradient(loss, actor.trainable_variables)
        adam["actor"].apply(gradients, actor.trainable_variables)
        # Update the target networks: theta' <- tau theta + (1 - tau) theta'
        for target, online in ((target_critic, critic), (target_actor, actor)):
            for late, weight in zip(target.weights, online.weights, strict=True):
                late.assign(tau * weight + (1 - tau) * late)

    # Initialize replay buffer R
    buffer = {name: np.zeros((steps, width), np.float32) for name, width in WIDTHS.items()}
    returns, total = [], 0.0
    # Receive initial observation state s_1
    s, _ = env.reset(seed=seed)
    for t in range(steps):
        # Select action a_t = mu(s_t) + N_t, noise for exploration; random ones at first
        a = rng.uniform(-1, 1, 1) if t < 1_000 else act(s[None]).numpy()[0]
        a = np.clip(a + rng.normal(0, sigma, 1), -1, 1)
        # Execute action a_t, observe reward r_t and new state s_{t+1}
        s2, r, terminated, truncated, _ = env.step(2 * a)
        # Store transition (s_t, a_t, r_t, s_{t+1}) in R
        for column, value in zip(buffer.values(), (s, a, r, s2, terminated), strict=True):
            column[t] = value
        s, total = s2, total + r
        if t >= 1_000:
            # Sample a random minibatch of N transitions from R
            rows = rng.integers(0, t + 1, batch) if replay else np.arange(t + 1 - batch, t + 1)
            update(**{name: column[rows] for name, column in buffer.items()})
        if terminated or truncated:
            returns, total = [*returns, total], 0.0
            s, _ = env.reset()
    return np.array(returns)


WIDTHS = {"s": 3, "a": 1, "r": 1, "s2": 3, "terminated": 1}

# %% [markdown]
# Some things differ from the algorithm in the paper: there are 1,000 random steps before the first
# update, the noise is Gaussian, actions are clipped to their bounds, and a terminated step has no
# next value (Pendulum-v1 never terminates). The library's
# [`DDPG.one_update`](../ddpg_tf/agents/ddpg.py) has the same lines in the same order.
#
# ## Run it, and take parts away

# %%
VARIANTS = {
    "Algorithm 1": ({}, BLUE),
    "no replay: the newest 64 steps": ({"replay": False}, ORANGE),
    "no targets: τ = 1": ({"tau": 1.0}, GREEN),
}
returns = {
    name: np.array([ddpg(seed, STEPS, **changed) for seed in range(SEEDS)])
    for name, (changed, _) in VARIANTS.items()
}

figure, axis = plt.subplots()
for name, (_, colour) in VARIANTS.items():
    ends = 200 * np.arange(1, returns[name].shape[1] + 1)
    axis.plot(ends, returns[name].T, color=colour, alpha=0.5, linewidth=1)
    axis.plot(ends, returns[name].mean(axis=0), color=colour, linewidth=2.5, label=name)
axis.set(
    xlabel="environment steps of Pendulum-v1",
    ylabel="return of an episode, noise included",
    title=f"A whole agent, and what its parts are for (thin: {SEEDS} seeds)",
)
axis.legend()
show(
    figure,
    "The return of each episode over the steps, thin for each seed, thick for their mean. The last "
    "five episodes return on average: "
    + "; ".join(f"{name}: {values[:, -5:].mean():.0f}" for name, values in returns.items())
    + ".",
)

# %% [markdown]
# ## What puzzles a careful reader
#
# **Why does the actor's step ask the online critic, while the critic's target asks the slow copy?**
# The actor needs the newest opinion on which way is up. The target needs to stand still for a
# while.
#
# **The actor's step changes what Q should be, because Q is about this actor. Is there no third term
# for that?** $Q^\mu$ also depends on $\theta$ through all later actions. The theorem of Silver et
# al. (2014) says that the sum over states already accounts for this: the gradient of the return is
# the sum of $dQ/da\; d\mu/d\theta$ over the states that $\mu$ visits, with $Q^\mu$ held fixed.
# Notebook 3 shows it in numbers.
#
# **Why is an average over a batch enough for "all states"?** A batch is a sample: its mean is right
# if the states are drawn as the theorem asks, and its noise falls as $1/\sqrt{N}$.
#
# ## What was seen

# %%
late = {name: float(values[:, -5:].mean()) for name, values in returns.items()}
whole, newest, chasing = late.values()
say(f"""
- Two steps one apart have a correlation of {correlations[0]:.2f}, two that are drawn from the
  buffer {unrelated:.1g}.
- With $\\tau$ = 0.005 a target has gone half of the way after {halves[0.005]:.0f} updates:
  nearly ln 2 / $\\tau$.
- The last five episodes return {whole:.0f} on average. Without replay they return {newest:.0f},
  without target networks {chasing:.0f} (means over {SEEDS} seeds). Pendulum-v1 is an easy task with
  rewards at every step: what a part is worth differs from task to task.
""")

# %% [markdown]
# ## Exercises
#
# **1. Which follows which?** Below is somebody's soft update. It runs. What do the target and the
# network do? Guess, run the check, then mend the function.


# %%
def my_soft_update(target, online, tau):
    """The new target, from two arrays."""
    return tau * target + (1 - tau) * online


def check_soft_update(candidate, tau=0.005):
    target, online = rng.normal(size=(2, 5))
    found, right = candidate(target, online, tau), tau * online + (1 - tau) * target
    if np.allclose(found, right):
        return "Right: the target makes a small step towards the network."
    if np.allclose(found, (1 - tau) * online + tau * target):
        return "Not yet: tau is the share of the *online* weights. This target is a copy, nearly."
    if np.allclose(found, (1 - tau) * target):
        return "Not yet: the online weights do not come in at all."
    return "Not yet."


say(check_soft_update(my_soft_update))

# %% [markdown]
# <details><summary>Solution</summary>
#
# As it stands, the target is almost a fresh copy of the network after every update: close to the
# agent without targets above.
#
# ```python
# def my_soft_update(target, online, tau):
#     return tau * online + (1 - tau) * target
# ```
#
# </details>
#
# **2. How many?** A target has to come within 1% of a network that stands still. How many soft
# updates does this take, with the $\tau$ of `ddpg` above? (How much of the distance is left after
# one update? After $k$?)


# %%
def updates_until(share, tau):
    """The number of soft updates after which at most `share` of the distance is left."""
    return 1 / tau


def check_updates(candidate):
    for share, tau in ((0.01, 0.005), (0.5, 0.001), (0.1, 0.3)):
        k, left, count = candidate(share, tau), 1.0, 0
        while left > share:
            left, count = left * (1 - tau), count + 1
        if round(k) not in (count, count - 1):
            return f"Not yet: {k:.0f} for a share of {share} and tau = {tau}; counted: {count}."
    return "Right: log(share) / log(1 - tau)."


say(check_updates(updates_until))

# %% [markdown]
# <details><summary>Solution</summary>
#
# After $k$ updates, a share of $(1 - \tau)^k$ is left. Set it equal to `share` and take logarithms.
#
# ```python
# def updates_until(share, tau):
#     return np.log(share) / np.log(1 - tau)
# ```
#
# </details>
#
# **3. A sign.** Somebody forgot one. Which way would the blue curve go? Ask `diagnose`, then mend
# the function.

# %%
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        loss = tf.reduce_mean(critic([observations, actor(observations, training=True)]))
    return tape.gradient(loss, theta)


print(diagnose(my_gradients))

# %% [markdown]
# <details><summary>Solution</summary>
#
# An optimiser walks downhill, so the loss is *minus* the mean of $Q$. Without the minus, the actor
# learns the action that the critic likes least, and the curve falls.
#
# ```python
# def my_gradients(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         loss = -tf.reduce_mean(critic([observations, actor(observations, training=True)]))
#     return tape.gradient(loss, theta)
# ```
#
# </details>
#
# ## Sources
#
# - T. Lillicrap et al., *Continuous control with deep reinforcement learning*, arXiv 1509.02971,
#   algorithm 1. D. Silver et al., *Deterministic policy gradient algorithms*, ICML 2014, theorem 1.
# - L.-J. Lin, *Self-improving reactive agents based on reinforcement learning, planning and
#   teaching*, Machine Learning 8, 1992: experience replay.
# - Old states, measured: `results/theorem/README.md`. The homework `replay` asks for these parts.
