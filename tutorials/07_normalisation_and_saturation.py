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
from page import BLUE, GREEN, GREY, ORANGE, PINK, RESULTS, begin, say, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

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
z = np.linspace(-6, 6, 301)
figure, axis = plt.subplots()
axis.plot(z, np.tanh(z), color=BLUE, linewidth=2.5, label="action $\\tanh z$")
axis.plot(z, 1 - np.tanh(z) ** 2, color=ORANGE, linewidth=2.5, label="its slope $1 - \\tanh^2 z$")
axis.axvspan(-6, -EDGE, color="0.93")
axis.axvspan(EDGE, 6, color="0.93")
axis.text(4.5, -0.5, "saturated", ha="center")
axis.text(-4.5, 0.5, "saturated", ha="center")
axis.set(
    xlabel="$z$, before the tanh",
    title=f"In the grey at most {1 - np.tanh(EDGE) ** 2:.1%} of the gradient comes through",
)
axis.legend(loc="lower right", bbox_to_anchor=(0.72, 0.05))
plt.show()

# %%
table(
    ["$z$", "action", "what is left of $dQ/da$ (float32)"],
    [
        [x, float(tf.tanh(tf.constant(x))), f"{float(1 - tf.tanh(tf.constant(x)) ** 2):.2g}"]
        for x in (1.0, 2.0, 5.0, 10.0)
    ],
)

# %% [markdown]
# In float32 the factor is not small at the end. It is zero. A weight behind it will never hear of
# the critic again, at least from that state.
#
# ## How does an action get there?
#
# **By raw inputs.** A state of large numbers makes a large $z$ before anything was learned. Below,
# new actors with Keras's usual initial weights look at states of growing size.


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
figure, axis = plt.subplots()
axis.semilogx(scales, 100 * np.array(usual), "o-", color=ORANGE, label="usual last layer")
axis.semilogx(
    scales,
    100 * np.array(small),
    "o-",
    color=BLUE,
    label=f"last layer within $\\pm${SMALL:g}",
)
axis.set(
    xlabel="standard deviation of the states",
    ylabel=f"actions beyond {BEYOND} (%)",
    title="Saturated before the first update",
)
axis.legend()
plt.show()

# %% [markdown]
# **By a critic that pushes.** Early on a critic is often simply wrong, and wrong in the same
# direction everywhere. It pushes all actions to one side. Later it changes its mind. Can the actor
# come back? We play that: a critic $Q = a$ for a while, then $Q = -a$.


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
    f"raw states ({RAW} times)": (ORANGE, push_and_turn(new_actor(), scale=float(RAW))),
    "normalised states": (PINK, push_and_turn(new_actor())),
    "... and a small last layer": (BLUE, push_and_turn(new_actor(SMALL))),
    "... inverting gradients, no tanh": (
        GREEN,
        push_and_turn(new_actor(SMALL, squash=None), transform=invert),
    ),
}

# %%
figure, axis = plt.subplots(figsize=(9.5, 4.2))
for name, (colour, means) in cases.items():
    axis.plot(np.arange(len(means)) / PUSHES, means, color=colour, linewidth=2.2, label=name)
axis.axvline(1, color=GREY, linestyle="--")
axis.text(1.03, 1.12, "the critic turns", color=GREY)
axis.axhline(0, color=GREY, linewidth=0.8)
axis.set(
    xlabel="updates, in lengths of the push",
    ylabel="mean action",
    ylim=(-0.7, 1.3),
    title="Pushed to the bound, then called back",
)
axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=4, fontsize=9)
plt.show()


# %%
def way_back(means):
    below = np.nonzero((np.arange(len(means)) > PUSHES) & (means < 0))[0]
    return (below[0] - PUSHES) / PUSHES if len(below) else np.inf


rows = []
for name, (_, means) in cases.items():
    needed = way_back(means)
    text = f"{needed:.2f}" if np.isfinite(needed) else f"not within {PATIENCE}"
    rows.append([name, float(means[PUSHES - 1]), text])
table(["case", "mean action at the turn", "way back (lengths of the push)"], rows)
usual_way, small_way = (way_back(means) for _, means in list(cases.values())[1:3])
say(
    "A small last layer keeps *new* actions away from the bounds. It does not help an action that "
    f"was pushed there: {small_way:.2f} lengths with it, {usual_way:.2f} without."
)

# %% [markdown]
# ## Inverting gradients
#
# Hausknecht and Stone's idea does without a tanh. The actor's output is linear, and $dQ/da$ is
# scaled by the room that is left in the direction where it points:
#
# $$\frac{dQ}{da} \cdot \begin{cases}
# (a_{max} - a) / (a_{max} - a_{min}) & \text{if it wants more}\\
# (a - a_{min}) / (a_{max} - a_{min}) & \text{if it wants less}\end{cases}$$

# %%
actions = np.linspace(-1.4, 1.4, 281).astype(np.float32)[:, None]
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.3), sharey=True)
for axis, sign, wish in zip(axes, (1.0, -1.0), ("more", "less"), strict=True):
    wanted = tf.fill(actions.shape, sign)
    factor = invert(wanted, tf.constant(actions)) / wanted
    axis.plot(actions, factor, color=GREEN, linewidth=2.5, label="inverting")
    inside = np.abs(actions) <= 1
    axis.plot(actions[inside], 1 - actions[inside] ** 2, color=ORANGE, linestyle="--", label="tanh")
    axis.axvspan(1, 1.4, color="0.93")
    axis.axvspan(-1.4, -1, color="0.93")
    axis.axhline(0, color=GREY, linewidth=0.8)
    axis.set(xlabel="action", title=f"the critic wants {wish}")
axes[0].set_ylabel("$dQ/da$ is multiplied by")
axes[1].legend()
plt.show()

# %% [markdown]
# Two things to see. A tanh's factor vanishes at *both* bounds for *both* wishes. The inverting one
# vanishes only where the critic pushes outwards; the way back is open, at the bound with full
# strength. And beyond the bound it turns negative: an action that got out is pulled in.
#
# ## Normalise the states
#
# Raw states are one cause, and one that can be taken away. Three ways are in use.
#
# **Running moments.** Keep mean and variance of every state ever seen, subtract, divide, clip.
# Nothing is trained. (OpenAI's baselines.)
#
# **Batch norm.** Subtract the mean of *this batch*, divide by its standard deviation, and keep
# running averages of both for later. It behaves differently in training and in acting, hence its
# flag.
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
    "running moments, here of this batch alone": np.clip((raw - raw.mean(0)) / raw.std(0), -5, 5),
    "batch norm, training=True": batch_norm(raw, training=True).numpy(),
    "batch norm, training=False": batch_norm(raw, training=False).numpy(),
    "layer norm": layer_norm(raw).numpy(),
}
table(
    ["one batch, four features", *[f"feature {i}: mean, standard deviation" for i in range(4)]],
    [
        [name, *[f"{x[:, i].mean():.3g}, {x[:, i].std():.3g}" for i in range(4)]]
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
# norm makes each *row* have mean 0; with features of such different units, the largest unit decides
# everything. It is meant for the hidden layers.

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

figure, axis = plt.subplots()
axis.axhline(units[2], color=GREY, linestyle="--", label="true standard deviation")
axis.plot(learned["flag set"], color=BLUE, linewidth=2.5, label="training=True")
axis.plot(learned["flag never set"], color=ORANGE, linewidth=2.5, label="training=False, always")
axis.set(
    xlabel="batches",
    ylabel="standard deviation that the layer\nhas learned",
    title="Batch norm learns its moments only while its flag is set",
)
axis.legend(loc="center right")
plt.show()

# %% [markdown]
# Which flag where? In this library:
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
# The third has one more reason. In training mode a batch norm behind the action mixes the samples:
# each action moves the batch's moments, and with them every other sample's $Q$. Row $i$ of the
# computed $dQ/da$ would no longer be $dQ_i/da_i$.
#
# The two flags of the targets are this library's choice; others have chosen otherwise.
#
# ## Both sides of the Bellman error
#
# A target network is only asked for values. So why `True`? Because a batch's moments are noise. The
# mean of 64 numbers is off by an eighth of their standard deviation, and in training mode $Q$ moves
# with it.
# We ask a critic with batch norm about one state and about the one that follows, in many batches.

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

# %%
figure, axis = plt.subplots(figsize=(6.5, 4.6))
axis.plot(*seen[True].T, "o", color=BLUE, alpha=0.5, label="target with training=True")
axis.plot(*seen[False].T, "o", color=ORANGE, markersize=4, label="target with training=False")
axis.set(
    xlabel="$Q(s, a)$, training=True, as it must be to learn",
    ylabel="$Q'(s', a')$",
    title="One state and the next, in 300 batches",
)
axis.legend(loc="upper left")
plt.show()

# %%
noise = {mode: float(np.std(pairs[:, 1] - pairs[:, 0])) for mode, pairs in seen.items()}
cancelled = float(np.std(seen[True][:, 0]))
say(f"""
$Q(s, a)$ alone has a standard deviation of {cancelled:.2g} from batch to batch. In the difference
$Q'(s', a') - Q(s, a)$, which the critic learns from, {noise[False]:.2g} is left if the target
infers, and {noise[True]:.2g} if it is in training mode: a state and the next are normalised by
batches that lean the same way.
""")

# %% [markdown]
# Does it matter to an agent? Lillicrap's, with batch norm on Pendulum-v1, in `results/presets`:

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
back = {name: way_back(means) for name, (_, means) in cases.items()}
quickest = min(back, key=back.get)
stuck = [name for name, needed in back.items() if not np.isfinite(needed)]
fate = (
    f"did not come back within {PATIENCE}: {', '.join(stuck)}"
    if stuck
    else f"all came back within {PATIENCE}"
)
say(f"""
- At z = 5 a tanh lets {float(1 - tf.tanh(tf.constant(5.0)) ** 2):.2g} of the slope through, at z
  = 10 {float(1 - tf.tanh(tf.constant(10.0)) ** 2):.2g} in float32.
- With states of standard deviation {scales[-5]:.0f}, {usual[-5]:.0%} of a new actor's actions are
  beyond {BEYOND}; with a small last layer {small[-5]:.0%}.
- After a push of {PUSHES} updates the way back took, in lengths of the push:
  {", ".join(f"{name}: {needed:.2f}" for name, needed in back.items() if np.isfinite(needed))};
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
# **1. Invert.** Below is a transform as somebody wrote it. The check tries it at the bounds and
# against the library's. What is swapped?


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
# Why is it no cure? Try it: with $Q = \pm a$ such a gradient moves $z$ as if there were no tanh.
# That is `push_and_turn(new_actor(SMALL, squash=None))`; it returns the mean $z$ after each update.
# How large does $z$ get, and how large with `pushes=2 * PUSHES`? What does an action gain beyond
# $z = 5$? What does the way back cost? (The factor was a brake, too.)
#
# **3. Both at once** (to try). In `ddpg-tf train` the transform is `--action-gradient invert`, but
# the actor keeps its tanh, so that both factors multiply. What remains of the advantage? Take
# `means = push_and_turn(new_actor(SMALL), transform=invert)`, then look at `way_back(means)`, and
# at `means[PUSHES - 1]` for where the push had led.
#
# **4. On a pendulum** (to try). Train with `--strategy mean_q` and with each `--normalization`; put
# the curves together with `ddpg-tf plot`.
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
