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
# # 7. Normalisation, saturation and inverting gradients
#
# **At the end you can say**
#
# - why an action goes to its bound and is slow to come back;
# - what small last layers, normalised inputs and inverting gradients each do about it;
# - which flag batch norm needs where and why, and what layer norm does without one.

# %%
from page import RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import keras
import numpy as np
import tensorflow as tf
from pictures import saturation as draw

from ddpg_tf.networks.build import build_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.transforms import inverting_gradients

# %% tags=["parameters"]
PUSHES = 300

# %% [markdown]
# ## The idea
#
# The critic's slope reaches the weights through the tanh. The tanh multiplies it by its own slope,
# $1 - \tanh^2 z$. Where the action is at its bound, that factor is nearly zero. The critic may
# shout; the actor hears a whisper.

# %%
EDGE = 3
show(
    draw.tanh_and_slope(EDGE),
    "The tanh is steep in the middle and flat at both ends. Its slope is a bump of height 1; in "
    f"the grey, beyond {EDGE} on either side, at most {1 - np.tanh(EDGE) ** 2:.1%} of it is left.",
)

# %%
table(
    ["$z$", "action", "what is left of $dQ/da$ (float32)"],
    [
        [f"{z:g}", f"{float(tf.tanh(z)):.6f}", f"{float(1 - tf.tanh(z) ** 2):.2g}"]
        for z in map(tf.constant, (1.0, 2.0, 5.0, 10.0))
    ],
)

# %% [markdown]
# In float32 the factor in the last row is not just small. It is zero: the number nearest to that
# tanh is 1 itself. A weight behind it hears nothing from the critic, at least in that state.
#
# ## How does an action get there?
#
# **Through raw inputs.** A state with large numbers makes $z$ large before anything has been
# learned. Below, new actors with Keras's usual initial weights look at states of growing size.


# %%
def new_actor(last_layer_limit=None, squash="tanh", seed=0):
    """mu: [B, 4] -> [B, 1]. last_layer_limit: bound of the last kernel; None for Keras's own."""
    glorot = keras.initializers.GlorotUniform
    last = glorot(seed + 1)
    if last_layer_limit is not None:
        last = keras.initializers.RandomUniform(-last_layer_limit, last_layer_limit, seed=seed + 1)
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(32, "relu", kernel_initializer=glorot(seed)),
            keras.layers.Dense(1, squash, kernel_initializer=last),
        ]
    )


BEYOND, SMALL = 0.99, 3e-3


def saturated(actor, scale):
    states = scale * tf.random.stateless_normal((500, 4), (1, 2))
    return float(np.mean(np.abs(actor(states)) > BEYOND))


scales = np.logspace(-1, 3, 17)
usual = [np.mean([saturated(new_actor(seed=seed), x) for seed in (0, 10, 20)]) for x in scales]
small = [
    np.mean([saturated(new_actor(SMALL, seed=seed), x) for seed in (0, 10, 20)]) for x in scales
]
show(
    draw.new_actors(scales, usual, small, SMALL, BEYOND),
    f"The share of saturated actions over the size of the states. With the usual last layer it "
    f"rises from {usual[0]:.0%} to {usual[-1]:.0%}; with small weights there it stays at "
    f"{small[0]:.0%} for a hundred times larger states, and ends at {small[-1]:.0%}.",
)

# %% [markdown]
# **Through a critic that pushes.** Early on, a critic is often simply wrong, and wrong in the same
# direction everywhere. It pushes all actions to one side. Later it changes its mind. Can the actor
# come back? We act this out: a critic $Q = a$ for a while, then $Q = -a$.


# %%
RAW, PATIENCE = 100, 5


def push_and_turn(actor, scale=1.0, transform=None, pushes=PUSHES):
    """Return the mean action after each update; the critic turns after `pushes` updates."""
    strategy = get_strategy("mean_q", transform)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(actor.trainable_variables)
    tests = scale * tf.random.stateless_normal((500, 4), (0, 1))

    @tf.function(autograph=False)
    def update(key, direction):
        states = scale * tf.random.stateless_normal((64, 4), key)
        strategy.update(actor, lambda inputs: direction * inputs[1], optimizer, states)
        return tf.reduce_mean(actor(tests))

    means = []
    for index in range((1 + PATIENCE) * pushes):
        direction = 1.0 if index < pushes else -1.0
        means.append(float(update(tf.constant([index, 1]), tf.constant(direction))))
        if index > pushes and means[-1] < -0.5:
            break
    return np.array(means)


invert = inverting_gradients([-1.0], [1.0])
cases = {
    f"raw states ({RAW} times)": push_and_turn(new_actor(), scale=float(RAW)),
    "normalised states": push_and_turn(new_actor()),
    "normalised states, small last layer": push_and_turn(new_actor(SMALL)),
    "the same, inverting gradients in place of the tanh": push_and_turn(
        new_actor(SMALL, squash=None), transform=invert
    ),
}


# %%
def way_back(means):
    """Updates from the turn until the mean action is negative, in lengths of the push."""
    below = np.nonzero((np.arange(len(means)) > PUSHES) & (means < 0))[0]
    return (below[0] - PUSHES) / PUSHES if len(below) else np.inf


back = {name: way_back(means) for name, means in cases.items()}
show(
    draw.there_and_back(cases, PUSHES),
    "The mean action over updates, four cases. All rise to the upper bound while the critic pushes "
    "and come back after it has turned. The way back, in lengths of the push: "
    + "; ".join(f"{name} {needed:.2f}" for name, needed in back.items()),
)

rows = []
for name, means in cases.items():
    text = f"{back[name]:.2f}" if np.isfinite(back[name]) else f"not within {PATIENCE}"
    rows.append([name, f"{means[PUSHES - 1]:.4f}", text])
table(["case", "mean action at the turn", "way back (lengths of the push)"], rows)
_, usual_way, small_way, _ = back.values()
say(
    "A small last layer keeps *new* actions away from the bounds. It does not help an action that "
    f"was pushed there: {small_way:.2f} lengths with it, {usual_way:.2f} without."
)

# %% [markdown]
# ## Inverting gradients
#
# Hausknecht and Stone do without a tanh. The actor's output is linear, and $dQ/da$ is scaled by the
# room that is left in the direction in which it points:
#
# $$\frac{dQ}{da} \cdot \begin{cases}
# (a_{max} - a) / (a_{max} - a_{min}) & \text{if it wants more}\\
# (a - a_{min}) / (a_{max} - a_{min}) & \text{if it wants less}\end{cases}$$

# %%
actions = np.linspace(-1.4, 1.4, 281).astype(np.float32)[:, None]
factors = {
    wish: (invert(tf.fill(actions.shape, sign), tf.constant(actions)) / sign).numpy()
    for wish, sign in (("more", 1.0), ("less", -1.0))
}
show(
    draw.factors(actions, factors),
    "What dQ/da is multiplied by, over the action. Under a tanh: a bump that is zero at both "
    "bounds. With inverting gradients: a straight line, 1 at the far bound, 0 at the bound that is "
    "pushed to, negative beyond.",
)

# %% [markdown]
# There are two things to see. A tanh's factor, $1 - a^2$, vanishes at *both* bounds for *both*
# wishes. The factor of inverting gradients vanishes only where the critic pushes outwards; the way
# back is open, at the bound with full strength. And beyond the bound it turns negative: an action
# that got out is pulled back in.
#
# ## Normalise the states
#
# Raw states are one cause, and one that can be removed. Three ways of doing so are in use.
#
# **Running moments.** Keep the mean and variance of all states ever seen; subtract, divide, clip.
# Nothing is trained. (OpenAI's baselines.)
#
# **Batch norm.** Subtract the mean of *this batch*, divide by its standard deviation, and keep
# running averages of both for later. It behaves differently when training and when acting, hence
# its flag.
#
# **Layer norm.** Subtract the mean *of one sample over its features* and divide by their standard
# deviation. No flag, nothing to keep.

# %%
rng = np.random.default_rng(0)
units = np.array([0.05, 1.0, 20.0, 300.0], np.float32)
raw = (rng.normal(size=(64, 4)) * units + np.array([0, 5, -40, 1000])).astype(np.float32)

batch_norm, layer_norm = keras.layers.BatchNormalization(), keras.layers.LayerNormalization()
views = {
    "raw": raw,
    "running moments (of this batch)": np.clip((raw - raw.mean(0)) / raw.std(0), -5, 5),
    "batch norm, training=True": batch_norm(raw, training=True).numpy(),
    "batch norm, training=False": batch_norm(raw, training=False).numpy(),
    "layer norm": layer_norm(raw).numpy(),
}
table(
    ["mean ± standard deviation of", *[f"feature {i}" for i in range(4)]],
    [
        [name, *[f"{x[:, i].mean().round(2) + 0:,.2f} ± {x[:, i].std():,.2f}" for i in range(4)]]
        for name, x in views.items()
    ],
)
variance, epsilon = raw[:, 0].var(), batch_norm.epsilon
say(
    "Batch norm in training mode leaves feature 0 with a standard deviation of "
    f"{views['batch norm, training=True'][:, 0].std():.3f}, not 1. Keras adds epsilon = {epsilon} "
    f"to every variance, and this one is only {variance:.4f}: the root of the quotient is "
    f"{np.sqrt(variance / (variance + epsilon)):.3f}."
)

# %% [markdown]
# Look at batch norm with `training=False`, after one batch: its running averages have hardly begun
# to move. A network whose flag is never set stays there for ever, and normalises nothing. Layer
# norm gives each *row* a mean of 0; with features in such different units, the feature with the
# largest numbers decides everything. Layer norm is meant for the hidden layers.

# %%
batch_norm = keras.layers.BatchNormalization()
asleep = keras.layers.BatchNormalization()
learned = {"flag set": [], "flag never set": []}
for _ in range(600):
    batch = (rng.normal(size=(64, 4)) * units).astype(np.float32)
    batch_norm(batch, training=True)
    asleep(batch, training=False)
    for name, layer in zip(learned, (batch_norm, asleep), strict=True):
        learned[name].append(float(np.sqrt(layer.moving_variance[2])))

show(
    draw.learned_moments(learned, units[2]),
    "The standard deviation that a batch norm has learned, over batches. With its flag it rises to "
    f"{learned['flag set'][-1]:.1f}, near the true {units[2]:.0f}; without it, it stays at "
    f"{learned['flag never set'][-1]:.0f}.",
)

# %% [markdown]
# Which flag belongs where? In this library:
#
# | call | flag | reason |
# | --- | --- | --- |
# | the actor, in its own update | `True` | it learns |
# | the critic, in its own update | `True` | it learns |
# | the critic, in the actor's update | `False` | nothing in it may change, see also below |
# | the target critic, in the Bellman target | `True` | its noise cancels, see below |
# | the target actor, in the Bellman target | `False` | it acts, as the agent does |
# | the actor, acting | `False` | a batch of one state has no standard deviation |
#
# The third flag has one more reason. In training mode, a batch norm behind the action mixes the
# samples: each action moves the batch's moments, and with them every other sample's $Q$. Row $i$ of
# the computed $dQ/da$ would no longer be $dQ_i/da_i$.
#
# The flags of the two target networks are this library's choice; others have chosen differently.
#
# ## Both sides of the Bellman error
#
# The **Bellman error** is what the critic learns from: the target minus $Q(s, a)$.
#
# A target network is only asked for values. So why `True`? Because a batch's moments are noisy. The
# mean of 64 numbers is typically off by an eighth of their standard deviation, and in training mode
# $Q$ moves with it. We ask a critic with batch norm about one state and about its successor, in
# many batches.

# %%
critic = build_critic(3, 1, (64, 64), "batch", action_layer=1)
normal = np.random.default_rng(1).normal
# larger kernels, as if it had learned something; biases and batch norm stay as they are
critic.set_weights([normal(size=w.shape) if w.ndim == 2 else w for w in critic.get_weights()])


def batch_of_states():
    """64 states and their successors, 0.1 standard deviations away; the first never changes."""
    states, steps = normal(size=(64, 3)), 0.1 * normal(size=(64, 3))
    states[0], steps[0] = 0.5, 0.1
    return np.float32(states), np.float32(states + steps)


def values_of_first(states, training):
    q = critic([states, np.zeros((64, 1), np.float32)], training=training)
    return float(q[0, 0])


for _ in range(500):  # the moving moments settle
    values_of_first(batch_of_states()[0], training=True)
seen = {True: [], False: []}
for _ in range(300):
    states, following = batch_of_states()
    now = values_of_first(states, training=True)
    for mode, pairs in seen.items():
        pairs.append((now, values_of_first(following, training=mode)))
seen = {mode: np.array(pairs) for mode, pairs in seen.items()}

noise = {mode: float(np.std(pairs[:, 1] - pairs[:, 0])) for mode, pairs in seen.items()}
alone = float(np.std(seen[True][:, 0]))

# %%
show(
    draw.both_sides(seen),
    "The target's Q of the next state over Q of a state, a dot a batch. With training=True the "
    "dots lie along a rising line: both move together. With training=False they lie in a level "
    "band: one moves, the other hardly does.",
)
say(f"""
From batch to batch $Q(s, a)$ alone has a standard deviation of {alone:.2f}. The critic learns from
the difference $Q'(s', a') - Q(s, a)$. It has a standard deviation of {noise[False]:.2f} if the
target is in inference mode, and of {noise[True]:.2f} if it is in training mode: a state and the
next are normalised by batches that lean the same way.
""")

# %% [markdown]
# Does this matter to an agent? Here is Lillicrap's, with batch norm on Pendulum-v1, from
# `results/presets`:

# %%
study = json.loads((RESULTS / "presets" / "data.json").read_text())
kinds = {
    "training=True": study["presets"],
    "training=False": study["moving_moments"],
    "no batch norm": study["without_batch_norm"],
}
reached = {
    kind: np.array([run["return"] for run in members["lillicrap"]["runs"]])
    for kind, members in kinds.items()
}
table(
    ["target critic", "return at the end, mean over seeds", "worst seed", "best seed"],
    [
        [kind, *(f"{x:.0f}" for x in (runs.mean(), runs.min(), runs.max()))]
        for kind, runs in reached.items()
    ],
)


# %%
def against(ours, theirs):
    """Compare the returns of two groups of seeds."""
    if ours.min() > theirs.max():
        return "better than every seed of"
    if ours.max() < theirs.min():
        return "worse than every seed of"
    return "within the seeds' spread of"


batch, moving, without = reached.values()
say(f"""
There are {len(batch)} seeds of the first and {len(moving)} of each of the others. Those with
`training=True` are {against(batch, moving)} the agent with `training=False`. Without batch norm
they are {against(without, batch)} the first and {against(without, moving)} the second.
""")

# %% [markdown]
# ## What was seen

# %%
quickest = min(back, key=back.get)


def slope_at(z):
    return float(1 - tf.tanh(tf.constant(z)) ** 2)


stuck = [name for name, needed in back.items() if not np.isfinite(needed)]
fate = (
    f"did not come back within {PATIENCE}: {', '.join(stuck)}"
    if stuck
    else f"all came back within {PATIENCE}"
)
say(f"""
- A tanh lets through, in float32, {slope_at(5.0):.2g} of the slope at $z = 5$, and exactly
  {slope_at(10.0):g} of it at $z = 10$.
- With states of standard deviation {scales[-5]:.0f}, {usual[-5]:.0%} of a new actor's actions are
  beyond {BEYOND}; with a small last layer {small[-5]:.0%}.
- After a push of {PUSHES} updates the way back took, in lengths of the push:
  {"; ".join(f"{name}: {needed:.2f}" for name, needed in back.items() if np.isfinite(needed))};
  {fate}. The quickest was "{quickest}".
- A target critic in training mode let into the Bellman error {noise[True] / noise[False]:.0%} of
  the noise that one in inference mode did. The agents came to {batch.mean():.0f} and
  {moving.mean():.0f} (means of {len(batch)} and {len(moving)} seeds; the first is
  {against(batch, moving)} the second), an agent without batch norm to {without.mean():.0f}.
- Batch norm without its flag still had a standard deviation of {learned["flag never set"][-1]:.0f}
  after {len(learned["flag set"])} batches; with it, {learned["flag set"][-1]:.1f} (true:
  {units[2]:.0f}).
""")

# %% [markdown]
# ## Exercises
#
# **1. Invert.** Below is a transform as somebody wrote it. The check tries it at the upper bound,
# then compares it with the library's on random actions. What is swapped?


# %%
def my_inverting(dq_da, actions, low=-1.0, high=1.0):
    room = tf.where(dq_da > 0, actions - low, high - actions)
    return dq_da * room / (high - low)


def check_inverting(candidate):
    at_top = candidate(tf.constant([[2.0]]), tf.constant([[1.0]])).numpy().item()
    if at_top != 0:
        return f"Not yet: at the upper bound a push outwards should vanish; yours is {at_top:g}."
    dq_da = tf.constant(rng.normal(size=(50, 1)), tf.float32)
    actions = tf.constant(rng.uniform(-1.2, 1.2, size=(50, 1)), tf.float32)
    apart = float(tf.reduce_max(tf.abs(candidate(dq_da, actions) - invert(dq_da, actions))))
    return "Right." if apart < 1e-6 else f"Not yet: up to {apart:.2g} away from equation 11."


say(check_inverting(my_inverting))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The two rooms. A critic that wants more needs the room above the action.
#
# ```python
# def my_inverting(dq_da, actions, low=-1.0, high=1.0):
#     room = tf.where(dq_da > 0, high - actions, actions - low)
#     return dq_da * room / (high - low)
# ```
#
# </details>
#
# **2. Take away the tanh's factor.** Somebody found saturation annoying and wrote the gradient with
# respect to what goes *into* the tanh. What will `diagnose` say? Guess, then run the cell.

# %% jupyter={"outputs_hidden": true}
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations):
    before_tanh = keras.Model(actor.inputs, actor.get_layer("pre_tanh").output)
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        z = before_tanh(observations, training=True)
    actions = actor(observations, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(actions)
        q = critic([observations, actions])
    dq_da = critic_tape.gradient(q, actions)
    summed = tape.gradient(z, theta, output_gradients=-dq_da)
    return [gradient / len(observations) for gradient in summed]


print(diagnose(my_gradients))

# %% [markdown]
# Why is this no cure? Try it: with $Q = \pm a$, such a gradient moves $z$ as if there were no tanh.
# `push_and_turn(new_actor(SMALL, squash=None))` does this; it returns the mean $z$ after each
# update. How large does $z$ get, and how large with `pushes=2 * PUSHES`? What does an action gain
# beyond $z = 5$? What does the way back cost? (The factor was a brake, too.)
#
# <details><summary>Solution</summary>
#
# `diagnose` says "pre tanh". The right gradient differentiates the action, not $z$:
#
# ```python
# def my_gradients(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         actions = actor(observations, training=True)
#     with tf.GradientTape() as critic_tape:
#         critic_tape.watch(actions)
#         q = critic([observations, actions])
#     dq_da = critic_tape.gradient(q, actions)
#     summed = tape.gradient(actions, theta, output_gradients=-dq_da)
#     return [gradient / len(observations) for gradient in summed]
# ```
#
# Without the factor nothing slows $z$ down. In twice the updates it gets about four times as far,
# where the action gains next to nothing. The way back then takes longer than the push did. With the
# factor it was shorter than the push.
#
# ```python
# for pushes in (PUSHES, 2 * PUSHES):
#     z = push_and_turn(new_actor(SMALL, squash=None), pushes=pushes)
#     print(f"z at the turn: {z[pushes - 1]:.1f}")
#     print(f"the action gained beyond z = 5: {np.tanh(z[pushes - 1]) - np.tanh(5):.5f}")
#     print(f"way back, in lengths of the push: {np.sum(z[pushes:] > 0) / pushes:.2f}")
# ```
#
# </details>
#
# **3. Both at once** (to try). In `ddpg-tf train`, the option for inverting gradients is
# `--action-gradient invert`, but the actor keeps its tanh there, so that the two factors multiply.
# What remains of the advantage? Take `means = push_and_turn(new_actor(SMALL), transform=invert)`,
# then look at `way_back(means)`, and at `means[PUSHES - 1]` to see where the push had led.
#
# <details><summary>Solution</summary>
#
# Most of it. The way back is longer than without the tanh, but still far shorter than with the tanh
# alone. Besides, the two brakes together keep the action further from its bound.
#
# ```python
# means = push_and_turn(new_actor(SMALL), transform=invert)
# print(f"way back: {way_back(means):.2f}; mean action at the turn: {means[PUSHES - 1]:.3f}")
# print({name: round(float(needed), 2) for name, needed in back.items()})
# ```
#
# </details>
#
# **4. On a pendulum** (to try). Train with `--strategy mean_q` and with each kind of
# `--normalization`; put the curves together with `ddpg-tf plot`.
#
# <details><summary>Solution</summary>
#
# Each kind needs a directory of its own. With three seeds each:
#
# ```
# for kind in none layer batch; do
#     ddpg-tf train --strategy mean_q --normalization $kind --run-dir runs/$kind \
#         --seeds 0-2 --total-steps 6000
# done
# ddpg-tf plot runs
# ```
#
# In our runs, layer norm came out best on average, and for the other two kinds, the seeds were
# further apart than the means. Three seeds of so short a training cannot rank any of them. A kind
# that is *broken* would show: see `training=False` in the table above.
#
# </details>
#
# ## Sources
#
# - T. Lillicrap et al., arXiv 1509.02971, section 7: last layers within $\pm 3 \cdot 10^{-3}$, and
#   which layers have batch norm.
# - M. Hausknecht and P. Stone, *Deep reinforcement learning in parameterized action space*, arXiv
#   1511.04143, equation 11.
# - S. Ioffe and C. Szegedy, *Batch normalization*, arXiv 1502.03167. J. Ba, J. Kiros, G. Hinton,
#   *Layer normalization*, arXiv 1607.06450. Running moments: OpenAI, openai/baselines.
# - Asked in public: the action goes to its bound and stays: floodsung/DDPG #6, #17,
#   yanpanlau/DDPG-Keras-Torcs #16, rmst/ddpg #9. Batch norm that never trains: pemami4911/deep-rl
#   #17, keras-team/keras-io #198. Which flag where: openai/spinningup #4.
