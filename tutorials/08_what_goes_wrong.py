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
# # 8. What goes wrong
#
# **At the end you can say**
#
# - which mistakes in an actor's gradient show in the learning curve, and which do not;
# - why Adam forgives a wrong factor and plain gradient descent does not;
# - why a curve is not a proof, and what is.

# %%
from page import BLUE, GREEN, ORANGE, PINK, YELLOW, begin, say, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from ddpg_tf.diagnosis import CATALOGUE, diagnose
from ddpg_tf.diagnosis.networks import Architecture, build_actor, build_critic
from ddpg_tf.diagnosis.signature import signature_of
from ddpg_tf.strategies import get_strategy

# %% tags=["parameters"]
UPDATES = 150
HEAD_START = 80  # updates of the critics alone
SHOWN = None  # names of mistakes; None for all of them

# %% [markdown]
# ## The idea
#
# The library has a catalogue of mistakes that people made with this gradient. Each is a program
# that runs. So we can let each of them *learn*, on a task whose best actions we know, and look at
# the curve.
#
# The task is small, so that every curve takes a second: one step an episode, three numbers of
# state, two action components with odd bounds. The reward is minus the squared distance from the
# best action. Actor and critic learn at the same time, as in DDPG. The critic's batches hold random
# actions; the actor climbs in one batch of states, always the same. The critics have a head start.

# %%
LOW, HIGH = np.float32([-2.0, -0.5]), np.float32([2.0, 1.5])
MIDDLE, HALF = (HIGH + LOW) / 2, (HIGH - LOW) / 2
MIX = np.float32([[1.0, -0.5], [0.5, 1.0], [-1.0, 0.5]])
BATCH = 128


def best_actions(states):
    return MIDDLE + 0.8 * HALF * np.tanh(states @ MIX)


def reward(states, actions):
    return -np.sum(((actions - best_actions(states)) / HALF) ** 2, axis=-1)


def batches(count, seed=0):
    """Return states, replayed actions and rewards, [count, BATCH, ...]."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(count, BATCH, 3)).astype(np.float32)
    actions = rng.uniform(LOW, HIGH, size=(count, BATCH, 2)).astype(np.float32)
    return states, actions, reward(states, actions).astype(np.float32)


TESTS = np.random.default_rng(99).normal(size=(300, 3)).astype(np.float32)
DATA = [tf.constant(array) for array in batches(UPDATES)]
STATES, REPLAYED, _ = (tf.constant(array[0]) for array in batches(1, seed=7))

# %% [markdown]
# The next four cells are machinery: what any candidate needs to learn. If you are in a hurry, run
# them unread and go on to "What right looks like".
#
# A workshop holds all networks that a DDPG or TD3 might have: two critics that learn from the
# rewards, and late copies of actor and critic.


# %%
class Workshop:
    """Actor, critics, late copies of two of them, and the critics' optimisers."""

    def __init__(self, normalization):
        keras.utils.set_random_seed(3)
        bounds = tuple(LOW.tolist()), tuple(HIGH.tolist())
        shape = Architecture(3, *bounds, hidden_sizes=(32, 32), normalization=normalization)
        self.actor, self.critic, self.twin_critic = (
            build(shape) for build in (build_actor, build_critic, build_critic)
        )
        self.target_actor, self.target_critic = build_actor(shape), build_critic(shape)
        self.target_actor.set_weights(self.actor.get_weights())
        self.target_critic.set_weights(self.critic.get_weights())
        self.optimizers = [self.optimizer_of(q) for q in (self.critic, self.twin_critic)]

    def optimizer_of(self, network):
        optimizer = keras.optimizers.Adam(2e-2)
        optimizer.build(network.trainable_variables)
        return optimizer

    def variables(self):
        networks = (self.actor, self.critic, self.twin_critic)
        parts = (*networks, self.target_actor, self.target_critic, *self.optimizers)
        return [variable for part in parts for variable in part.variables]


# %% [markdown]
# What happens in an update *besides* the actor's step is the same for everybody: the critics learn,
# the copies follow.


# %%
def critics_and_targets(shop, states, actions, rewards, tau=0.02):
    for critic, optimizer in zip((shop.critic, shop.twin_critic), shop.optimizers, strict=True):
        theta = critic.trainable_variables
        with tf.GradientTape() as tape:
            q = critic([states, actions], training=True)[:, 0]
            loss = tf.reduce_mean(tf.square(rewards - q))
        optimizer.apply(tape.gradient(loss, [w.value for w in theta]), theta)
    pairs = (shop.target_actor, shop.actor), (shop.target_critic, shop.critic)
    for target, online in pairs:
        for late, now in zip(target.weights, online.weights, strict=True):
            late.assign(tau * now.value + (1 - tau) * late.value)


def opened(normalization="none"):
    """Return a workshop whose critics have had their head start."""
    shop = Workshop(normalization)
    shop.around = tf.function(lambda *batch: critics_and_targets(shop, *batch), autograph=False)
    for early in zip(*batches(HEAD_START, seed=1), strict=True):
        shop.around(*map(tf.constant, early))
    shop.start = [(variable, variable.numpy()) for variable in shop.variables()]
    shop.act = tf.function(lambda states: shop.actor(states, training=False))
    return shop


# %% [markdown]
# The actor's step is the candidate's. It may return gradients, or make the update itself; it names
# what it wants to be given.


# %%
def actor_step(shop, candidate, optimizer):
    """Return a function that lets the candidate make one update of the actor."""
    signature = signature_of(candidate)
    wanted = ("actor", "critic", "twin_critic", "target_actor", "target_critic")
    things = {"observations": STATES, "actions": REPLAYED, "optimizer": optimizer}
    things |= {name: getattr(shop, name) for name in wanted}
    theta, phi = shop.actor.trainable_variables, shop.critic.trainable_variables

    def step():
        gradients = signature.call(candidate, things)
        if signature.performs_update:
            return
        if all(gradient is None for gradient in gradients):
            raise ValueError("all gradients are None")
        # some mistakes return the critic's gradients, or both networks': the shapes tell whose
        shapes = [tuple(gradient.shape) for gradient in gradients]
        for weights in (theta, phi, [*theta, *phi]):
            if shapes == [weight.shape for weight in weights]:
                optimizer.apply(gradients, weights)

    return step


# %% [markdown]
# Everything starts anew for each candidate, with the same weights and the same batches. Only the
# line that makes the actor's gradient differs. Now and then we ask for the **regret**: what the
# actor loses against the best actions, on average.


# %%
EVERY = 10  # updates from one point of a curve to the next


def regret(shop):
    return -float(np.mean(reward(TESTS, shop.act(TESTS).numpy())))


def learn(shop, candidate, optimizer):
    """Return the regrets on the way, and the error that stopped it, if any."""
    for variable, value in shop.start:
        variable.assign(value)
    optimizer.build([*shop.actor.trainable_variables, *shop.critic.trainable_variables])
    step = actor_step(shop, candidate, optimizer)
    update, regrets = step, []
    for index in range(UPDATES):
        if index == 1:  # the first ran line by line, so that an error shows; now fast
            update = tf.function(step, autograph=False)
        if index % EVERY == 0:
            regrets.append(regret(shop))
        shop.around(*(array[index] for array in DATA))
        try:
            update()
        except Exception as error:
            return regrets, str(error).splitlines()[0]
    return [*regrets, regret(shop)], None


# %% [markdown]
# ## What right looks like
#
# Two references: networks without normalisation, and with batch norm for the mistakes that only
# show there.


# %%
def right_gradient(actor, critic, observations):
    return get_strategy("mean_q").gradients(actor, critic, observations)


def adam():
    return keras.optimizers.Adam(5e-3)


workshops = {"none": opened(), "batch": opened("batch")}
right = {name: learn(shop, right_gradient, adam())[0] for name, shop in workshops.items()}

figure, axis = plt.subplots(figsize=(8.5, 3.2))
updates = np.arange(len(right["none"])) * EVERY
axis.semilogy(updates, right["none"], color=BLUE, linewidth=2.5, label="no normalisation")
axis.semilogy(updates, right["batch"], color=GREEN, linewidth=2.5, label="batch norm")
axis.set(
    xlabel="updates",
    ylabel="regret",
    title="The right gradient: reward lost against the best actions",
)
axis.legend()
plt.show()

# %% [markdown]
# ## The tour
#
# Every mistake of the catalogue, with the first of the programs that make it. Grey is the right
# gradient.

# %%
NEEDS_BATCH_NORM = ("actor_in_inference_mode", "critic_in_training_mode")
names = list(CATALOGUE) if SHOWN is None else SHOWN


LAST = 3  # points of a curve that say where it ends
UNLEARNED, WORSE, SLACK = 0.7, 2, 0.01


def level(regrets):
    return float(np.mean(regrets[-LAST:]))


def outcome(regrets, error, reference):
    if error:
        return "stops"
    if not np.isfinite(level(regrets)) or level(regrets) > UNLEARNED * reference[0]:
        return "does not learn"
    much = WORSE * level(reference) + SLACK
    return "learns worse" if level(regrets) > much else "learns as well"


say(f"""
The rule. A curve ends where the mean of its last {LAST} points lies.

- *Does not learn*: it ends above {UNLEARNED:.0%} of the regret that everybody starts with.
- *Learns worse*: it ends above {WORSE} times the right one's end, and {SLACK} more.
- *Learns as well*: neither.
""")

# %%
curves = {}
for name in names:
    norm = "batch" if name in NEEDS_BATCH_NORM else "none"
    regrets, error = learn(workshops[norm], CATALOGUE[name].forms[0], adam())
    curves[name] = (regrets, error, right[norm], outcome(regrets, error, right[norm]))

# %%
OUTCOMES = {
    "learns as well": BLUE,
    "learns worse": YELLOW,
    "does not learn": ORANGE,
    "stops": "black",
}
COLUMNS = 5
rows = -(-len(curves) // COLUMNS)
figure, axes = plt.subplots(
    rows, COLUMNS, figsize=(11.5, 1.55 * rows + 0.6), sharex=True, sharey=True, squeeze=False
)
for axis in axes.flat[len(curves) :]:
    axis.axis("off")
for axis, (name, (regrets, error, reference, result)) in zip(
    axes.flat, curves.items(), strict=False
):
    axis.semilogy(np.arange(len(reference)) * EVERY, reference, color="0.7", linewidth=3)
    axis.semilogy(np.arange(len(regrets)) * EVERY, regrets, color=OUTCOMES[result], linewidth=1.7)
    if error:
        axis.plot(0, regrets[0], "x", color="black", markersize=9, markeredgewidth=2.5)
        axis.text(12, 1.6 * regrets[0], "stops with an error", fontsize=8)
    axis.set_title(name.replace("_", " "), fontsize=10)
for axis in axes.flat[max(len(curves) - COLUMNS, 0) : len(curves)]:
    axis.set_xlabel("updates", fontsize=9)
    axis.tick_params(labelbottom=True)
for axis in axes[:, 0]:
    axis.set_ylabel("regret", fontsize=9)
handles = [
    plt.Line2D([], [], color=colour, linewidth=2.5, label=text) for text, colour in OUTCOMES.items()
]
handles.append(plt.Line2D([], [], color="0.7", linewidth=3, label="the right gradient"))
figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=10)
plt.show()

# %% [markdown]
# Look at the blue ones. None of them makes the equation's update: one step, of the actor alone,
# against the gradient of $-$mean $Q$. Some are chosen on purpose elsewhere: SAC climbs the smaller
# of two critics, and many programs clip or decay. But from the curve nobody would know.

# %%
table(
    ["mistake", "what is wrong", "here", "seen in"],
    [
        [
            f"`{name}`",
            CATALOGUE[name].explanation,
            curves[name][3],
            ", ".join(CATALOGUE[name].threads[:2]),
        ]
        for name in names
    ],
)

# %% [markdown]
# ## Adam forgives factors
#
# Some mistakes only multiply the gradient: sum for mean, mean twice, a missing one half. Adam
# divides a gradient by a running root mean square of it, so it hardly notices, as long as the
# gradients are well above its $\epsilon$. (Notebook 10 has a case where they are not.) Plain
# gradient descent does notice. The same mistakes with both:

# %%
FACTORS = (
    "sum_for_mean",
    "mean_twice",
    "divided_by_act_dim",
    "half_forgotten",
    "hard_coded_batch_size",
)
optimizers = {"Adam": adam, "gradient descent": lambda: keras.optimizers.SGD(0.1)}
palette = dict(zip(FACTORS, (ORANGE, BLUE, GREEN, PINK, YELLOW), strict=True))
widths = np.linspace(4, 1.2, len(FACTORS))  # where lines meet, all can be seen
ends = {}
figure, axes = plt.subplots(1, 2, figsize=(10.5, 3.8), sharey=True)
for axis, (title, make) in zip(axes, optimizers.items(), strict=True):
    reference, _ = learn(workshops["none"], right_gradient, make())
    axis.semilogy(updates, reference, color="0.7", linewidth=6, label="right")
    ends[title] = {"right": level(reference)}
    for (name, colour), width in zip(palette.items(), widths, strict=True):
        regrets, _ = learn(workshops["none"], CATALOGUE[name].forms[0], make())
        axis.semilogy(
            updates[: len(regrets)],
            regrets,
            color=colour,
            linewidth=width,
            label=name.replace("_", " "),
        )
        ends[title][name] = level(regrets)
    if np.ptp(list(ends[title].values())) < 0.01 * ends[title]["right"]:
        text = f"all {len(ends[title])} lines lie on top of each other"
        axis.text(0.55, 0.85, text, transform=axis.transAxes, ha="center")
    axis.set(title=title, xlabel="updates")
axes[0].set_ylabel("regret")
axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## What was seen

# %%
counts = {text: [name for name in names if curves[name][3] == text] for text in OUTCOMES}
spread = {title: max(x.values()) / min(x.values()) for title, x in ends.items()}
say(f"""
- Of {len(names)} mistakes {len(counts["learns as well"])} learn as well as the right gradient here.
  Learning worse: {len(counts["learns worse"])}. Not learning: {len(counts["does not learn"])}.
  Stopped by an error, and so seen at once: {len(counts["stops"])}.
- With Adam the regrets of the factor mistakes and of the right gradient end within
  {spread["Adam"] - 1:.2%} of each other; with gradient descent the largest is
  {spread["gradient descent"]:.0f} times the smallest.
- What is said here is said of one seed and of this task: an episode is one step, so nothing is
  bootstrapped. A mistake that is harmless here may not be so elsewhere.
- So a learning curve is not a proof. To compare the gradient itself with the truth is one. That is
  what `diagnose` does.
""")

# %% [markdown]
# ## Exercises
#
# **1. Guess first.** The function below learns, after a fashion. Look for its mistake, then let
# `diagnose` tell: run the cell.


# %% jupyter={"outputs_hidden": true}
def my_gradients(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as actor_tape:
        actor_tape.watch(theta)
        actions = actor(observations, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(actions)
        q = critic([observations, actions])
    dq_da = critic_tape.gradient(q, actions)
    pull = -tf.reduce_mean(dq_da, axis=-1, keepdims=True) * tf.ones_like(dq_da)
    summed = actor_tape.gradient(actions, theta, output_gradients=pull)
    return [gradient / len(observations) for gradient in summed]


print(diagnose(my_gradients))

# %%
regrets, _ = learn(workshops["none"], my_gradients, adam())
at_the_end = f"{level(regrets):.3f}; right: {level(right['none']):.3f}"
say(f"Its regret at the end (mean of {LAST} points): {at_the_end}.")

# %% [markdown]
# **2. Make one** (to try). Invent a mistake that is not in the table. Does `diagnose` name it, or
# describe it? Does it learn?
#
# **3. A file from a stranger** (to try). `ddpg-tf diagnose FILE.py:FUNCTION` runs code that you do
# not trust in a process of its own. Try it on your own DDPG.
#
# ## Sources
#
# - The threads in the table. The catalogue itself: `ddpg_tf/diagnosis/mistakes/`.
# - D. Kingma and J. Ba, *Adam*, arXiv 1412.6980, for why a factor hardly matters.
# - P. Henderson et al., *Deep reinforcement learning that matters*, arXiv 1709.06560, for why a
#   curve is not a proof.
