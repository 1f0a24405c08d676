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
# # 6. Exploration
#
# **At the end you can say**
#
# - why a deterministic actor has to be disturbed, or the critic learns slopes badly;
# - what Ornstein-Uhlenbeck noise is, and why its $dt$ stands under a root;
# - what noise on the weights does that noise on the actions cannot.

# %%
from page import BLUE, GREEN, GREY, ORANGE, PINK, RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import gymnasium as gym
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.colors import LogNorm

from comparisons.exploration.figures import learning
from ddpg_tf.exploration.noise import linear_annealing
from ddpg_tf.networks.build import build_actor

# %% tags=["parameters"]
EPISODES = 10

# %% [markdown]
# ## The idea
#
# The actor needs $dQ/da$: what would happen if the action were a little larger? The critic can only
# know that if larger and smaller actions were tried in such states. An actor without noise always
# does the same. Then $Q$ is known at a point, and a point has no slope.
#
# Suppose the true $Q$ has slope 1 and rewards are noisy. Try actions that are spread by $\sigma$
# around $\mu(s)$, fit a line, read off its slope. How far off is it?

# %%
rng = np.random.default_rng(0)
SAMPLES, REWARD_NOISE, REPEATS = 50, 0.3, 300
spreads = np.logspace(-2.5, 0, 14)


def slope_errors(sigma):
    actions = sigma * rng.normal(size=(REPEATS, SAMPLES))
    rewards = 1.0 * actions + REWARD_NOISE * rng.normal(size=actions.shape)
    centred = actions - actions.mean(1, keepdims=True)
    slopes = (centred * rewards).sum(1) / (centred**2).sum(1)
    return slopes - 1


errors = [np.std(slope_errors(spread)) for spread in spreads]
figure, axes = plt.subplots(1, 2, figsize=(10, 3.5))
for sigma, colour in ((0.02, ORANGE), (0.4, BLUE)):
    actions = sigma * rng.normal(size=SAMPLES)
    rewards = actions + REWARD_NOISE * rng.normal(size=SAMPLES)
    axes[0].plot(actions, rewards, ".", color=colour)
    slope, level = np.polyfit(actions, rewards, 1)
    ends = np.array([-0.6, 0.6])
    axes[0].plot(
        ends, slope * ends + level, color=colour, label=f"spread {sigma:g}: slope {slope:.2f}"
    )
axes[0].set(
    xlabel="action $-$ $\\mu(s)$",
    ylabel="reward",
    ylim=(-2, 2),
    title="A slope from tried actions (true: 1)",
)
axes[0].legend()
axes[1].loglog(spreads, errors, "o-", color=BLUE)
axes[1].axhline(1, color=GREY, linestyle="--")
axes[1].text(1, 1.2, "error as large as the slope", color=GREY, ha="right")
axes[1].set(
    xlabel="spread $\\sigma$ of the actions",
    ylabel="error of the slope",
    title="Too little noise, no slope",
)
plt.show()

# %% [markdown]
# In practice it is not so bad. A training begins with random actions; the replay buffer holds what
# older actors did; and a network carries slopes over from states nearby. With luck an agent learns
# without noise: see the end of this page.
#
# ## Two kinds of noise
#
# **Gaussian**: a new random number in every step. **Ornstein-Uhlenbeck** (OU): a random walk that
# is pulled back to zero.
#
# $$x \leftarrow x - \theta\, x\, dt + \sigma \sqrt{dt}\; n, \qquad n \text{ standard normal}$$
#
# It remembers: a push lasts for about $1/\theta$. A pendulum must be pushed for a while in one
# direction before it swings far.


# %%
def ou_path(steps, theta=0.15, sigma=0.2, dt=1.0, seed=0):
    generator = np.random.default_rng(seed)
    x, path = 0.0, []
    for _ in range(steps):
        x = x - theta * x * dt + sigma * np.sqrt(dt) * generator.normal()
        path.append(x)
    return np.array(path)


THETA, SIGMA = 0.15, 0.2
stationary = SIGMA / np.sqrt(1 - (1 - THETA) ** 2)
ou = ou_path(200, THETA, SIGMA, seed=4)
gaussian = stationary * np.random.default_rng(4).normal(size=200)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.1), sharey=True)
for axis, path, name, colour in zip(
    axes, (gaussian, ou), ("Gaussian", "Ornstein-Uhlenbeck"), (ORANGE, BLUE), strict=True
):
    axis.axhspan(-stationary, stationary, color=colour, alpha=0.12)
    axis.plot(path, color=colour, linewidth=1.3)
    axis.set(xlabel="step of an episode", title=name)
axes[0].set_ylabel("noise (half ranges)")
plt.show()
say(
    f"Both have the same standard deviation in the long run, {stationary:.3f} (the band). "
    "Only the memory differs."
)

# %% [markdown]
# ## The root of dt
#
# $dt$ is the time from one step to the next. Cut each step in two: the noise should be the same
# process, only looked at more often. Two halves of a drift add up to the drift. But two halves of a
# random step do not: **variances add, standard deviations do not**. So the random part takes
# $\sqrt{dt}$.
#
# The same process at three step lengths, over the same stretch of time. On the right the mistake:
# $dt$ without the root.


# %%
def without_root(steps, theta=0.15, sigma=0.2, dt=1.0, seed=0):
    return ou_path(steps, theta, sigma * np.sqrt(dt), dt, seed)


DURATION = 200
figure, axes = plt.subplots(1, 2, figsize=(10, 3.3), sharey=True)
for dt, colour in ((1.0, BLUE), (0.1, GREEN), (0.01, PINK)):
    time = np.arange(0, DURATION, dt)
    for axis, process in zip(axes, (ou_path, without_root), strict=True):
        axis.plot(
            time,
            process(len(time), THETA, SIGMA, dt, seed=1),
            color=colour,
            linewidth=0.9,
            label=f"dt = {dt:g}",
        )
axes[0].set(xlabel="time", ylabel="noise (half ranges)", title="with the root: one size")
axes[1].set(xlabel="time", title="without it: the noise dies")
axes[1].legend()
plt.show()

# %%
rows = []
for dt in (1.0, 0.1, 0.01):
    steps = int(40_000 / dt**0.5)
    right, wrong = ou_path(steps, THETA, SIGMA, dt, 2), without_root(steps, THETA, SIGMA, dt, 2)
    kept = 1 - THETA * dt
    theory = SIGMA * np.sqrt(dt) / np.sqrt(1 - kept**2)
    rows.append(
        [f"{dt:g}", float(right.std()), float(theory), float(wrong.std()), float(-1 / np.log(kept))]
    )
table(
    [
        "dt",
        "standard deviation",
        "the same in theory",
        "without the root",
        "memory in steps (theory)",
    ],
    rows,
)

# %% [markdown]
# Look at the last column. With $dt = 0.01$, as in some public code, the noise remembers for longer
# than an episode lasts. Within an episode it only creeps away from where it began: small at first,
# and slow throughout.
#
# ## What the noise reaches
#
# A pendulum that hangs at rest and is driven by noise alone. Each cell is a range of angle and
# speed; the colour says how many steps it spent there. (The number of cells is odd, so that hanging
# at rest is the middle of one.)

# %%
CELLS, STEPS = 25, 200  # along each axis; of an episode


def visits(noise_paths, episodes):
    environment = gym.make("Pendulum-v1")
    counts = np.zeros((CELLS, CELLS))
    for episode in range(episodes):
        environment.reset(seed=episode)
        environment.unwrapped.state = np.array([np.pi, 0.0])
        for noise in noise_paths(episode):
            (cos, sin, speed), *_ = environment.step(np.float32([2 * noise]))
            row = int((np.arctan2(-sin, -cos) + np.pi) / (2 * np.pi) * CELLS)
            column = int((speed + 8) / 16 * CELLS)
            counts[min(row, CELLS - 1), min(column, CELLS - 1)] += 1
    return counts


noises = {
    "none": lambda seed: np.zeros(STEPS),
    "Gaussian": lambda seed: stationary * np.random.default_rng(seed).normal(size=STEPS),
    "OU, dt = 1": lambda seed: ou_path(STEPS, THETA, SIGMA, 1.0, seed),
    "OU, dt = 0.01": lambda seed: ou_path(STEPS, THETA, SIGMA, 0.01, seed),
}
reached = {name: visits(paths, EPISODES) for name, paths in noises.items()}
figure, axes = plt.subplots(1, 4, figsize=(12, 3.4), sharey=True)
for axis, (name, counts) in zip(axes, reached.items(), strict=True):
    image = axis.imshow(
        np.where(counts > 0, counts, np.nan).T,
        origin="lower",
        aspect="auto",
        extent=(-180, 180, -8, 8),
        cmap="viridis",
        norm=LogNorm(1, EPISODES * STEPS),
    )
    axis.set(
        title=f"{name}\ncells reached: {np.sum(counts > 0)}", xlabel="angle from hanging (deg)"
    )
    axis.grid(False)
axes[0].set_ylabel("speed (rad/s)")
figure.colorbar(image, ax=axes, label="steps spent there", format="{x:,.0f}")
plt.show()

# %% [markdown]
# ## Less and less
#
# Much noise at the beginning, when nothing is known; little at the end, when it only disturbs.
# `noise_sigma_final` and `noise_anneal_steps` of the config draw this line.

# %%
EVERY = 100
steps = np.arange(0, 20_001, EVERY)
figure, axis = plt.subplots(figsize=(8.5, 2.8))
scales = [linear_annealing(step, 0.5, 0.05, 10_000) for step in steps]
scaled = [
    scale * noise
    for scale, noise in zip(scales, np.random.default_rng(0).normal(size=len(steps)), strict=True)
]
axis.plot(steps, scaled, ".", color=ORANGE, markersize=4, label="noise of one step")
axis.plot(steps, scales, color=BLUE, linewidth=2.5, label="its scale")
axis.set(
    xlabel=f"environment step (one in {EVERY} is drawn)",
    ylabel="half ranges",
    title="Annealed to a floor",
)
axis.xaxis.set_major_formatter("{x:,.0f}")
axis.legend()
plt.show()

# %% [markdown]
# ## Noise on the weights
#
# Noise on actions forgets what it did in a state. Disturb the *weights* instead, and keep them for
# an episode: in the same state the same thing is done, consistently, and a little differently from
# the last episode.

# %%
actor = build_actor(1, np.array([-1.0]), np.array([1.0]), hidden_sizes=(64, 64), seed=1)
states = np.linspace(-2, 2, 121, dtype=np.float32)[:, None]
bumps = np.tanh(1.5 * np.sin(2 * states))
optimizer = keras.optimizers.Adam(3e-3)
for _ in range(250):  # an actor with some shape to it
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(actor(states) - bumps))
    weights = actor.trainable_variables
    optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)


def perturbed(sigma, generator):
    """The actions of an actor with normal noise of standard deviation sigma on its weights."""
    before = actor.get_weights()
    actor.set_weights(
        [w + sigma * generator.normal(size=w.shape).astype(np.float32) for w in before]
    )
    actions = actor(states).numpy()
    actor.set_weights(before)
    return actions


mu = actor(states).numpy()
generator = np.random.default_rng(3)
figure, axes = plt.subplots(1, 2, figsize=(10, 3.3), sharey=True)
axes[0].plot(states, np.clip(mu + 0.2 * generator.normal(size=mu.shape), -1, 1), ".", color=ORANGE)
axes[0].set(title="noise on the actions: each dot is a step", xlabel="state", ylabel="action")
for colour in (GREEN, PINK, BLUE):
    axes[1].plot(states, perturbed(0.05, generator), color=colour, linewidth=1.5)
axes[1].set(title="noise on the weights: three episodes", xlabel="state")
for axis in axes:
    axis.plot(states, mu, color="black", linewidth=2.5, label="$\\mu(s)$")
axes[0].legend()
plt.show()

# %% [markdown]
# How large should the noise on weights be? Nobody knows: it depends on the network. So it is
# **adapted**. Say how far the *actions* should stray. If they stray further, divide the noise by a
# `factor` a little above 1; if less, multiply.

# %%
wanted, factor = 0.2, 1.01
sigma, sigmas, strayed = 0.01, [], []
for _ in range(350):
    distance = np.sqrt(np.mean((perturbed(sigma, generator) - mu) ** 2))
    sigma = sigma / factor if distance > wanted else sigma * factor
    sigmas.append(sigma)
    strayed.append(distance)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.3))
axes[0].plot(sigmas, color=BLUE, linewidth=2.5)
axes[0].set(
    xlabel="adaptation",
    ylabel="standard deviation of the noise",
    ylim=(0, None),
    title="What is set: the noise on the weights",
)
axes[1].plot(strayed, ".", color=GREY, markersize=4, label="measured")
axes[1].axhline(wanted, color=ORANGE, linewidth=2, label="wanted")
axes[1].set(
    xlabel="adaptation",
    ylabel="how far actions stray\n(half ranges)",
    ylim=(0, None),
    title="What is asked for: how far the actions stray",
)
axes[1].legend(loc="upper left")
plt.show()

# %% [markdown]
# ## Does it matter for learning?
#
# The committed result of `python -m comparisons exploration`: a pendulum, a short warm-up, the same
# agent, and noises of all kinds. What is called "no root" and "uniform numbers" are mistakes. Each
# dot is a whole training.

# %%
study = json.loads((RESULTS / "exploration" / "data.json").read_text())
figure = learning(study)
dots = figure.axes[1]
dots.set_xticks([-1400, -1000, -600, -200], ["−1,400", "−1,000", "−600", "−200"])
dots.set_ylabel("")
show(figure)

# %%
last = {
    noise["label"]: np.array([training["returns"][-1] for training in noise["training"]])
    for noise in study["noises"].values()
}
wrong = ("no noise", "OU, dt = 0.01, no root", "OU, uniform numbers")
sound = {name: returns for name, returns in last.items() if name not in wrong}
bars = [returns.mean() for returns in sound.values()]
within = np.mean([np.ptp(returns) for returns in sound.values()])
low = [f"{name} {last[name].mean():.0f}" for name in wrong]
lower = max(last[name].mean() for name in wrong) < min(bars)
lucky = max(wrong, key=lambda name: last[name].max())
say(f"""
- The bars of the {len(sound)} sound noises lie within {np.ptp(bars):.0f} of each other. The seeds
  of one noise lie {within:.0f} apart on average. {len(last["Gaussian"])} seeds cannot rank these.
- The others have these means: {"; ".join(low)}. {"All are" if lower else "Not all are"} lower than
  every sound noise's. But seeds overlap here too: the best one of "{lucky}" ended at
  {last[lucky].max():.0f}, the worst one of the sound noises at {min(map(min, sound.values())):.0f}.
""")

# %% [markdown]
# ## What was seen

# %%
small, large = errors[0], errors[-1]
cells = {name: np.sum(counts > 0) for name, counts in reached.items()}
say(f"""
- With actions spread by {spreads[0]:.3f} the slope was off by {small:.1f}, with {spreads[-1]:.0f}
  by {large:.2f}; the true slope is 1.
- Without the root a dt of {rows[-1][0]} leaves a standard deviation of {rows[-1][3]:.3f} instead of
  {rows[-1][1]:.3f}.
- Cells reached in {EPISODES} episodes driven by noise alone: {cells["none"]} without noise,
  {cells["Gaussian"]} with Gaussian noise, {cells["OU, dt = 1"]} with OU noise that remembers for
  {float(rows[0][4]):.0f} steps, {cells["OU, dt = 0.01"]} with OU noise that remembers for
  {float(rows[-1][4]):.0f}.
- Noise on the weights that should let actions stray by {wanted} settled at
  {np.mean(sigmas[-100:]):.3f}; the actions strayed by {np.mean(strayed[-100:]):.2f} on average.
""")

# %% [markdown]
# ## Exercises
#
# **1. Mend the process.** Two mistakes, both from public code. The check looks at many paths: at
# mean and standard deviation, at the memory from one step to the next, and whether the new part is
# normal.


# %%
def my_ou_step(x, generator, theta=0.15, sigma=0.2, dt=0.5):
    return x - theta * x * dt + sigma * dt * generator.random(x.shape)


def check_ou(step):
    generator, x, dt = np.random.default_rng(0), np.zeros(20_000), 0.5
    for _ in range(120):
        before = x.copy()
        x = step(x, generator, THETA, SIGMA, dt)
    kept = 1 - THETA * dt
    theory = SIGMA * np.sqrt(dt) / np.sqrt(1 - kept**2)
    if abs(x.mean()) > 0.05:
        return f"Not yet: the mean is {x.mean():.2f} where it should be 0. Which numbers drive it?"
    if abs(x.std() / theory - 1) > 0.05:
        return (
            f"Not yet: the standard deviation is {x.std():.3f}, in theory {theory:.3f}. "
            "What takes the root?"
        )
    memory = np.corrcoef(before, x)[0, 1]
    if abs(memory - kept) > 0.02:
        return (
            f"Not yet: the correlation of a step with the one before is {memory:.3f}, in theory "
            f"{kept:.3f}. How much of x should be left after a step?"
        )
    new = x - kept * before
    kurtosis = np.mean((new - new.mean()) ** 4) / new.var() ** 2
    if abs(kurtosis - 3) > 0.3:
        return (
            f"Not yet: the new part has a kurtosis of {kurtosis:.2f}, normal numbers have 3. Which "
            "numbers drive it?"
        )
    return (
        f"Right: standard deviation {x.std():.3f} ({theory:.3f} in theory), correlation of a step "
        f"with the one before {memory:.3f} ({kept:.3f}), kurtosis of the new part "
        f"{kurtosis:.2f} (3)."
    )


say(check_ou(my_ou_step))

# %% [markdown]
# **2. Where noise does not belong.** Noise is for acting. Somebody left it in the update. What will
# `diagnose` say? Guess, then run the cell.

# %% jupyter={"outputs_hidden": true}
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        actions = actor(observations, training=True)
        noisy = actions + 0.1 * tf.random.normal(tf.shape(actions), dtype=actions.dtype)
        loss = -tf.reduce_mean(critic([observations, noisy]))
    return tape.gradient(loss, theta)


print(diagnose(my_gradients))

# %% [markdown]
# **3. To try.** `ddpg-tf train --exploration parameter` and `--exploration ou`, three seeds each;
# put them together with `ddpg-tf plot`. Do the seeds differ more than the noises?
#
# ## Sources
#
# - G. Uhlenbeck and L. Ornstein, *On the theory of the Brownian motion*, Physical Review 36, 1930.
# - T. Lillicrap et al., arXiv 1509.02971, section 7. M. Plappert et al., *Parameter space noise for
#   exploration*, arXiv 1706.01905.
# - Asked in public: OU without dt, and where the small dt comes from: openai/baselines #889,
#   rll/rllab #194, yanpanlau/DDPG-Keras-Torcs #35. Uniform numbers:
#   udacity/deep-reinforcement-learning #19, #20. Noise that was never added:
#   cyoon1729/Policy-Gradient-Methods #2, keiohta/tf2rl #56.
