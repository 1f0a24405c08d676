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
# - why a deterministic actor has to be disturbed for the critic to learn slopes well;
# - what Ornstein-Uhlenbeck noise is, and why its $dt$ is under a root;
# - what noise on the weights does that noise on the actions cannot.

# %%
from page import RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf
from pictures import exploration as draw

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
# does the same thing. Then $Q$ is known at a single point, and a point has no slope.
#
# Suppose the true $Q$ has slope 1 and rewards are noisy. Try actions that are spread around
# $\mu(s)$ with standard deviation $\sigma$, fit a line, and read off its slope. How far off is it?
# In the picture on the right, each point is the standard deviation of the slope over many such
# fits.

# %%
rng = np.random.default_rng(0)
SAMPLES, REWARD_NOISE, REPEATS = 50, 0.3, 300
spreads = np.logspace(-2.5, 0, 14)


def tried(sigma, repeats=None):
    """Actions spread by sigma and their noisy rewards, [SAMPLES] or [repeats, SAMPLES]."""
    shape = (SAMPLES,) if repeats is None else (repeats, SAMPLES)
    actions = sigma * rng.normal(size=shape)
    return actions, 1.0 * actions + REWARD_NOISE * rng.normal(size=shape)


def slope_error(sigma):
    actions, rewards = tried(sigma, REPEATS)
    centred = actions - actions.mean(1, keepdims=True)
    return np.std((centred * rewards).sum(1) / (centred**2).sum(1))


errors = [slope_error(spread) for spread in spreads]
samples = {spread: tried(spread) for spread in (0.02, 0.4)}
show(
    draw.slopes(samples, spreads, errors),
    "Left: rewards over actions, with a line through each of two clouds. The narrow cloud's line "
    "is far from the true slope, the wide one's near it. Right: the error of the slope falls from "
    f"{errors[0]:.0f} at a spread of {spreads[0]:.3f} to {errors[-1]:.2f} at a spread of 1.",
)

# %% [markdown]
# In practice it is not so bad. Training begins with random actions; the replay buffer holds what
# older actors did; and a network carries slopes over from nearby states. With luck, an agent learns
# even without noise: see the end of this page.
#
# ## Two kinds of noise
#
# **Gaussian**: a new random number at every step. **Ornstein-Uhlenbeck** (OU): a random walk that
# is pulled back towards zero.
#
# $$x \leftarrow x - \theta\, x\, dt + \sigma \sqrt{dt}\; n, \qquad n \text{ standard normal}$$
#
# The term with $\theta$ is called the **drift**. The noise remembers: a push lasts for a time of
# about $1/\theta$, that is, for about $1/(\theta\, dt)$ steps. A pendulum must be pushed in one
# direction for a while before it swings far.
#
# How large does the noise get? A step keeps the part $k = 1 - \theta\, dt$ of $x$, and adds a
# variance of $\sigma^2 dt$. In the long run the variance no longer changes,
# $v = k^2 v + \sigma^2 dt$, so the standard deviation is $\sigma \sqrt{dt / (1 - k^2)}$.
#
# Noise is given in **half ranges**: 1 is half the distance between an action's bounds.


# %%
def ou_path(steps, theta=0.15, sigma=0.2, dt=1.0, seed=0):
    generator = np.random.default_rng(seed)
    x, path = 0.0, []
    for _ in range(steps):
        x = x - theta * x * dt + sigma * np.sqrt(dt) * generator.normal()
        path.append(x)
    return np.array(path)


def in_theory(theta, sigma, dt):
    """The standard deviation in the long run."""
    kept = 1 - theta * dt
    return sigma * np.sqrt(dt / (1 - kept**2))


THETA, SIGMA = 0.15, 0.2
stationary = in_theory(THETA, SIGMA, dt=1.0)
ou = ou_path(200, THETA, SIGMA, seed=4)
gaussian = stationary * np.random.default_rng(4).normal(size=200)
show(
    draw.two_noises(gaussian, ou, stationary),
    "Two paths of 200 steps. Gaussian noise jumps up and down at every step; Ornstein-Uhlenbeck "
    f"noise wanders and stays on one side for a while. Both have the band of ±{stationary:.2f}.",
)
say(
    f"Both have the same standard deviation in the long run, {stationary:.3f} (the band). "
    "Only the memory differs."
)

# %% [markdown]
# ## The root of dt
#
# $dt$ is the time from one step to the next. Cut each step in two: the noise should be the same
# process, only looked at more often. Two halves of a drift add up to the drift. But two halves of a
# random step do not add up to the step: **variances add, standard deviations do not**. So the
# random part takes $\sqrt{dt}$.
#
# Here is the same process at three step lengths, over the same stretch of time. On the right is the
# mistake: $dt$ without the root.


# %%
def without_root(steps, theta=0.15, sigma=0.2, dt=1.0, seed=0):
    return ou_path(steps, theta, sigma * np.sqrt(dt), dt, seed)


DURATION = 200
step_counts = {dt: int(DURATION / dt) for dt in (1.0, 0.1, 0.01)}
show(
    draw.step_lengths(
        {dt: ou_path(steps, THETA, SIGMA, dt, seed=1) for dt, steps in step_counts.items()},
        {dt: without_root(steps, THETA, SIGMA, dt, seed=1) for dt, steps in step_counts.items()},
        DURATION,
    ),
    "Paths for a dt of 1, of a tenth and of a hundredth. With the root all three fill the same "
    "band. Without it, the smaller dt is, the closer the path "
    "stays to zero.",
)

# %%
rows = []
for dt in (1.0, 0.1, 0.01):
    steps = int(40_000 / dt**0.5)
    right, wrong = ou_path(steps, THETA, SIGMA, dt, 2), without_root(steps, THETA, SIGMA, dt, 2)
    memory = 1 / (THETA * dt)
    rows.append([f"{dt:g}", right.std(), in_theory(THETA, SIGMA, dt), wrong.std(), f"{memory:.0f}"])
table(
    ["dt", "standard deviation", "in theory", "without the root", "memory in steps"],
    [[dt, *map("{:.3f}".format, stds), memory] for dt, *stds, memory in rows],
)

# %% [markdown]
# Look at the last column. With $dt = 0.01$, as in some public code, the noise remembers for longer
# than an episode lasts. Within an episode it only creeps away from where it began: it is small at
# first, and slow throughout.
#
# ## What the noise reaches
#
# A pendulum begins at rest, hanging down, and is driven by noise alone. Each cell is a range of
# angles and speeds; its colour says how many steps the pendulum spent there. (The number of cells
# is odd, so that hanging at rest is in the middle of one.)

# %%
CELLS, STEPS = 25, 200  # along each axis; of an episode


def visits(noise_paths, episodes):
    environment = gym.make("Pendulum-v1")
    counts = np.zeros((CELLS, CELLS))
    for episode in range(episodes):
        environment.reset(seed=episode)
        environment.unwrapped.state = np.array([np.pi, 0.0])
        for noise in noise_paths(episode):
            # half a range of the torque is 2
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
cells = {name: np.sum(counts > 0) for name, counts in reached.items()}
show(
    draw.visits(reached, EPISODES * STEPS),
    "Four maps of the states that noise alone reaches, angle across and speed upwards. Cells: "
    + ", ".join(f"{name}: {count}" for name, count in cells.items())
    + ". None of them comes near the upright pendulum, at the edges.",
)

# %% [markdown]
# ## Less and less
#
# The noise should be large at the beginning, when nothing is known, and small at the end, when it
# only disturbs. The config's `noise_sigma_final` and `noise_anneal_steps` draw this line.

# %%
EVERY = 100
steps = np.arange(0, 20_001, EVERY)
scales = [linear_annealing(step, 0.5, 0.05, 10_000) for step in steps]
scaled = scales * np.random.default_rng(0).normal(size=len(steps))
show(
    draw.annealing(steps, scales, scaled),
    f"The scale of the noise falls in a straight line from {scales[0]:g} half ranges to "
    f"{scales[-1]:g} and stays there; the dots, noise of single steps, close in with it.",
)

# %% [markdown]
# ## Noise on the weights
#
# Noise on actions forgets what it did in a state. Disturb the *weights* instead, and keep them that
# way for an episode: then the actor does the same thing whenever it is in the same state, and
# something a little different from what it did in the last episode.

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
show(
    draw.on_actions_and_weights(
        states,
        mu,
        np.clip(mu + 0.2 * generator.normal(size=mu.shape), -1, 1),
        [perturbed(0.05, generator) for _ in range(3)],
    ),
    "An actor's curve of action over state. Left, noise on the actions: dots scattered about the "
    "curve. Right, noise on the weights: three smooth curves of the same form, each a little off.",
)

# %% [markdown]
# How large should the noise on weights be? Nobody knows: it depends on the network. So it is
# **adapted**. Say how far the *actions* should stray. If they stray further, divide the noise by a
# `factor` a little above 1; if less, multiply it.

# %%
wanted, factor = 0.2, 1.01
sigma, sigmas, strayed = 0.01, [], []
for _ in range(350):
    distance = np.sqrt(np.mean((perturbed(sigma, generator) - mu) ** 2))
    sigma = sigma / factor if distance > wanted else sigma * factor
    sigmas.append(sigma)
    strayed.append(distance)

show(
    draw.adaptation(sigmas, strayed, wanted),
    f"Left: the noise on the weights grows from {sigmas[0]:.2f} and levels off near "
    f"{np.mean(sigmas[-100:]):.2f}. Right: the distance of the actions grows with it, until it "
    f"scatters about the wanted {wanted}.",
)

# %% [markdown]
# ## Does it matter for learning?
#
# Here is the committed result of `python -m comparisons exploration`: a pendulum, a short warm-up,
# the same agent, and noise of all kinds. The ones called "no root" and "uniform numbers" are
# mistakes. Each dot is a whole training run.

# %%
study = json.loads((RESULTS / "exploration" / "data.json").read_text())
figure = learning(study)
dots = figure.axes[1]
dots.set_xticks([-1400, -1000, -600, -200], ["−1,400", "−1,000", "−600", "−200"])
dots.set_ylabel("")
ends = {
    noise["label"]: np.array([training["returns"][-1] for training in noise["training"]])
    for noise in study["noises"].values()
}
show(
    figure,
    "Learning curves of the noises, and the last return of each seed. Mean of the last returns: "
    + "; ".join(f"{name} {returns.mean():.0f}" for name, returns in ends.items()),
)

# %%
wrong = ("no noise", "OU, dt = 0.01, no root", "OU, uniform numbers")
sound = {name: returns for name, returns in ends.items() if name not in wrong}
bars = [returns.mean() for returns in sound.values()]
within = np.mean([np.ptp(returns) for returns in sound.values()])
low = [f"{name} {ends[name].mean():.0f}" for name in wrong]
lower = max(ends[name].mean() for name in wrong) < min(bars)
lucky = max(wrong, key=lambda name: ends[name].max())
say(f"""
- The bars of the {len(sound)} sound noises lie within {np.ptp(bars):.0f} of each other. The seeds
  of one noise lie {within:.0f} apart on average. {len(ends["Gaussian"])} seeds cannot rank these.
- The others have these means: {"; ".join(low)}. {"All are" if lower else "Not all are"} lower than
  every sound noise's. But seeds overlap here too: the best one of "{lucky}" ended at
  {ends[lucky].max():.0f}, the worst one of the sound noises at {min(map(min, sound.values())):.0f}.
""")

# %% [markdown]
# ## What was seen

# %%
small, large = errors[0], errors[-1]
say(f"""
- With actions spread by {spreads[0]:.3f} the slope was off by {small:.1f}, with {spreads[-1]:.0f}
  by {large:.2f}; the true slope is 1.
- Without the root a dt of {rows[-1][0]} leaves a standard deviation of {rows[-1][3]:.3f} instead of
  {rows[-1][1]:.3f}.
- Cells reached in {EPISODES} episodes driven by noise alone: {cells["none"]} without noise,
  {cells["Gaussian"]} with Gaussian noise, {cells["OU, dt = 1"]} with OU noise that remembers for
  {rows[0][-1]} steps, {cells["OU, dt = 0.01"]} with OU noise that remembers for
  {rows[-1][-1]}.
- Noise on the weights that should let actions stray by {wanted} settled at
  {np.mean(sigmas[-100:]):.3f}; the actions strayed by {np.mean(strayed[-100:]):.2f} on average.
""")

# %% [markdown]
# ## Exercises
#
# **1. Mend the process.** The function has two mistakes, both from public code. The check runs many
# paths and takes one of their steps apart: how much of $x$ was kept, and the mean, standard
# deviation and shape of what was added. (It measures the shape by the kurtosis, the mean fourth
# power over the squared variance.)


# %%
def my_ou_step(x, generator, theta=0.15, sigma=0.2, dt=0.5):
    return x - theta * x * dt + sigma * dt * generator.random(x.shape)


def off(what, found, right, known_wrong):
    """Say that a number is not what it should be, and what a known wrong one tells."""
    if abs(found / right - 1) < 0.03:
        return None
    hints = [hint for wrong, hint in known_wrong.items() if abs(found / wrong - 1) < 0.03]
    return f"Not yet: {what} is {found:.3f}, in theory {right:.3f}. {' '.join(hints)}"


def check_ou(step):
    generator, x, dt = np.random.default_rng(0), np.zeros(100_000), 0.5
    for _ in range(120):
        before, x = x, step(x.copy(), generator, THETA, SIGMA, dt)
    if np.ptp(x) == 0:
        return "Not yet: all paths are the same. Ask the generator for `x.shape` numbers."
    kept, _ = np.polyfit(before, x, 1)
    added = x - kept * before
    std, kurtosis = added.std(), np.mean((added - added.mean()) ** 4) / added.var() ** 2
    if abs(added.mean()) > 0.03 * std:
        return f"Not yet: a step pushes by {added.mean():.3f} on average. Which numbers drive it?"
    drift = {1 - THETA: "The drift is the same for every dt: a short step pulls like a long one."}
    noise = {
        SIGMA: "The noise is the same for every dt: a short step shakes like a long one.",
        SIGMA * dt: "Two half steps should shake like a whole one. What adds up? Look for a root.",
    }
    return (
        off("the part of x that a step keeps", kept, 1 - THETA * dt, drift)
        or off("the standard deviation of what it adds", std, SIGMA * np.sqrt(dt), noise)
        or off("the kurtosis of what it adds", kurtosis, 3, {9 / 5: "Uniform numbers have that."})
        or f"Right: a step keeps {kept:.3f} of x; what it adds has a standard deviation of "
        f"{std:.3f} and, as normal numbers do, a kurtosis near 3."
    )


say(check_ou(my_ou_step))

# %% [markdown]
# <details><summary>Solution</summary>
#
# `random` draws numbers from 0 to 1, so the noise always pushes upwards. And $dt$ has lost its
# root.
#
# ```python
# def my_ou_step(x, generator, theta=0.15, sigma=0.2, dt=0.5):
#     return x - theta * x * dt + sigma * np.sqrt(dt) * generator.normal(size=x.shape)
# ```
#
# </details>
#
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
# <details><summary>Solution</summary>
#
# It says "noise in the update": two calls with the same arguments give different gradients. The
# critic should be asked about $\mu(s)$ itself.
#
# ```python
# def my_gradients(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         actions = actor(observations, training=True)
#         loss = -tf.reduce_mean(critic([observations, actions]))
#     return tape.gradient(loss, theta)
# ```
#
# </details>
#
# **3. Weights or actions?** (to try) Train with `--exploration parameter` and with
# `--exploration ou`, three seeds each. Do the seeds differ more than the noises?
#
# <details><summary>Solution</summary>
#
# Each noise needs a directory of its own; `plot` puts the two together.
#
# ```
# ddpg-tf train --exploration ou --seeds 0-2 --total-steps 6000 --run-dir runs/ou
# ddpg-tf train --exploration parameter --seeds 0-2 --total-steps 6000 --run-dir runs/parameter
# ddpg-tf plot runs/ou runs/parameter
# ```
#
# In our runs they did: the two noises ended closer together than the seeds of either one. On a
# pendulum, three seeds do not tell which is better.
#
# </details>
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
