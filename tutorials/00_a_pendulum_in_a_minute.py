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
# # 0. A pendulum in a minute
#
# **At the end you can say**
#
# - what an actor is, what a critic is, and which of them acts;
# - what a learning curve shows;
# - where, in all of this, to find the one gradient that the other notebooks are about.

# %%
from page import BLUE, GREY, ORANGE, SKY, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import time

import gymnasium as gym
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from ddpg_tf import DDPG, DDPGConfig, evaluate, train

# %% tags=["parameters"]
TOTAL_STEPS = 6_000

# %% [markdown]
# ## The idea
#
# A rod hangs from a hinge. A motor at the hinge can turn it left or right. The motor is too weak to
# lift the rod in one go: it has to swing it up. Then it has to hold it there.
#
# - The **actor** $\mu(s)$ looks at the state (where the tip is, how fast it turns) and returns an
#   action: a torque.
# - The **critic** $Q(s, a)$ looks at a state and an action and returns a number: the sum of all
#   rewards from here on, with later ones counted a little less.
#
# Only the actor acts. The critic watches, compares what it said with what happened, and learns from
# the difference. The actor then changes its weights so that the critic's number grows. That is
# DDPG, *deep deterministic policy gradient*.

# %%
environment = gym.make("Pendulum-v1")
table(
    ["", "size", "low", "high"],
    [
        [
            "state: cos, sin of the angle, speed (rad/s)",
            3,
            environment.observation_space.low.tolist(),
            environment.observation_space.high.tolist(),
        ],
        [
            "action: torque (N m)",
            1,
            environment.action_space.low.tolist(),
            environment.action_space.high.tolist(),
        ],
    ],
)

# %% [markdown]
# ## Train
#
# Training takes one line. In the first steps the torques are random, because there has to be
# something to learn from.

# %%
config = DDPGConfig(env_id="Pendulum-v1", strategy="mean_q", seed=0, total_steps=TOTAL_STEPS)
beginner = DDPG(environment.observation_space, environment.action_space, config)

start = time.perf_counter()
result = train(config)
seconds = time.perf_counter() - start
is_a_minute = "less than a minute" if seconds < 60 else "more than a minute"
print(f"Trained for {TOTAL_STEPS:,} steps in {is_a_minute}.")

# %% [markdown]
# ## The learning curve
#
# Now and then, training pauses and the policy is tried without any randomness. The sum of the
# rewards of such an episode is its **return**. The reward is never positive: 0 means that the rod
# stands still, upright, with the motor off.

# %%
steps, means, spreads = (
    np.array([row[name] for row in result.history])
    for name in ("step", "eval_return_mean", "eval_return_std")
)
figure, axis = plt.subplots()
# a mean and a standard deviation above it may reach beyond 0; a return cannot
axis.fill_between(steps, means - spreads, np.minimum(means + spreads, 0), color=BLUE, alpha=0.15)
axis.plot(steps, means, "o-", color=BLUE)
axis.set(
    xlabel="environment steps",
    ylabel="return without randomness",
    title=f"The learning curve: mean of {config.eval_episodes} episodes, and their spread",
)
axis.xaxis.set_major_formatter("{x:,.0f}")
show(
    figure,
    f"The return over the steps of training, with its spread: it begins at {means[0]:.0f} and ends "
    f"at {means[-1]:.0f}.",
)
print("to the last digit:", *means)

# %% [markdown]
# ## See it move
#
# Here is the same start twice, once with the untrained actor and once with the trained one. Time
# runs to the right. The colour shows the height of the tip: dark below the hinge, yellow above it.


# %%
def start_of_episode(agent, seed=3, steps=120):
    """Return the states [steps, 3] and torques [steps] of the start of an episode."""
    observation, _ = environment.reset(seed=seed)
    states, torques = [], []
    for _ in range(steps):
        action = agent.act(observation)
        states.append(observation)
        torques.append(action[0])
        observation, *_ = environment.step(action)
    return np.array(states), np.array(torques)


def angle_of(states):
    """In radians; 0 is upright."""
    return np.arctan2(states[:, 1], states[:, 0])


episodes = {
    "untrained": start_of_episode(beginner),
    "trained": start_of_episode(result.agent),
}

figure, axes = plt.subplots(2, 1, figsize=(10, 3.4))
for axis, (name, (states, _)) in zip(axes, episodes.items(), strict=True):
    for position, angle in enumerate(angle_of(states)[::10]):
        x = 2 * position
        colour = plt.cm.cividis(0.5 + 0.5 * np.cos(angle))
        axis.plot(
            [x, x - np.sin(angle)],
            [0, np.cos(angle)],
            color=colour,
            linewidth=5,
            solid_capstyle="round",
        )
        axis.plot(x, 0, "o", color="black", markersize=4)
    axis.set(xlim=(-1, 23), ylim=(-1.2, 1.2), aspect="equal")
    axis.axis("off")
    axis.set_title(f"{name}, every tenth step", loc="left", fontsize=11)
show(
    figure,
    "Two rows of rods, one rod every tenth step. Above, untrained: the rod swings below its hinge. "
    "Below, trained: it swings up, and from then on it points up and leans a little.",
)

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.2))
for (name, (states, torques)), colour in zip(episodes.items(), (GREY, BLUE), strict=True):
    axes[0].plot(np.degrees(np.unwrap(angle_of(states))), color=colour, label=name)
    axes[1].plot(torques, color=colour, label=name)
axes[0].axhline(0, color=ORANGE, linewidth=1, linestyle="--")
axes[0].set(xlabel="step", ylabel="angle from upright (degrees)", title="The rod")
axes[1].set(xlabel="step", ylabel="torque (N m)", title="The motor")
axes[0].legend()
show(
    figure,
    "Left, the angle over the steps: the untrained rod swings far from upright, the "
    "trained one comes up and stays. Right, the torque: near zero untrained; trained it is at its "
    f"bounds at first, and {episodes['trained'][1][-30:].mean():.1f} on average at the end.",
)

# %% [markdown]
# Look at the ends of the blue curves. Is the rod quite upright, and is the motor at rest? Both
# leaning and turning cost something at every step. The reward is
# $-(\vartheta^2 + 0.1\,\dot\vartheta^2 + 0.001\,u^2)$, with the angle $\vartheta$ from upright in
# radians and the torque $u$.

# %%
LAST = 30
lean = angle_of(episodes["trained"][0])[-LAST:]
hold = episodes["trained"][1][-LAST:]
angle_costs, torque_costs = np.mean(lean**2), np.mean(0.001 * hold**2)
say(
    f"In the last {LAST} steps the rod leans by {np.degrees(np.abs(lean).mean()):.1f} degrees. A "
    f"torque of {hold.mean():.2f} N m on average holds it there against gravity; from step to step "
    f"it changes by {np.abs(np.diff(hold)).mean():.1g}. A step costs {angle_costs:.5f} for the "
    f"angle and {torque_costs:.5f} for the torque: the lean costs "
    f"{angle_costs / torque_costs:.0f} times as much. Upright, both would cost nothing."
)

# %% [markdown]
# ## Look into the actor
#
# Cosine and sine together are one angle. So a state is an angle and a speed, and the whole policy
# can be drawn. Each point of the map is a state; its colour is the torque.

# %%
angle, speed = np.meshgrid(np.linspace(-np.pi, np.pi, 121), np.linspace(-8, 8, 121))
states = np.stack([np.cos(angle), np.sin(angle), speed], axis=-1).reshape(-1, 3).astype(np.float32)
torque = result.agent.policy()(states).reshape(angle.shape)

figure, axis = plt.subplots(figsize=(7, 4))
image = axis.pcolormesh(
    np.degrees(angle), speed, torque, cmap="PuOr", vmin=-2, vmax=2, shading="auto"
)
figure.colorbar(image, label="torque (N m)")
axis.set(
    xlabel="angle from upright (degrees)",
    ylabel="speed (rad/s)",
    title="What the trained actor does, everywhere",
)
axis.grid(False)
show(
    figure,
    "A map of torques over angle and speed. Most of it is at the one bound or the other; between "
    "the two run narrow borders. One of them crosses the middle, where the rod is upright.",
)

# %% [markdown]
# ## Look into the critic
#
# Fix one state and ask the trained critic about every torque: this gives the curve. Then mark the
# two actors' choices on it. The slope at a mark is $dQ/da$: it says which way the critic would like
# the action to move, and how strongly.
#
# Some of the states that the trained agent visited have a curve whose top is inside the bounds. Of
# these we take the one where the slope at the untrained actor's torque is steeper, by the widest
# margin, than the slope at the trained actor's.

# %%
TORQUES = np.linspace(-2, 2, 101, dtype=np.float32)[:, None]


def values_at(state):
    """Return the trained critic's Q of every torque, [101]."""
    states = np.repeat(state[None], len(TORQUES), axis=0)
    return result.agent.critic([tf.constant(states), tf.constant(TORQUES)]).numpy()[:, 0]


def value_and_slope(state, action):
    """Return Q and dQ/da at one action."""
    action = tf.constant(action[None])
    with tf.GradientTape() as tape:
        tape.watch(action)
        q = result.agent.critic([tf.constant(state[None]), action])
    return q.numpy().item(), tape.gradient(q, action).numpy().item()


def slopes_at(state):
    """Return |dQ/da| at the untrained and at the trained actor's action."""
    return [abs(value_and_slope(state, agent.act(state))[1]) for agent in (beginner, result.agent)]


visited = episodes["trained"][0]
slopes = np.array([slopes_at(state) for state in visited])
tops = np.array([values_at(state).argmax() for state in visited])
inside = (tops > 0) & (tops < len(TORQUES) - 1)
state = visited[np.argmax(np.where(inside, slopes[:, 0] - slopes[:, 1], -np.inf))]

figure, axis = plt.subplots()
axis.plot(TORQUES, values_at(state), color=SKY, linewidth=6, alpha=0.6, label="trained critic")
for name, agent, colour in (("untrained", beginner, GREY), ("trained", result.agent, BLUE)):
    action = agent.act(state)
    q, dq_da = value_and_slope(state, action)
    near = np.clip([action[0] - 0.6, action[0] + 0.6], -2, 2)
    axis.plot(near, q + dq_da * (near - action[0]), color=colour, linewidth=1.8)
    label = f"{name} actor: $dQ/da$ = {dq_da:.2f}"
    axis.plot(action[0], q, "o", color=colour, markersize=9, label=label)
axis.set(
    xlabel="torque $a$ (N m)",
    ylabel="$Q(s, a)$",
    title="One state, all torques: what the critic thinks",
)
axis.legend()
show(
    figure,
    "The trained critic's Q over all torques in one state, a curve that rises and flattens out. "
    "A tangent touches it at each actor's torque, with a slope of "
    "{:.2f} at the untrained actor's and of {:.2f} at the trained one's.".format(*slopes_at(state)),
)


def rated(agent):
    """The critic's Q of the agent's torque in each state of the trained agent's episode."""
    return np.array([value_and_slope(state, agent.act(state))[0] for state in visited])


gain = np.mean(rated(result.agent) - rated(beginner))
say(
    f"On average over the episode's {len(visited)} states the critic rates the trained actor's "
    f"torque {abs(gain):.2f} {'above' if gain > 0 else 'below'} the untrained one's. The slope "
    "there need not be 0. Where the torque is at its bound, the critic may want more than the "
    "motor can give. Elsewhere, both networks were still changing at the last step."
)

# %% [markdown]
# The actor cannot see the curve. It is told one number for each state: the slope at its own action.
# From that it must find out how to change all its weights. **How the slope becomes a change of
# weights is what this course is about.** There are several ways to write it, and they all compute
# the same thing.
#
# ## What was seen

# %%
before = evaluate(beginner, "Pendulum-v1", episodes=20)
after = evaluate(result.agent, "Pendulum-v1", episodes=20)
weights = sum(int(np.prod(weight.shape)) for weight in result.agent.actor.trainable_variables)
upright = np.abs(np.degrees(lean)).max()
say(f"""
- Before: a mean return of {before.mean():.0f} over {len(before)} episodes. After {TOTAL_STEPS:,}
  steps: {after.mean():.0f}. (The last point of the learning curve, {means[-1]:.0f}, is the mean of
  {config.eval_episodes} episodes with other starts.)
- In the last {LAST} steps that we watched, the trained rod was never further than {upright:.1f}
  degrees from upright.
- The actor has {weights:,} weights. For each state the critic gave it one number, the slope.
- The same run from a shell: `ddpg-tf train --total-steps {TOTAL_STEPS}`.
""")

# %% [markdown]
# ## Exercises
#
# **1. Another seed** (to try). Set `seed=1` above and run everything again. What stays the same,
# and what changes?
#
# <details><summary>Solution</summary>
#
# Every number changes: the seed determines the initial weights, the starts of the episodes and the
# noise. What stays is the overall course: a bad return at first, a rise, a rod that stands. The
# height of the curve at a given step differs a lot. So one run says little about a change to the
# algorithm; several seeds say more. `results/benchmark/README.md` has five of them.
#
# </details>
#
# **2. Another way** (to try). Set `strategy="output_gradients"` and run everything again. Compare
# the returns, which are printed below the learning curve, to the last digit. (You do not need to
# know why yet.)
#
# <details><summary>Solution</summary>
#
# They are the same, to the last digit. Both ways compute the same gradient, and the batch has 64
# states, a power of two: so even the rounding is the same (notebook 5). With `batch_size=100` the
# two ways diverge.
#
# </details>
#
# **3. Meet `diagnose`.** Below is somebody's version of the actor's gradient. `diagnose` tries it
# on many small networks and says what is wrong. You do not need to understand the function yet. An
# optimiser goes *downhill*, and one character is missing: guess which. Then run the cell and read
# the verdict.

# %% jupyter={"outputs_hidden": true}
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
# A minus. The optimiser goes downhill, but $Q$ should go up, so give it $-Q$.
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
# - T. Lillicrap et al., *Continuous control with deep reinforcement learning*, arXiv 1509.02971.
# - OpenAI, *Spinning Up in deep RL*, the page on DDPG.
# - The pendulum: Gymnasium's `Pendulum-v1`.
