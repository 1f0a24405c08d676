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
# # 4. Three ways to write it
#
# **At the end you can say**
#
# - how the actor's gradient is written with two tapes, with one tape, and in Keras 2's symbols;
# - where each of them divides by $N$, where the minus comes in, and where each holds $dQ/da$;
# - what a critic of ReLUs tells the actor, and which `training=` flag belongs where;
# - which line of a stranger's code corresponds to which line of yours.

# %%
from page import RESULTS, begin, beside, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import inspect
import json
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from comparisons.anatomy.chain import chain_factors
from comparisons.anatomy.dataflow import dataflow_figure
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy

# %% [markdown]
# ## The idea
#
# There is one equation: Lillicrap's number 6, sampled as in algorithm 1, in our notation:
#
# $$\frac{\partial J}{\partial\theta} \approx \frac1N \sum_{i=1}^{N}
# \frac{\partial Q(s_i, a)}{\partial a}\Big|_{a=\mu(s_i)} \cdot
# \frac{\partial \mu(s_i)}{\partial\theta}$$
#
# People have written it in three ways.
#
# 1. **`output_gradients`**: both factors, with two tapes. Closest to the equation.
# 2. **`mean_q`**: a loss, $-\frac1N\sum Q$, and one tape. The shortest.
# 3. **`get_updates`**: the same loss drawn as a graph of symbols; the update is a list of
#    operations in that graph. The oldest, from Keras 2 and TensorFlow 1: much code that people
#    still find and learn from is written this way.
#
# We write each from scratch, line by line, for the same networks and the same batch. (A new critic
# is nearly flat. We make ours steeper, so that its slopes can be read.)

# %%
N = 64
actor = build_actor(3, np.array([-2.0]), np.array([2.0]), hidden_sizes=(32, 32), seed=0)
critic = build_critic(3, 1, hidden_sizes=(32, 32), seed=1)
last = critic.trainable_variables[-2]
last.assign(128 * last)
observations = tf.constant(np.random.default_rng(0).normal(size=(N, 3)), tf.float32)
theta = [variable.value for variable in actor.trainable_variables]

table(
    ["weight of the actor", "shape"],
    [[variable.path, variable.shape] for variable in actor.trainable_variables],
)

# %% [markdown]
# A Keras 3 variable is a wrapper around a TensorFlow variable. A tape wants what is inside:
# `.value`.
#
# ## 1. Two tapes
#
# **The actor acts, and a tape records it.**

# %%
with tf.GradientTape() as actor_tape:
    actor_tape.watch(theta)
    actions = actor(observations, training=True)

say(f"`actions`: {actions.shape}, one row for each state.")

# %% [markdown]
# **The critic judges these actions, and another tape records that.** The actions are a tensor, not
# a variable; a tape follows a tensor only if told to. A DDPG agent has two critics, and this is the
# *online* one: the actor needs the newest opinion on which way is up. The target critic is for the
# critic's own regression, where standing still for a while is worth more (notebook 2).

# %%
with tf.GradientTape() as critic_tape:
    critic_tape.watch(actions)
    q = critic([observations, actions], training=False)

dq_da = critic_tape.gradient(q, actions)
say(f"`q`: {q.shape}. `dq_da`: {dq_da.shape}, as the actions.")

# %% [markdown]
# We asked for the gradient of $N$ numbers at once. TensorFlow answers with the gradient of their
# *sum*. As row $i$ of $Q$ depends on row $i$ of the actions alone, row $i$ of the answer is still
# $dQ_i/da_i$. Take one row by itself to check:

# %%
row = 5
with tf.GradientTape() as tape:
    alone = tf.constant(actions[row : row + 1])
    tape.watch(alone)
    q_alone = critic([observations[row : row + 1], alone], training=False)
say(
    f"Row {row} of the batch: {dq_da[row, 0]:.6f}. "
    f"The same state alone: {tape.gradient(q_alone, alone)[0, 0]:.6f}."
)

# %% [markdown]
# **What does such a slope say?** This critic is made of ReLUs. As a function of the action alone,
# it is a chain of straight pieces: along a piece the slope is constant, at a kink it jumps. Here is
# the critic in that one state, asked about many torques.

# %%
torques = np.linspace(-2, 2, 4001, dtype=np.float32)[:, None]
asked = tf.constant(torques)
with tf.GradientTape() as tape:
    tape.watch(asked)
    q_asked = critic([tf.repeat(observations[row : row + 1], len(torques), axis=0), asked])
slopes = tape.gradient(q_asked, asked).numpy()[:, 0]
starts = np.flatnonzero(np.diff(slopes, prepend=np.inf))
pieces = [
    [f"{torques[start, 0]:.3f} to {torques[end - 1, 0]:.3f}", f"{slopes[start]:.6f}"]
    for start, end in zip(starts, [*starts[1:], len(torques)], strict=True)
]
ours = np.searchsorted(torques[starts, 0], actions[row, 0]) - 1
table(["torque", "$dQ/da$"], pieces[ours - 2 : ours + 3])
say(
    f"These are 5 of {len(pieces)} pieces. The actor is at {actions[row, 0]:.3f} and hears "
    f"{dq_da[row, 0]:.6f}, as everywhere on its piece: the slope tells which way is up, not how "
    "far it is to the top. The top of such a critic is a kink, where the slope changes its sign "
    "(notebook 3, exercise 3)."
)

# %% [markdown]
# **The factors meet.** `output_gradients` is the vector from which the actor's backward pass
# starts. With $-dQ/da$ there, the pass ends at the product. This is a sum over the batch, so divide
# by $N$.

# %%
summed = actor_tape.gradient(actions, theta, output_gradients=-dq_da)
by_output_gradients = [gradient / N for gradient in summed]
table(
    ["weight", "gradient's shape", "largest component"],
    [
        [variable.path, gradient.shape, float(tf.reduce_max(tf.abs(gradient)))]
        for variable, gradient in zip(actor.trainable_variables, by_output_gradients, strict=True)
    ],
)

# %% [markdown]
# ## 2. One tape
#
# Actor and critic in one go, one number at the end, and one call for its gradient.

# %%
with tf.GradientTape() as tape:
    tape.watch(theta)
    actions = actor(observations, training=True)
    q = critic([observations, actions], training=False)
    loss = -tf.reduce_mean(q)

by_mean_q = tape.gradient(loss, theta)
say(f"The loss is {loss:.6f}. It does not measure success: it is minus what the critic believes.")

# %% [markdown]
# The list `theta` is what keeps the critic out of the update. The tape could give the critic's
# gradients as well, but nobody asked for them. TensorFlow 1's `minimize(loss)` without a list of
# variables *would* ask, and would teach the critic to flatter the actor.
#
# **Why `training=True` for one and `False` for the other?** The flag matters to layers that behave
# differently in training, such as batch norm. The actor is what is being trained, so its batch norm
# uses the moments of this batch. The critic only judges: a call in training mode would change its
# moments, and an actor's update must change nothing in the critic. If the flag is left out, it
# counts as `False`.


# %%
def gradient_with(actor, training):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        loss = -tf.reduce_mean(critic([observations, actor(observations, training=training)]))
    return np.concatenate([np.ravel(gradient) for gradient in tape.gradient(loss, theta)])


def weights_changed_by(training, normalization):
    judge = build_critic(3, 1, (32, 32), normalization, seed=1)
    before = judge.get_weights()
    judge([observations, actions], training=training)
    return sum(int(np.sum(a != b)) for a, b in zip(before, judge.get_weights(), strict=True))


rows = []
for normalization in ("none", "batch"):
    acts = build_actor(3, np.array([-2.0]), np.array([2.0]), (32, 32), normalization, seed=0)
    right, wrong = gradient_with(acts, True), gradient_with(acts, False)
    cosine = right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    rows.append(
        [
            normalization,
            f"{angle:.0f} degrees",
            weights_changed_by(True, normalization),
            weights_changed_by(False, normalization),
        ]
    )
table(
    [
        "normalisation",
        "actor with `False` turns the gradient by",
        "numbers that a critic with `True` changes",
        "with `False`",
    ],
    rows,
)

# %% [markdown]
# ## 3. Symbols
#
# Nobody would write it this way today. But code that people still find is written like this:
# keras-rl's `DDPGAgent` calls Keras 2's `optimizer.get_updates`; Patrick Emami's and Ben Lau's DDPG
# call TensorFlow 1's `tf.gradients`. To read such code, or to port it to TensorFlow 2, you have to
# know what these lines do. And the idea lives on: `tf.function` draws such a graph out of sight.
#
# In TensorFlow 1 the usual way had no tape. A program first drew a graph, in which nothing had a
# value.

# %%
graph = tf.Graph()
with graph.as_default():
    states = tf.compat.v1.placeholder(tf.float32, [None, 3])
    symbol = tf.tanh(2.0 * states)
say(f"`{symbol.name}` is a {symbol.op.type} of what a placeholder will hold. It has no number yet.")

# %% [markdown]
# `tf.gradients` does not compute anything either. It adds the derivative's symbols to the graph.

# %%
with graph.as_default():
    before = len(graph.get_operations())
    derivative = tf.gradients(symbol, states)
    added = graph.get_operations()[before:]
say(f"{len(added)} new operations: {', '.join(f'`{operation.type}`' for operation in added)}.")

# %% [markdown]
# A session runs what it is asked for, and everything that this depends on.

# %%
with tf.compat.v1.Session(graph=graph) as session:
    value, slope = session.run([symbol, derivative[0]], {states: [[0.0, 0.5, 1.0]]})
table(
    ["$s$", "tanh 2s", "its derivative"],
    [[float(x) for x in r] for r in zip([0, 0.5, 1], value[0], slope[0], strict=True)],
)

# %% [markdown]
# Keras 2 wrapped this in two functions. `optimizer.get_updates(loss=..., params=...)` added the
# operations that assign new weights, and returned them as a list.
# `K.function(inputs, outputs, updates)` made a callable from them. Keras 3 has neither. This
# project keeps both alive, in `ddpg_tf/strategies/get_updates.py`.
#
# First, without any update. The loss is the one that you already know:

# %%
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer, symbolic_gradients

with SymbolicGraph() as symbols:
    states = symbols.placeholder(observations)
    symbol_of_loss = -tf.reduce_mean(critic([states, actor(states, training=True)], training=False))
    symbols_of_gradients = symbolic_gradients(symbol_of_loss, theta)
    evaluate = symbols.function([states], [symbol_of_loss, *symbols_of_gradients], updates=[])

say(
    f"The loss is now called `{symbol_of_loss.name}`. It is a symbol; ask for its number and you "
    "must feed the states."
)

# %%
loss_by_symbols, *by_get_updates = evaluate([observations])
say(f"Fed and run, it is {loss_by_symbols:.6f}, as before.")

# %% [markdown]
# Now the update. `get_updates` takes the same loss. It draws the gradients itself, and after them
# Adam's assignments. We let it loose on a twin of the actor.


# %%
def twin_of(actor):
    twin = keras.models.clone_model(actor)
    twin.set_weights(actor.get_weights())
    return twin


twin = twin_of(actor)
symbolic_adam = SymbolicOptimizer(keras.optimizers.Adam(1e-3), twin.trainable_variables)
drawn = {}


def note(stage):
    """Remember what the graph holds by now."""
    operations = tf.compat.v1.get_default_graph().get_operations()
    new = operations[sum(sum(counts.values()) for counts in drawn.values()) :]
    drawn[stage] = Counter(operation.type for operation in new)


with SymbolicGraph() as symbols:
    states = symbols.placeholder(observations)
    actions_of_twin = twin(states, training=True)
    note("the actor")
    loss_of_twin = -tf.reduce_mean(critic([states, actions_of_twin], training=False))
    note("critic and loss")
    updates = symbolic_adam.get_updates(params=twin.trainable_variables, loss=loss_of_twin)
    note("`get_updates`")
    train = symbols.function([states], [loss_of_twin], updates)

table(
    ["drawn by", "operations", "of them matrix products", "ReLUs, and their derivatives"],
    [
        [stage, sum(counts.values()), counts["MatMul"], f"{counts['Relu']}, {counts['ReluGrad']}"]
        for stage, counts in drawn.items()
    ],
)
say(f"`updates` is a list of {len(updates)}: an operation of type `{updates[0].type}`.")

# %% [markdown]
# So `get_updates` draws the backward pass beside the forward pass: for each layer, one product that
# leads to its input and one that leads to its kernel. (Those that lead to the critic's kernels are
# drawn but never run: nobody fetches anything that depends on them.) The last operation that it
# draws is a call to a function that holds Adam's assignments, in their order. So far it is only
# drawn. Run it:


# %%
def moved(model):
    pairs = zip(model.get_weights(), actor.get_weights(), strict=True)
    return sum(np.sum(new != old) for new, old in pairs)


before = moved(twin)
(fetched,) = train([observations])
say(
    f"Weights that differ from the actor's: {before} after drawing, {moved(twin):,} after "
    f"running. What we fetched is the loss before the step, {fetched:.6f}."
)

# %% [markdown]
# Pass the two arguments by name, as keras-rl does. Keras 2 wanted the loss first; this project
# wants the weights first. With names, the line reads the same in both.
#
# ## Laid side by side
#
# Here are the three updates once more, in short form, each as a function. The ways with tapes end
# in numbers, and hand them to the optimiser. The way with symbols ends in operations, the
# optimiser's among them. (Keras 2 drew its graph once and ran it often. Here it is drawn in each
# call, so that the three functions fit side by side.)


# %%
# fmt: off
def with_two_tapes(
    actor, critic, optimizer, s
):
    weights = actor.trainable_variables
    theta = [w.value for w in weights]
    # the actions
    with tf.GradientTape() as tape:
        tape.watch(theta)
        a = actor(s, training=True)

    # the critic's slope at them
    with tf.GradientTape() as second:
        second.watch(a)
        q = critic([s, a], training=False)
    dq_da = second.gradient(q, a)

    # the chain rule, joined by hand
    summed = tape.gradient(
        a, theta, output_gradients=-dq_da
    )
    gradients = [g / len(s) for g in summed]

    # the step
    optimizer.apply(gradients, weights)


def with_one_tape(
    actor, critic, optimizer, s
):
    weights = actor.trainable_variables
    theta = [w.value for w in weights]
    # the actions
    with tf.GradientTape() as tape:
        tape.watch(theta)
        a = actor(s, training=True)

        # their value, and one number of it
        q = critic([s, a], training=False)
        loss = -tf.reduce_mean(q)



    # the chain rule, left to the tape
    gradients = tape.gradient(loss, theta)




    # the step
    optimizer.apply(gradients, weights)


def with_symbols(
    actor, critic, optimizer, s
):
    weights = actor.trainable_variables
    adam = SymbolicOptimizer(
        optimizer, weights
    )
    with SymbolicGraph() as graph:
        states = graph.placeholder(s)
        a = actor(states, training=True)

        # their value: symbols too
        q = critic([states, a],
                   training=False)
        loss = -tf.reduce_mean(q)

        # the chain rule and the step
        updates = adam.get_updates(
            params=weights, loss=loss
        )
        train = graph.function(
            [states], [loss], updates
        )

    # the step is made
    train([s])


# fmt: on
WAYS = {
    "output_gradients": with_two_tapes,
    "mean_q": with_one_tape,
    "get_updates": with_symbols,
}
beside(**{function.__name__: inspect.getsource(function) for function in WAYS.values()})

# %% [markdown]
# ## The same numbers?
#
# First, the gradients that we computed above, one way after the other.


# %%
def flat(arrays):
    return np.concatenate([np.ravel(array) for array in arrays])


def compared(results, what):
    """Show each way's numbers beside those of mean_q."""
    reference = results["mean_q"]
    largest = np.argmax(np.abs(reference))
    rows = []
    for name, numbers in results.items():
        equal = np.sum(numbers.view(np.int32) == reference.view(np.int32))
        apart = float(np.abs(numbers - reference).max())
        row = [float(numbers[largest]), apart, f"{equal:,} of {len(numbers):,}"]
        rows.append([f"`{name}`", *row])
    table(["way", f"the largest {what}", "largest difference from `mean_q`", "the same bits"], rows)


compared(
    {
        "output_gradients": flat(by_output_gradients),
        "mean_q": flat(by_mean_q),
        "get_updates": flat(by_get_updates),
    },
    "component of the gradient",
)

# %% [markdown]
# They are not nearly the same: they are the same. Now the updates: three twins of the actor, each
# with an Adam of its own and one of the three functions above, run `STEPS` times.

# %%
STEPS = 20


def trained(update):
    twin, optimizer = twin_of(actor), keras.optimizers.Adam(1e-3)
    for _ in range(STEPS):
        update(twin, critic, optimizer, observations)
    return flat(twin.get_weights())


weights_after = {name: trained(update) for name, update in WAYS.items()}
compared(weights_after, f"weight after {STEPS} updates")

# %% [markdown]
# Notebook 5 says why, and when this no longer holds.
#
# ## Where does each divide, and where is the minus?
#
# We put one probe at $Q$ and one at the actions. Each notes what the backward pass brings there. At
# $Q$, a pass starts from 1 or from $-1/N$. At the actions, it brings $dQ/da$ times some factor.

# %%
measured = {}
for name in WAYS:
    measured[name] = chain_factors(get_strategy(name), actor, critic, observations)
table(
    ["way", "at $Q$", "at the actions, in units of $dQ/da$"],
    [[f"`{name}`", f"{row['at_q']:g}", f"{row['at_actions']:g}"] for name, row in measured.items()],
)
say(
    f"$-1/N$ is {-1 / N}. The minus comes in where the sign turns: in the two tapes between $Q$ "
    "and the actions, with `-dq_da`; in the other two at the very top, with the loss. Somewhere "
    "it has to, because an optimiser goes downhill."
)

# %%
counted = json.loads((RESULTS / "anatomy" / "data.json").read_text())["strategies"]
sizes = {
    name: {key: counted[name][key] for key in ("graph_operations", "xla_instructions")}
    for name in WAYS
}
with plt.rc_context({"axes.grid": False}):
    figure = dataflow_figure(
        {"batch_size": N, "strategies": {name: measured[name] | sizes[name] for name in WAYS}},
        columns=1,
    )
figure.suptitle("One chain rule, cut at the actions or left whole. Orange: the division by N")
show(
    figure,
    "Three panels, one for each way, with the forward pass above and the backward pass below. "
    "output_gradients: a dashed line cuts the chain between critic and actions, minus dQ/da is "
    "carried over it, and the division by N comes last. mean_q and get_updates: one whole chain "
    "that starts with the division.",
)

# %% [markdown]
# One way cuts the chain at the actions and joins it by hand. Two leave it whole. All three pass
# through $dQ/da$: it is the only road from $Q$ to the weights. (The numbers of operations are from
# `python -m comparisons anatomy`.)
#
# **Is it worse to cut the chain?** Two tapes could cost twice as much. But together they record the
# same operations.

# %%
seconds = json.loads((RESULTS / "cost" / "data.json").read_text())["gradient"]
speed = json.loads((RESULTS / "benchmark" / "data.json").read_text())["updates_per_second"]
table(
    ["time of a gradient, in times of `mean_q`'s", "eager", "`tf.function`", "XLA"],
    [
        [
            f"`{name}`",
            *(f"{seconds[mode][name]['ratio']:.2f}" for mode in ("eager", "graph", "xla")),
        ]
        for name in WAYS
    ],
)
say(
    f"A whole compiled update of critic and actor runs {speed['output_gradients']:,.0f} times a "
    f"second with two tapes and {speed['mean_q']:,.0f} times with one: a ratio of "
    f"{speed['output_gradients'] / speed['mean_q']:.2f}. (Eagerly, this library's `get_updates` "
    "draws its graph anew in each call; that is what takes so long. From `python -m comparisons "
    "cost` and `benchmark`.) Choose the one that you understand best."
)

# %% [markdown]
# ## What was seen

# %%
same = [
    f"`{name}`"
    for name, weights in weights_after.items()
    if np.array_equal(weights, weights_after["mean_q"])
]
say(f"""
- Three programs that look nothing like each other; after {STEPS} updates {", ".join(same)} have
  weights with no difference at all.
- Two of them compute a gradient and hand it to the optimiser. The third draws gradient and step as
  one list of operations, and runs the list.
- `output_gradients` starts the critic's pass from {measured["output_gradients"]["at_q"]:g} and
  divides at the bottom. `mean_q` and `get_updates` start from {measured["mean_q"]["at_q"]:g} and
  never divide again.
- All pass through $dQ/da$. In the first it is in your hands and you may change it, clip it, print
  it. In the others it flows by unseen, unless something is put in its way, as
  `action_gradient_transform` does in this library's strategies.
""")

# %% [markdown]
# ## Exercises
#
# Each of these three functions is *nearly* right. Run it, read the verdict, then mend it.
#
# **1.** Somebody's two tapes.

# %%
from ddpg_tf.diagnosis import diagnose


def my_two_tapes(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as actor_tape:
        actor_tape.watch(theta)
        actions = actor(observations, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(actions)
        q = critic([observations, actions])
    dq_da = tf.reduce_mean(critic_tape.gradient(q, actions), axis=0, keepdims=True)
    dq_da = tf.repeat(dq_da, len(observations), axis=0)
    summed = actor_tape.gradient(actions, theta, output_gradients=-dq_da)
    return [gradient / len(observations) for gradient in summed]


print(diagnose(my_two_tapes))

# %% [markdown]
# <details><summary>Solution</summary>
#
# Each state's $dQ/da$ belongs to that state's $da/d\theta$. The mean comes after the product, so
# the two lines with `reduce_mean` and `repeat` have to go.
#
# ```python
# def my_two_tapes(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as actor_tape:
#         actor_tape.watch(theta)
#         actions = actor(observations, training=True)
#     with tf.GradientTape() as critic_tape:
#         critic_tape.watch(actions)
#         q = critic([observations, actions])
#     dq_da = critic_tape.gradient(q, actions)
#     summed = actor_tape.gradient(actions, theta, output_gradients=-dq_da)
#     return [gradient / len(observations) for gradient in summed]
# ```
#
# </details>
#
# **2.** Somebody's one tape.


# %%
def my_one_tape(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    actions = actor(observations, training=True)
    with tf.GradientTape() as tape:
        tape.watch(theta)
        loss = -tf.reduce_mean(critic([observations, actions]))
    return tape.gradient(loss, theta)


print(diagnose(my_one_tape))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The actor acted before the tape was there to record it. Its line belongs inside.
#
# ```python
# def my_one_tape(actor, critic, observations):
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
# **3.** A fourth way, `surrogate`: multiply the actions by $dQ/da$ and differentiate the product.
# What must be held constant?


# %%
def my_surrogate(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        actions = actor(observations, training=True)
        with tf.GradientTape() as critic_tape:
            critic_tape.watch(actions)
            q = critic([observations, actions])
        dq_da = critic_tape.gradient(q, actions)
        loss = -tf.reduce_mean(tf.reduce_sum(dq_da * actions, axis=-1))
    return tape.gradient(loss, theta)


print(diagnose(my_surrogate))

# %% [markdown]
# <details><summary>Solution</summary>
#
# $dQ/da$ must be held constant. It is computed from the actions, so the tape would follow it, too,
# and the product rule would add a term. `tf.stop_gradient` cuts this path.
#
# ```python
# def my_surrogate(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         actions = actor(observations, training=True)
#         with tf.GradientTape() as critic_tape:
#             critic_tape.watch(actions)
#             q = critic([observations, actions])
#         dq_da = tf.stop_gradient(critic_tape.gradient(q, actions))
#         loss = -tf.reduce_mean(tf.reduce_sum(dq_da * actions, axis=-1))
#     return tape.gradient(loss, theta)
# ```
#
# </details>
#
# ## Sources
#
# - T. Lillicrap et al., arXiv 1509.02971, equation 6 and algorithm 1.
# - `output_gradients`: Patrick Emami's pemami4911/deep-rl, with `tf.gradients`. `mean_q`: OpenAI's
#   Spinning Up, Scott Fujimoto's TD3. `get_updates`: keras-rl's `DDPGAgent`.
# - Asked in public: how can `get_updates` be used in TensorFlow 2? tensorflow/tensorflow #26098,
#   #27568. Is `tf.gradients(q, theta)` the same as the two factors? A to-do in ahoereth/ddpg.
#   `minimize` without a list of variables: MorvanZhou/Reinforcement-learning-with-tensorflow #109.
