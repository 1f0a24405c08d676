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
# # 1. From DQN to DDPG
#
# **At the end you can say**
#
# - what a Bellman target is, and the one place in which four algorithms differ;
# - why a maximum over actions works on a cart and not on a robot;
# - how the maximum becomes an actor.

# %%
from page import BLUE, GREY, ORANGE, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import gymnasium as gym
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.dqn import GAMMA, train_dqn
from ddpg_tf.agents.targets import ddpg_targets, double_dqn_targets, dqn_targets, td3_targets
from ddpg_tf.strategies import get_strategy

# %% tags=["parameters"]
DQN_STEPS = 12_000

# %% [markdown]
# ## The idea
#
# $Q(s, a)$ is the sum of all rewards that follow if we take action $a$ in state $s$ and then
# continue, with the best action each time (DQN) or with the actor's (DDPG). Later rewards are
# discounted by $\gamma$. Nobody tells us this sum. But its first term is known: the reward that we
# just received. The rest is the value of the next state. So we can learn $Q$ from itself:
#
# $$y = r + \gamma\,(1 - \text{terminated})\; V(s')$$
#
# This $y$ is the **target**. The critic is moved towards it. If the task has ended, there is no
# next state, and its value counts as 0. (If only the time ran out, there would have been one. That
# is why environments distinguish `terminated` from `truncated`.)
#
# If $Q$ made its own targets, each step towards a target would move the target. So each *online*
# network, the one that learns, has a slow copy, its **target network**: $Q'$ for the critic $Q$,
# $\mu'$ for the actor $\mu$. The copies catch up now and then, or move a little after each update.
# The transitions to learn from, $(s, a, r, s')$ with `terminated`, are drawn from a store of the
# most recent ones, the **replay buffer**. Notebook 2 shows what target networks and replay buffer
# are good for.
#
# The targets of the four algorithms differ in one thing: what they use for $V(s')$.
#
# | | $V(s')$ | who chooses the action | who judges it |
# | --- | --- | --- | --- |
# | DQN | $\max_a Q'(s', a)$ | target network | target network |
# | Double DQN | $Q'(s', \arg\max_a Q(s', a))$ | online network | target network |
# | DDPG | $Q'(s', \mu'(s'))$ | target actor | target critic |
# | TD3 | $\min(Q'_1, Q'_2)$ at $\mu'(s') + $ noise | target actor | the more cautious of two |
#
# ## The targets, side by side
#
# Here is one made-up transition. Three actions are available in the next state.

# %%
rewards, terminated = tf.constant([1.0]), tf.constant([0.0])
gamma = 0.9
next_q = tf.constant([[2.0, 5.0, 4.0]])  # online network, three actions
next_target_q = tf.constant([[3.0, 2.5, 4.5]])  # target network
of_actor, of_second_critic = tf.constant([4.2]), tf.constant([3.1])  # at the actor's action

targets = {
    "DQN": dqn_targets(rewards, terminated, next_target_q, gamma),
    "Double DQN": double_dqn_targets(rewards, terminated, next_q, next_target_q, gamma),
    "DDPG": ddpg_targets(rewards, terminated, of_actor, gamma),
    "TD3": td3_targets(rewards, terminated, of_actor, of_second_critic, gamma),
}
table(
    ["", "target", "value of the next state in it"],
    [[name, float(y[0]), float((y[0] - rewards[0]) / gamma)] for name, y in targets.items()],
)

# %% [markdown]
# Find each number of the last column in the cell above. DQN took the target network's best value.
# Double DQN let the online network choose (its best is the middle action) and asked the target
# network what that action is worth. DDPG and TD3 have no list to choose from.
#
# Once the task has ended, all four give the same target:

# %%
ended = tf.constant([1.0])
at_the_end = {
    "DQN": dqn_targets(rewards, ended, next_target_q, gamma),
    "Double DQN": double_dqn_targets(rewards, ended, next_q, next_target_q, gamma),
    "DDPG": ddpg_targets(rewards, ended, of_actor, gamma),
    "TD3": td3_targets(rewards, ended, of_actor, of_second_critic, gamma),
}
table(["terminated", "target"], [[name, float(y[0])] for name, y in at_the_end.items()])

# %% [markdown]
# ## DQN at work
#
# A pole stands on a cart. There are two actions: push left and push right. One network has an
# output for each, and the larger output wins. We train both DQN and Double DQN, for a short while.

# %%
trained = {
    name: train_dqn(double=double, seed=0, total_steps=DQN_STEPS, eval_every=DQN_STEPS // 8)
    for name, double in (("DQN", False), ("Double DQN", True))
}

environment = gym.make("CartPole-v1")
environment.action_space.seed(0)


def random_episode(seed):
    environment.reset(seed=seed)
    over, steps = False, 0
    while not over:
        *_, terminated_now, truncated_now, _ = environment.step(environment.action_space.sample())
        over, steps = terminated_now or truncated_now, steps + 1
    return steps


random_return = np.mean([random_episode(seed) for seed in range(50)])

figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4))
axes[0].axhline(random_return, color=GREY, linestyle="--", label="random pushes")
for (name, result), colour in zip(trained.items(), (ORANGE, BLUE), strict=True):
    steps = [row["step"] for row in result.history]
    axes[0].plot(
        steps, [row["eval_return"] for row in result.history], "o-", color=colour, label=name
    )
    axes[1].plot(steps, [row["q"] for row in result.history], "o-", color=colour, label=name)
bound = 1 / (1 - GAMMA)
axes[1].axhline(bound, color=GREY, linestyle="--")
axes[1].text(DQN_STEPS, bound + 2, "no state is worth more", color=GREY, ha="right")
axes[0].set(
    xlabel="environment steps",
    ylabel="return",
    ylim=(0, 520),
    title="CartPole: how long the pole stands",
)
axes[1].set(xlabel="environment steps", ylabel="mean of max Q", title="What the network believes")
axes[0].legend()
axes[1].set_ylim(0, 118)
axes[1].legend(loc="upper left", bbox_to_anchor=(0, 0.82))
for axis in axes:
    axis.set_xticks([0, DQN_STEPS // 2, DQN_STEPS])
    axis.xaxis.set_major_formatter("{x:,.0f}")
show(
    figure,
    "Left, the return of DQN and of Double DQN over the steps of training: both leave the random "
    f"pushes' {random_return:.0f} behind. Right, what the networks believe: both estimates grow, "
    f"at most {max(row['q'] for result in trained.values() for row in result.history):.0f} where "
    f"{bound:.0f} is possible.",
)

# %% [markdown]
# Do the networks believe too much? The picture cannot tell. It shows the most that is possible, not
# what these policies will really earn. But there is a reason to expect that the networks do.

# %%
beliefs = [np.array([row["q"] for row in result.history]) for result in trained.values()]
apart = np.abs(np.subtract(*beliefs)).max()
say(
    f"The estimates of DQN and Double DQN are at most {apart:.0f} apart. CartPole has two actions; "
    "the next picture shows what their number does."
)

# %% [markdown]
# ## Why the maximum promises too much
#
# Values are estimates, and estimates err. The maximum picks the largest *error* along with the
# largest value. Suppose all true values are 0 and every estimate has a normally distributed error.
# Then everything that a target says is error.

# %%
rng = np.random.default_rng(0)
counts = np.array([1, 2, 3, 5, 10, 20, 50, 100])
single, double = [], []
for count in counts:
    target, online = rng.normal(size=(2, 20_000, count))
    single.append(target.max(axis=1).mean())
    double.append(target[np.arange(20_000), online.argmax(axis=1)].mean())

figure, axis = plt.subplots()
axis.semilogx(counts, single, "o-", color=ORANGE, label="DQN: one network chooses and judges")
axis.semilogx(counts, double, "o-", color=BLUE, label="Double DQN: another one judges")
axis.axhline(0, color=GREY, linewidth=0.8)
axis.set(
    xlabel="number of actions",
    ylabel="mean error\n(standard deviations of one estimate)",
    title="The maximum of noisy values is too high",
)
axis.legend()
show(
    figure,
    "The mean error over the number of actions. Where one network chooses and judges it grows, to "
    f"{single[-1]:.2f} standard deviations. Where another one judges it stays near zero.",
)

# %% [markdown]
# (The two networks err independently here. Real ones share their data, so Double DQN helps less.)
#
# ## Why the maximum must go
#
# A motor's torque is not chosen from a list. To take a maximum, one would have to try a grid of
# torques. With one motor, that is possible. With six, every combination of their torques is a point
# of the grid.

# %%
PER_MOTOR = 11
motors = np.arange(1, 8)
evaluations = PER_MOTOR ** motors.astype(float)
figure, axis = plt.subplots(figsize=(8.5, 3))
axis.semilogy(
    motors, evaluations, "o-", color=ORANGE, label=f"maximum over {PER_MOTOR} torques a motor"
)
axis.semilogy(motors, np.ones_like(evaluations), "o-", color=BLUE, label="asking an actor")
axis.set(
    xlabel="motors",
    ylabel="network evaluations\nfor one action",
    title="A grid explodes; an actor does not",
)
axis.legend()
show(
    figure,
    "Network evaluations for one action over the number of motors, on a logarithmic axis: a "
    f"straight line that ends at {evaluations[-1]:,.0f} for a grid, and 1 throughout for an actor.",
)

# %% [markdown]
# ## The maximum becomes an actor
#
# $Q$ is smooth in the action, so a nearby maximum can be reached by *climbing*. DDPG does not start
# a new climb in every state. It keeps a network $\mu(s)$ that remembers, for all states, where the
# climb has led so far, and moves it a step uphill now and then.
#
# Here is a $Q$ that we know: $Q(s, a) = -(a - \sin 2s)^2$. The best action is $\sin 2s$. The
# picture shows this hill from above. The crosses are the best actions of a grid. The lines are the
# actor.


# %%
def q_of(inputs):
    states, actions = inputs
    return -tf.square(actions - tf.sin(2 * states))


def best_of_grid(states):
    grid = np.linspace(-1, 1, PER_MOTOR)
    q = -((grid[None, :] - np.sin(2 * states)[:, None]) ** 2)
    return grid[q.argmax(axis=1)]


keras.utils.set_random_seed(0)
actor = keras.Sequential(
    [
        keras.Input((1,)),
        keras.layers.Dense(32, "tanh"),
        keras.layers.Dense(32, "tanh"),
        keras.layers.Dense(1, "tanh"),
    ]
)
optimizer = keras.optimizers.Adam(3e-3)
optimizer.build(actor.trainable_variables)
strategy = get_strategy("mean_q")


@tf.function(autograph=False)
def climb(key):
    states = tf.random.stateless_uniform((64, 1), key, -2.0, 2.0)
    return strategy.update(actor, q_of, optimizer, states)


line = np.linspace(-2, 2, 101, dtype=np.float32)
snapshots = {0: actor(line[:, None]).numpy()}
for update in range(1, 1001):
    climb(tf.constant([update, 0]))
    if update in (30, 150, 1000):
        snapshots[update] = actor(line[:, None]).numpy()

# %%
states, actions = np.meshgrid(line, np.linspace(-1.1, 1.1, 101))
figure, axis = plt.subplots(figsize=(8.5, 4.8))
heights = -((actions - np.sin(2 * states)) ** 2)
levels = -(np.linspace(2.2, 0, 23) ** 2)  # as many on the flat ridge as on the slopes
hill = axis.contourf(states, actions, heights, levels=levels, cmap="Greys_r", vmin=-8)
figure.colorbar(hill, label="$Q(s, a)$")
few = np.linspace(-2, 2, 25)
axis.plot(few, best_of_grid(few), "x", color="black", label="best of a grid")
shades = plt.cm.Oranges(np.linspace(0.45, 0.95, len(snapshots)))
for (update, values), colour in zip(snapshots.items(), shades, strict=True):
    axis.plot(line, values, color=colour, linewidth=2.5, label=f"actor, {update:,} updates")
axis.set(xlabel="state", ylabel="action", title="An actor climbs the hill in all states at once")
axis.grid(False)
axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, fontsize=9)
show(
    figure,
    "A landscape of Q over state and action, its ridge a sine curve. Crosses mark the best actions "
    "of a grid. Four lines are the actor: at first a nearly straight one that misses the ridge, "
    f"after {max(snapshots):,} updates one that follows it.",
)

# %% [markdown]
# ## The two updates, side by side
#
# The critic's regression is the same in both. What DDPG adds is three lines: an actor, its
# gradient, its step. The next notebook builds a whole agent from all this; the two after it are
# about the gradient.
#
# | | DQN | DDPG |
# | --- | --- | --- |
# | act | $\arg\max_a Q(s, a)$, sometimes random | $\mu(s)$ + noise |
# | remember | replay buffer | replay buffer |
# | target | $r + \gamma \max_a Q'(s', a)$ | $r + \gamma\, Q'(s', \mu'(s'))$ |
# | critic | towards the target | towards the target |
# | actor | none: look up the maximum | one step up $\frac1N\sum \frac{dQ}{da}\frac{da}{d\theta}$ |
# | target networks | $Q' \leftarrow Q$ now and then | $Q', \mu'$ follow, a share $\tau$ each time |
#
# ## What was seen

# %%
regrets = {
    "a grid": float(np.mean((best_of_grid(line) - np.sin(2 * line)) ** 2)),
    "the actor": float(np.mean((snapshots[1000][:, 0] - np.sin(2 * line)) ** 2)),
}
more = "That is more." if regrets["the actor"] > regrets["a grid"] else "That is less."
last = {name: result.history[-1] for name, result in trained.items()}
ends = [
    f"{name}: return {row['eval_return']:.0f}, mean of max Q {row['q']:.0f}"
    for name, row in last.items()
]
above = [name for name, row in last.items() if row["q"] > bound]
verdict = (
    f"{' and '.join(above)} estimated more than the possible {bound:.0f}"
    if above
    else f"neither estimated more than the possible {bound:.0f}"
)
say(f"""
- CartPole under random pushes: {random_return:.0f} steps. After {DQN_STEPS:,} steps of learning,
  {"; ".join(ends)}. At the end {verdict}.
- With {counts[-1]} actions the maximum of pure noise is {single[-1]:.2f} standard deviations on
  average, judged by another network {double[-1]:+.3f}.
- Six motors with {PER_MOTOR} torques each have {PER_MOTOR**6:,} combinations.
- On a known hill a grid of {PER_MOTOR} actions lost {regrets["a grid"]:.4f} of value on average,
  the actor after {max(snapshots):,} updates {regrets["the actor"]:.4f}. {more} The grid asks $Q$
  {PER_MOTOR} times in each state, and is wrong by its own coarseness. The actor is asked once, and
  one network of {actor.count_params():,} weights has to serve all states.
""")

# %% [markdown]
# ## Exercises
#
# **1. Double.** Below is somebody's Double DQN target. It runs, it learns, and it is not Double
# DQN. The check compares it with `ddpg_tf.agents.targets`.


# %%
def my_double_dqn(rewards, terminated, next_q, next_target_q, gamma):
    best = tf.argmax(next_target_q, axis=-1)
    value = tf.gather(next_q, best, axis=-1, batch_dims=1)
    return rewards + gamma * (1 - terminated) * value


def check_double(candidate):
    q, late = (tf.constant(rng.normal(size=(50, 4)), tf.float32) for _ in range(2))
    r, over = tf.constant(rng.normal(size=50), tf.float32), tf.constant(rng.random(50) < 0.3)
    over = tf.cast(over, tf.float32)
    found, right = (f(r, over, q, late, 0.9).numpy() for f in (candidate, double_dqn_targets))
    wrong = ~np.isclose(found, right, atol=1e-5)
    if not wrong.any():
        return "Right, in all fifty."
    swapped = double_dqn_targets(r, over, late, q, 0.9).numpy()
    why = (
        " The two networks have changed places: who should choose?"
        if np.allclose(found, swapped, atol=1e-5)
        else ""
    )
    return f"Not yet: {wrong.sum()} of {len(found)} targets are wrong.{why}"


say(check_double(my_double_dqn))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The online network chooses, the target network judges.
#
# ```python
# def my_double_dqn(rewards, terminated, next_q, next_target_q, gamma):
#     best = tf.argmax(next_q, axis=-1)
#     value = tf.gather(next_target_q, best, axis=-1, batch_dims=1)
#     return rewards + gamma * (1 - terminated) * value
# ```
#
# </details>
#
# **2. The time was up.** Somebody stores `terminated or truncated` as the end of the task. Take a
# task that gives a reward of 1 at every step for ever, with a limit on the steps of an episode, and
# a critic that cannot see the time: it learns one value for all steps. What does that value become?
# (How often is the next state's value missing from its target?) Predict it, run the check, then
# mend the function.


# %%
def is_over(step, limit):
    """Was the task over after this step, or only the time?"""
    return step == limit - 1


def check_the_end(is_over, limit=200, gamma=0.99, backups=3_000):
    over, value = np.array([bool(is_over(step, limit)) for step in range(limit)]), 0.0
    for _ in range(backups):
        value = np.mean(1 + gamma * (1 - over) * value)
    true = 1 / (1 - gamma)
    if abs(value - true) < 0.1:
        return f"Right: a value of {value:.0f}, which is what 1 in every step for ever is worth."
    return f"Not yet: a value of {value:.1f} is learned; 1 in every step for ever is {true:.0f}."


say(check_the_end(is_over))

# %% [markdown]
# <details><summary>Solution</summary>
#
# In one of every `limit` steps the target is 1 instead of $1 + \gamma V$, so the value solves
# $V = 1 + \gamma\,(1 - 1/\text{limit})\,V$: too low, here by a third. The task is never over. Only
# the time is, and that does not concern the target.
#
# ```python
# def is_over(step, limit):
#     return False
# ```
#
# </details>
#
# **3. An actor in the target.** DDPG's target asks the *target* actor and the *target* critic; the
# actor's own update asks neither. Somebody used the target critic in the actor's update too. What
# does `diagnose` say?

# %%
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations, target_critic):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        q = target_critic([observations, actor(observations, training=True)])
        loss = -tf.reduce_mean(q)
    return tape.gradient(loss, theta)


print(diagnose(my_gradients))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The actor asks the online critic, which knows best which way is up. The target critic is only for
# the critic's target.
#
# ```python
# def my_gradients(actor, critic, observations, target_critic):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         q = critic([observations, actor(observations, training=True)])
#         loss = -tf.reduce_mean(q)
#     return tape.gradient(loss, theta)
# ```
#
# </details>
#
# ## Sources
#
# - V. Mnih et al., *Human-level control through deep reinforcement learning*, Nature 518, 2015. H.
#   van Hasselt et al., *Deep reinforcement learning with double Q-learning*, arXiv 1509.06461.
# - T. Lillicrap et al., arXiv 1509.02971, algorithm 1. S. Fujimoto et al., arXiv 1802.09477.
# - Asked in public: which target, DQN's, Double DQN's or DDPG's? A slide in ahoereth/ddpg.
#   Time-limit endings treated as terminal: openai/baselines #436.
