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
# # 9. TD3
#
# **At the end you can say**
#
# - where DDPG's overestimation bias comes from, although its target has no maximum;
# - what clipped double Q-learning, delayed policy updates and target policy smoothing each do;
# - which of the two critics the actor climbs.

# %%
from page import begin, say, show

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import inspect
import textwrap

import gymnasium as gym
import numpy as np
import tensorflow as tf
from pictures import td3 as draw

from ddpg_tf import DDPGConfig, train
from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.agents.targets import smoothed_actions, td3_targets
from ddpg_tf.agents.td3 import TD3

# %% tags=["parameters"]
TOTAL_STEPS = 6_000

# %% [markdown]
# ## The idea
#
# TD3, *twin delayed DDPG*, is DDPG with three changes.
#
# 1. **Clipped double Q-learning.** There are two critics; the target takes the smaller of their two
#    values.
# 2. **Delayed policy updates.** Actor and target networks move only at every second update of the
#    critics.
# 3. **Target policy smoothing.** The target actor's action gets a little noise before the critics
#    judge it, so that a narrow peak of $Q$ counts for little.
#
# The actor's gradient is the same as DDPG's, through the *first* critic. Any strategy of the
# earlier notebooks can write it.
#
# ## 1. Overestimation bias, and clipped double Q-learning
#
# DQN takes a maximum, and a maximum of noisy values is too high on average. That is the
# **overestimation bias**. DDPG takes no maximum. But its actor has climbed the critic. The actor
# stands on a hill, and the hills of a noisy landscape are where the error is positive.
#
# We make a landscape whose truth is known: $Q = 0$ everywhere. The critic is 0 plus a smooth random
# error. An actor starts in the middle and climbs. A second critic has an error of its own.


# %%
def random_landscape(generator, terms=12):
    """A smooth random function on [-1, 1], of standard deviation 1 everywhere."""
    frequencies = generator.normal(size=terms) * 4
    phases = generator.uniform(0, 2 * np.pi, terms)
    return lambda a: np.sqrt(2 / terms) * np.cos(np.multiply.outer(a, frequencies) + phases).sum(-1)


def climb(q, a=0.0, steps=300, rate=0.02):
    for _ in range(steps):
        slope = (q(a + 1e-4) - q(a - 1e-4)) / 2e-4
        a = np.clip(a + rate * slope, -1, 1)
    return a


generator = np.random.default_rng(5)
q1, q2 = random_landscape(generator), random_landscape(generator)
a = climb(q1)
show(
    draw.landscape(q1, q2, a),
    f"Two wavy critics over the action, about a truth of 0. The actor has climbed critic 1 to a "
    f"top of {q1(a):+.2f} at an action of {a:.2f}. Critic 2 says {q2(a):+.2f} there.",
)

# %% [markdown]
# The orange dot is the value that critic 1 gives to the action that the actor found by climbing
# this critic. The blue dot is the value that critic 2, which was not climbed, gives to the same
# action. TD3's target takes the lower of the two, on the green line: what critic 2 says is
# "clipped" by critic 1.

# %% [markdown]
# One landscape is an anecdote. Here are many:

# %%
LANDSCAPES = 300
believed = {"critic 1 (DDPG's target)": [], "critic 2": [], "the smaller (TD3's target)": []}
for _ in range(LANDSCAPES):
    q1, q2 = random_landscape(generator), random_landscape(generator)
    a = climb(q1, steps=120)
    for values, value in zip(believed.values(), (q1(a), q2(a), min(q1(a), q2(a))), strict=True):
        values.append(value)

bias = {name: np.mean(values) for name, values in believed.items()}
show(
    draw.many_landscapes(believed, generator.uniform(-0.28, 0.28, LANDSCAPES)),
    f"Three rows of {LANDSCAPES} dots, the value of the action that the actor found. Means: "
    + "; ".join(f"{name} {mean:+.2f}" for name, mean in bias.items()),
)

# %% [markdown]
# Each dot is a landscape, each black bar the mean of its row. Critic 1 is too high on average: the
# actor used it to choose the action. Critic 2 is about right on average: it had no part in the
# choice. The smaller of the two is a little too low.

# %% [markdown]
# If the next state's value is too high by $b$, then the target, and so the critic, becomes too high
# by $\gamma b$. The next target contains this error, and $b$ once more: a target that is made from
# the critic's own values is said to **bootstrap**. The errors add up:
# $\gamma b + \gamma^2 b + \gamma^3 b + \dots$

# %%
gamma, rounds = 0.99, np.arange(0, 501)
grown = {
    name: bias[name] * gamma * (1 - gamma**rounds) / (1 - gamma)
    for name in bias
    if "target" in name
}
show(
    draw.fed_back(grown),
    f"The error of Q over {rounds[-1]} rounds of bootstrapping: "
    + "; ".join(f"{name} levels off at {error[-1]:+.0f}" for name, error in grown.items()),
)

# %% [markdown]
# This is a calculation, not a training run. Its errors are the same in every round, and its two
# critics know nothing of each other. Real critics learn from the same data, and an error that the
# data contradict gets smaller. What becomes of the error in training is measured below.
#
# An underestimate does less harm. It is fed back too (green). But the actor does not seek it out,
# so its choices do not renew it at every update.
#
# ## 2. Delayed policy updates
#
# A critic that is chased by its own actor and its own targets has no time to become right. TD3
# gives it two updates for each update of the actor and the target networks.

# %%
td3 = DDPGConfig(algorithm="td3")
show(
    draw.who_moves_when(td3.policy_delay),
    f"Squares mark who moves in an update. Critics: in each. Actor and target networks: in each "
    f"that is a multiple of {td3.policy_delay}.",
)

# %% [markdown]
# ## 3. Target policy smoothing
#
# Suppose a critic has a narrow peak that the task does not have. The target actor will sit on it.
# TD3 asks for the value *around* the target actor's action: it adds clipped noise, and clips the
# result to the bounds.


# %%
def spiky(a):
    return 1 - (a + 0.3) ** 2 + 1.5 * np.exp(-(((a - 0.5) / 0.05) ** 2))


SIGMA, CLIP = td3.target_noise_sigma, td3.target_noise_clip
line = np.linspace(-1, 1, 201)
noise = np.clip(SIGMA * generator.normal(size=4_000), -CLIP, CLIP)
smoothed = np.array([spiky(np.clip(a + noise, -1, 1)).mean() for a in line])
peak, top = line[spiky(line).argmax()], line[smoothed.argmax()]
show(
    draw.smoothing(line, spiky(line), smoothed),
    f"A broad hill with a narrow peak on its right side, at {peak:.2f}. Seen through the noise, "
    f"only the hill is left; its top is at {top:.2f}.",
)
say(
    f"The critic's own top is at {peak:.2f}, the smoothed one's at {top:.2f}. Of the peak's height "
    f"of {spiky(peak):.2f}, {smoothed[spiky(line).argmax()]:.2f} are left."
)

# %% [markdown]
# ## In code
#
# Here is one update as the library writes it, DDPG's and TD3's. Look for the three changes.

# %%
for agent in (DDPG, TD3):
    code = textwrap.dedent(inspect.getsource(agent.one_update))
    say(f"**{agent.__name__}**\n\n```python\n{code}```")

# %% [markdown]
# ## Both on the pendulum
#
# Both get the same seed and the same number of steps. The targets follow quickly (a large $\tau$),
# since the run is short and TD3's move only half as often.

# %%
ENV_ID = "Pendulum-v1"
results = {
    name: train(
        DDPGConfig(
            env_id=ENV_ID,
            algorithm=name,
            seed=0,
            tau=0.02,
            total_steps=TOTAL_STEPS,
            eval_every=max(TOTAL_STEPS // 10, 1),
        )
    )
    for name in ("ddpg", "td3")
}

last = {name: result.history[-1]["eval_return_mean"] for name, result in results.items()}
show(
    draw.returns({name: result.history for name, result in results.items()}),
    f"The returns of both trainings over {TOTAL_STEPS:,} environment steps. DDPG ends at "
    f"{last['ddpg']:.0f}, TD3 at {last['td3']:.0f}.",
)

# %% [markdown]
# ## Which critic overestimates?
#
# We can find out what a state is really worth: go on from it and add up the discounted rewards. We
# do this for states along some episodes and compare the sums with what the critic says. (The time
# limit is raised, so that every sum is long enough.)


# %%
def belief_and_truth(agent, episodes=6, measured=100, horizon=600):
    """Return Q(s, mu(s)) and the discounted return from s on, for states of some episodes."""
    environment = gym.make(ENV_ID, max_episode_steps=measured + horizon)
    policy, believed, true = agent.policy(), [], []
    for seed in range(episodes):
        observation, _ = environment.reset(seed=seed)
        states, rewards = [], []
        for _ in range(measured + horizon):
            states.append(observation)
            observation, reward, *_ = environment.step(policy(observation))
            rewards.append(reward)
        to_go = np.zeros(len(rewards) + 1)
        for t in reversed(range(len(rewards))):
            to_go[t] = rewards[t] + agent.config.gamma * to_go[t + 1]
        s = tf.constant(np.array(states[:measured], np.float32))
        believed.append(agent.critic([s, agent.actor(s)]).numpy()[:, 0])
        true.append(to_go[:measured])
    return np.concatenate(believed), np.concatenate(true)


measured = {name: belief_and_truth(result.agent) for name, result in results.items()}
errors = {name: q - true for name, (q, true) in measured.items()}
show(
    draw.beliefs(measured),
    "What each critic says over the measured return, a dot a state, and the line where both agree. "
    + " ".join(
        f"{name.upper()}: {np.mean(error > 0):.0%} of the dots lie above the line, by "
        f"{error.mean():+.1f} on average over all."
        for name, error in errors.items()
    ),
)

# %% [markdown]
# How to read this picture: each dot is a state. Across is the discounted return that was measured
# from this state on; up is what the critic says of the state. On the black line the two are equal;
# above it, the critic overestimates.
#
# No reward of this task is positive, so no state is worth more than 0. Whatever a critic says in
# the band above 0 is too high, and we need no measured return to know that.

# %%
above = {name: q > 0 for name, (q, _) in measured.items()}
highest = {name: q.max() for name, (q, _) in measured.items()}
NEAR = -10
near = np.concatenate([true[above[name]] > NEAR for name, (_, true) in measured.items()])
say(
    f"DDPG's critic gives more than 0 to {above['ddpg'].mean():.0%} of these states, at most "
    f"{highest['ddpg']:+.1f}; TD3's to {above['td3'].mean():.0%}, at most {highest['td3']:+.1f}. "
    + (
        f"In {near.mean():.0%} of these cases the measured return lies between {NEAR} and 0: the "
        "rod is up, and the dots lie on top of each other in the corner."
        if near.size
        else ""
    )
)

# %% [markdown]
# A pendulum is an easy task, and after so few steps a critic's error has many causes. The paper's
# claim is about long runs on harder tasks; do not read more into this picture than it shows.
#
# ## What was seen

# %%
ddpg_bias, _, td3_bias = bias.values()
lower = "lower" if errors["td3"].mean() < errors["ddpg"].mean() else "not lower"
say(f"""
- On landscapes whose truth is 0 a climbing actor found {ddpg_bias:+.2f} on average by its own
  critic, {td3_bias:+.2f} by the smaller of two.
- Fed back with gamma = {gamma}, a constant error would grow {gamma / (1 - gamma):.0f}-fold.
- On the pendulum, after {TOTAL_STEPS:,} steps: return {last["ddpg"]:.0f} (DDPG) and
  {last["td3"]:.0f} (TD3). DDPG's critic was too high by {errors["ddpg"].mean():.1f} on average,
  TD3's was {lower}: {errors["td3"].mean():+.1f} on average, {np.median(errors["td3"]):+.1f} in the
  median.
""")

# %% [markdown]
# ## Exercises
#
# **1. The target.** Below is somebody's TD3 target. The check compares it with
# `ddpg_tf.agents.targets`.


# %%
def my_td3_targets(rewards, terminated, q1, q2, gamma):
    return rewards + gamma * (1 - terminated) * tf.maximum(q1, q2)


def check_targets(candidate):
    r, one, two = (tf.constant(generator.normal(size=50), tf.float32) for _ in range(3))
    over = tf.constant(generator.random(50) < 0.3, tf.float32)
    off = (candidate(r, over, one, two, 0.9) - td3_targets(r, over, one, two, 0.9)).numpy()
    if np.abs(off).max() < 1e-5:
        return "Right, in all fifty."
    wrong = np.sum(np.abs(off) > 1e-5)
    return f"Not yet: {wrong} of {len(off)} are wrong, on average by {off.mean():+.2f}."


say(check_targets(my_td3_targets))


# %% [markdown]
# <details><summary>Solution</summary>
#
# The target takes the smaller of the two values, not the larger.
#
# ```python
# def my_td3_targets(rewards, terminated, q1, q2, gamma):
#     return rewards + gamma * (1 - terminated) * tf.minimum(q1, q2)
# ```
#
# </details>
#
# **2. The smoothing.** It should have two clips. One is missing.


# %%
def my_smoothed_actions(actions, noise, clip, low, high):
    return tf.clip_by_value(actions + noise, low, high)


def check_smoothing(candidate):
    low, high = np.float32([-1.0]), np.float32([1.0])
    actions = tf.constant(generator.uniform(-1, 1, size=(200, 1)), tf.float32)
    noise = tf.constant(0.4 * generator.normal(size=(200, 1)), tf.float32)
    found = candidate(actions, noise, CLIP, low, high).numpy()
    right = smoothed_actions(actions, noise, CLIP, low, high).numpy()
    if np.abs(found).max() > 1:
        return "Not yet: an action is beyond the bounds."
    if np.abs(found - actions).max() > CLIP + 1e-6:
        moved = np.abs(found - actions).max()
        return f"Not yet: an action was moved by {moved:.2f}; the limit is {CLIP}."
    return "Right." if np.allclose(found, right, atol=1e-6) else "Not yet: wrong somewhere."


say(check_smoothing(my_smoothed_actions))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The noise is clipped before it is added, the sum after.
#
# ```python
# def my_smoothed_actions(actions, noise, clip, low, high):
#     return tf.clip_by_value(actions + tf.clip_by_value(noise, -clip, clip), low, high)
# ```
#
# </details>
#
# **3. Which critic?** The minimum is so useful in the target that somebody put it into the actor's
# update too. What will `diagnose` say? Guess, then run the cell. (`diagnose` passes the second
# critic as `twin_critic`.)

# %% jupyter={"outputs_hidden": true}
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations, twin_critic):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        actions = actor(observations, training=True)
        q = tf.minimum(critic([observations, actions]), twin_critic([observations, actions]))
        loss = -tf.reduce_mean(q)
    return tape.gradient(loss, theta)


print(diagnose(my_gradients))

# %% [markdown]
# <details><summary>Solution</summary>
#
# `diagnose` says "twin minimum". TD3's actor climbs the first critic, like DDPG's. (SAC's climbs
# the smaller of the two, but SAC is another algorithm.)
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
# **4. Take one away** (to try). In `ddpg-tf train --algorithm td3`, try `--policy-delay 1` and
# `--target-noise-sigma 0`. Which of these two changes can a pendulum do without? (Use at least
# three seeds each.)
#
# <details><summary>Solution</summary>
#
# Each variant needs a directory of its own, like this. The value of `--tau` is the one used on this
# page.
#
# ```
# ddpg-tf train --algorithm td3 --tau 0.02 --seeds 0-2 --total-steps 6000 \
#     --policy-delay 1 --run-dir runs/no_delay
# ```
#
# Then `ddpg-tf plot runs` puts all of them together.
#
# In our runs, the pendulum was learned just as well without the one as without the other, so it can
# do without either. The seeds of a single variant were further apart than the means of the
# variants.
#
# </details>
#
# ## Sources
#
# - S. Fujimoto, H. van Hoof, D. Meger, *Addressing function approximation error in actor-critic
#   methods*, arXiv 1802.09477.
# - H. van Hasselt, *Double Q-learning*, NeurIPS 2010.
# - Asked in public: which critic does the actor climb? AI4Finance-Foundation/ElegantRL #3,
#   DLR-RM/stable-baselines3 #1112, sfujim/TD3 #16.
