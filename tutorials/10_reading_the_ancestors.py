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
# # 10. Reading the ancestors
#
# **At the end you can say**
#
# - how to find the actor's update in any DDPG code, old or new;
# - which of three strategies it is, and what factor it carries;
# - that they compute the same gradient, because you have seen the numbers.

# %%
from page import RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import inspect
import json
from importlib import import_module

import keras
import numpy as np
import tensorflow as tf
from pictures import ancestors as draw

from comparisons.ancestors.ours import Ours
from comparisons.ancestors.problem import flat, make_batches, make_problem
from comparisons.ancestors.systems import SYSTEMS

# %% tags=["parameters"]
HIDDEN = 64
BATCH = 64

# %% [markdown]
# ## The idea
#
# Most people learned DDPG from somebody's code. The programs that are read most differ in
# framework, in style and in age, and their readers ask again and again whether one is really the
# same as another. We can ask the computer. Every update below was rewritten, in its own framework
# and manner, and gets **the same weights and the same batch**. Two authors have two rows each.
# `hoereth_todo` is not in use in the original: it is code in a comment, to be investigated.
#
# Look for four things in a stranger's update.
#
# 1. Where is $dQ/da$? In a variable with a name, or inside a loss?
# 2. Where is the minus?
# 3. Where is the division by $N$? (`mean`, `/ batch_size`, or nowhere.)
# 4. Which weights get the step?
#
# (This notebook runs TensorFlow 1 graphs, Keras 2 and PyTorch. The last two come with
# `pip install -e '.[comparisons]'`.)

# %%
systems = {system.name: system for system in SYSTEMS if system.installed}
missing = [system.name for system in SYSTEMS if not system.installed]
table(
    ["update", "written in", "what is rewritten", "where it stands"],
    [[s.name, s.framework, s.lines, s.where] for s in systems.values()],
)
if missing:
    say(f"Not installed here, so left out: {', '.join(missing)}.")

# %% [markdown]
# ## Ours
#
# For comparison, here are two ways to write it, from notebook 4.


# %%
def new_output_gradients(actor, critic, optimizer, s):
    theta = [v.value for v in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        a = actor(s, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(a)
        q = critic([s, a], training=False)
    dq_da = critic_tape.gradient(q, a)
    summed = tape.gradient(a, theta, output_gradients=-dq_da)
    gradients = [g / len(s) for g in summed]
    optimizer.apply(gradients, actor.trainable_variables)


def new_mean_q(actor, critic, optimizer, s):
    theta = [v.value for v in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        a = actor(s, training=True)
        q = critic([s, a], training=False)
        loss = -tf.reduce_mean(q)
    gradients = tape.gradient(loss, theta)
    optimizer.apply(gradients, actor.trainable_variables)


# %% [markdown]
# ## How old code is shown
#
# `old` fetches the rewritten update of a system and shows it. Below it, folded, is the update of
# ours to compare it with.


# %%
def old(name, new, *helpers):
    if name not in systems:
        say(f"`{name}` is not installed here.")
        return
    module, function = systems[name].function.split(":")
    module = import_module(f"comparisons.ancestors.{module}")
    code = "\n\n".join(inspect.getsource(getattr(module, part)) for part in (function, *helpers))
    say(f"""
**{name}**: {systems[name].framework}

```python
{code}```

<details><summary>Ours: {new.__name__}</summary>

```python
{inspect.getsource(new)}```

</details>
""")


def measure(name, seed=0):
    """Give the system and ours one problem and one batch.

    Returns the factor (theirs over ours), the relative distance after division by it, the share of
    numbers with the same bits after that, and both gradients.
    """
    system = systems[name]
    problem = make_problem(HIDDEN, system.heads, system.q_outputs, seed)
    batches = make_batches(1, BATCH)
    theirs = flat(system.updates(problem, batches)[0].gradients)
    ours = flat(Ours(problem).gradients(batches[0], "output_gradients"))
    factor = float(np.vdot(theirs, ours) / np.vdot(ours, ours))
    scaled = theirs / np.float32(round(factor))
    distance = float(np.linalg.norm(scaled - ours) / np.linalg.norm(ours))
    return {
        "factor": factor,
        "distance": distance,
        "equal": float(np.mean(scaled == ours)),
        "theirs": theirs,
        "ours": ours,
    }


def verdict(name):
    if name not in systems:
        return
    found = measured[name] = measure(name)
    times = "the same" if round(found["factor"]) == 1 else f"{found['factor']:.4g} times ours"
    say(
        f"**{name}**: {times}; relative distance {found['distance']:.0e}, {found['equal']:.0%} "
        "of the numbers have the same bits."
    )


measured = {}

# %% [markdown]
# ## Emami, 2016: three calls of a session
#
# TensorFlow 1. The actor and the critic are two graphs' worth of symbols that never touch. The
# *program* carries $dQ/da$ from one to the other: it is fetched, then fed. Here $dQ/da$ has a name,
# the minus is in `tf.gradients`, and the division is a line of its own. Strategy:
# `output_gradients`.

# %%
old("emami", new_output_gradients)
verdict("emami")

# %% [markdown]
# ## Lau, 2016: the same without the division
#
# A driver for the TORCS racing game, in Keras, with the gradients taken by TensorFlow. The actor
# has three heads: steering with a tanh, acceleration and brake with a sigmoid. The critic returns
# three numbers, one for each action and each trained on a target of its own, and `tf.gradients`
# adds them up. One line is missing; find it.

# %%
old("lau", new_output_gradients, "three_heads")
verdict("lau")
outputs = systems["lau"].q_outputs
say(f"""
{outputs} N = {outputs * BATCH}, from two causes: nothing divides by N = {BATCH}, and the critic's
{outputs} outputs are added up. (For the measurement our critic's outputs were first replaced by
their mean. Our function, given all {outputs}, would add them up as well.)
""")

# %% [markdown]
# ## Hoereth, 2017: one graph
#
# The critic is drawn on top of the actor's output, so nothing has to be fed. Below these lines, the
# original has others in a comment, with a to-do to investigate them: `tf.gradients(q, theta)`,
# negated and divided by $N$. That is Hoereth's second row. What the original runs instead is a sum
# over the batch.

# %%
old("hoereth", new_output_gradients, "train_in_one_graph")
verdict("hoereth")
verdict("hoereth_todo")
undivided = BATCH * measured["hoereth_todo"]["theirs"]
bits = "every bit" if np.array_equal(undivided, measured["hoereth"]["theirs"]) else "rounding"
say(f"""
Multiply the second by N = {BATCH}, and the two agree to {bits}. The to-do would have made the sum a
mean, and changed nothing else.
""")

# %% [markdown]
# ## keras-rl: `get_updates`
#
# Keras 2. The loss is a symbol. `get_updates` returns operations, `function` runs them. Nobody
# touches $dQ/da$. Strategy: `get_updates`, which is `mean_q` in symbols.

# %%
old("keras_rl", new_mean_q, "train")
verdict("keras_rl")

# %% [markdown]
# ## Yoon, 2019: PyTorch
#
# `backward()` leaves gradients in *every* tensor that took part, the critic's too. The actor's
# optimiser steps only the actor. (Anyone who then forgets `zero_grad` on the critic adds the
# gradients left there to the critic's next one.) Strategy: `mean_q`.

# %%
old("yoon", new_mean_q)
verdict("yoon")

# %% [markdown]
# ## Baselines, 2017: many workers
#
# Each worker has its own batch. Each worker's gradients are flattened into one vector. The vectors
# are added up over the workers by MPI and divided by the number of workers, and the step is made in
# NumPy. The mean of the means of equal parts is the mean of the whole. Strategy: `mean_q`.

# %%
old("baselines", new_mean_q, "flat_gradient", "all_reduce")
verdict("baselines")

# %% [markdown]
# ## Skylark: as many Qs as actions
#
# PyTorch again. The critic's last layer is as wide as the action, and the mean runs over all of its
# outputs. So this is the gradient of the mean of those outputs.

# %%
old("skylark", new_mean_q)
verdict("skylark")

# %% [markdown]
# ## All of them, one picture
#
# Above is the factor, below the distance that is left after division by it. What is in the grey
# band is rounding.

# %%
say(f"At 1, two neighbours of float32 lie {np.finfo(np.float32).eps:.0e} apart.")
for name in systems:
    if name not in measured:
        measured[name] = measure(name)

names = list(measured)
with_factor = {
    name: round(found["factor"]) for name, found in measured.items() if round(found["factor"]) != 1
}
largest = max(found["distance"] for found in measured.values())
show(
    draw.factors_and_distances(measured, BATCH),
    f"{len(names)} updates beside each other. Above, their factors: 1, but for "
    + " and ".join(f"{name}, {factor}" for name, factor in with_factor.items())
    + f". Below, the distance that is left: at most {largest:.0e}, which is rounding.",
)

# %% [markdown]
# ## Does the factor matter?
#
# To plain gradient descent, the factor is a larger learning rate. Adam divides by the size of the
# gradient, so for large gradients the factor makes no difference. But Adam's $\epsilon$ does not
# grow with the factor, and these gradients are small. Below is the first step of every weight, from
# the mean and from the sum. (Where a gradient is large compared with $\epsilon$, that step is one
# learning rate.)


# %%
def first_step(gradient, learning_rate=1e-4):
    weight = keras.Variable(np.zeros(len(gradient), np.float32))
    optimizer = keras.optimizers.Adam(learning_rate, epsilon=1e-8)
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
    return -keras.ops.convert_to_numpy(weight) / learning_rate


ours = measured["emami"]["ours"]
steps = {
    "mean over the batch": first_step(ours),
    "sum over the batch": first_step(BATCH * ours),
}
near = 0.9  # of a learning rate
short = {label: np.mean(np.abs(step) < near) for label, step in steps.items()}
show(
    draw.first_steps(ours, steps),
    "Adam's first step of every weight over the size of its gradient: two curves that rise from 0 "
    "to one learning rate, the sum's at smaller gradients than the mean's. Below "
    f"{near:g} learning rates: {short['mean over the batch']:.0%} of the weights with the mean, "
    f"{short['sum over the batch']:.0%} with the sum.",
)

# %% [markdown]
# ## What was seen

# %%
FRAMEWORKS = ("NumPy", "TensorFlow 1", "Keras 2", "PyTorch")
used = [f for f in FRAMEWORKS if any(f in systems[name].framework for name in names)]
say(f"""
- {len(names)} updates in {len(used)} frameworks ({", ".join(used)}) have one direction; the
  largest relative distance is {largest:.0e}.
- A factor is carried by
  {", ".join(f"`{name}` ({factor})" for name, factor in with_factor.items())}.
- In Adam's first step {short["mean over the batch"]:.0%} of the weights get less than {near:g}
  learning rates if the batch is averaged, {short["sum over the batch"]:.0%} if it is summed.
- To find an update in a stranger's code, look for the optimiser that holds the *actor's* weights
  and read upwards from there.
""")

committed = json.loads((RESULTS / "ancestors" / "data.json").read_text())
say(
    f"The full study, with {committed['steps']} steps each and the form of every system's Adam, is "
    "`python -m comparisons ancestors`; its page is `results/ancestors/README.md`."
)

# %% [markdown]
# ## Exercises
#
# **1. Translate.** Here are some lines as in TensorFlow 1:
#
# ```py
# action_grads = tf.gradients(tf.reduce_mean(q), actions)[0]
# summed = tf.gradients(actor_out, actor_params, -action_grads)
# grads = [tf.div(g, batch_size) for g in summed]
# ```
#
# Below is a translation into TensorFlow 2. It is faithful. Is it what the paper says? Ask the third
# of the questions at the top of this page, guess the factor, then run the cell and mend the
# function.

# %% jupyter={"outputs_hidden": true}
from ddpg_tf.diagnosis import diagnose


def translated(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as actor_tape:
        actor_tape.watch(theta)
        actor_out = actor(observations, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(actor_out)
        q = tf.reduce_mean(critic([observations, actor_out]))
    action_grads = critic_tape.gradient(q, actor_out)
    summed = actor_tape.gradient(actor_out, theta, output_gradients=-action_grads)
    return [gradient / len(observations) for gradient in summed]


print(diagnose(translated))

# %% [markdown]
# <details><summary>Solution</summary>
#
# `reduce_mean` divides by $N$, and the last line divides by $N$ again. Leave one of them out.
#
# ```python
# def translated(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as actor_tape:
#         actor_tape.watch(theta)
#         actor_out = actor(observations, training=True)
#     with tf.GradientTape() as critic_tape:
#         critic_tape.watch(actor_out)
#         q = critic([observations, actor_out])
#     action_grads = critic_tape.gradient(q, actor_out)
#     summed = actor_tape.gradient(actor_out, theta, output_gradients=-action_grads)
#     return [gradient / len(observations) for gradient in summed]
# ```
#
# </details>
#
# **2. Two workers.** In `baselines`, each worker divides by the size of its own batch, and the
# vectors are averaged. Here are two workers with half of the states each. Something is missing. Run
# the check, then mend the function.

# %%
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy

mean_q = get_strategy("mean_q")


def two_workers(actor, critic, observations):
    halves = tf.split(observations, 2)
    first, second = (mean_q.gradients(actor, critic, half) for half in halves)
    return [a + b for a, b in zip(first, second, strict=True)]


def check_workers(gradients_of):
    """Compare with one worker that has all the states."""
    actor = build_actor(3, -np.ones(1), np.ones(1), hidden_sizes=(32, 32), seed=0)
    critic = build_critic(3, 1, hidden_sizes=(32, 32), seed=1)
    states = tf.constant(np.random.default_rng(0).normal(size=(64, 3)), tf.float32)
    one = flat(mean_q.gradients(actor, critic, states))
    theirs = flat(gradients_of(actor, critic, states))
    ratio = float(np.vdot(theirs, one) / np.vdot(one, one))
    if np.linalg.norm(theirs - ratio * one) > 1e-4 * np.linalg.norm(one):
        return "Wrong: it has another direction than one worker's gradient on all the states."
    if abs(ratio - 1) < 1e-4:
        return "Right: the mean of the two means is the mean."
    if abs(ratio - 2) < 1e-4:
        return "Wrong: twice one worker's gradient. Divide by the number of workers."
    return f"Wrong: the direction of one worker's gradient, but {ratio:.4g} times its size."


print(check_workers(two_workers))

# %% [markdown]
# To try: what does Adam make of the version above?
#
# <details><summary>Solution</summary>
#
# The mean of two means is half of their sum.
#
# ```python
# def two_workers(actor, critic, observations):
#     halves = tf.split(observations, 2)
#     first, second = (mean_q.gradients(actor, critic, half) for half in halves)
#     return [(a + b) / 2 for a, b in zip(first, second, strict=True)]
# ```
#
# To Adam the forgotten half is a factor like the others: it changes nothing where a gradient is
# large compared with $\epsilon$, and makes the step longer where it is small.
#
# </details>
#
# **3. Your own ancestor** (to try). Take the DDPG code that you learned from. Answer the four
# questions at the top of this page.
#
# <details><summary>Solution</summary>
#
# For Emami's, shown above:
#
# 1. $dQ/da$ has a name. The session fetches it from the critic's graph and feeds it to the actor's.
# 2. The minus stands in `tf.gradients`, before the fed $dQ/da$.
# 3. A line of its own divides each gradient by the batch size.
# 4. The actor's alone: `theta` is all that `tf.gradients` and `apply_gradients` are given.
#
# Then write that update as a function of actor, critic and observations, and ask `diagnose`.
#
# </details>
#
# ## Sources
#
# - The line that all of them write: T. Lillicrap et al., arXiv 1509.02971, equation 6.
# - P. Emami, pemami4911/deep-rl; B. Lau, yanpanlau/DDPG-Keras-Torcs; C. Yoon,
#   cyoon1729/Policy-Gradient-Methods; M. Plappert, keras-rl/keras-rl; A. Hoereth, ahoereth/ddpg;
#   OpenAI, openai/baselines; Skylark, Skylark0924/Machine-Learning-is-ALL-You-Need (`RL_DDPG`); S.
#   Fujimoto, sfujim/TD3 (`OurDDPG.py`, arXiv 1802.09477); J. Achiam, openai/spinningup; DeepMind,
#   google-deepmind/trfl, whose loss google-deepmind/acme (arXiv 2006.00979) has too. Each system's
#   update was rewritten for `comparisons/ancestors/`, not copied; files, lines and versions are in
#   the table at the top.
# - Asked in public: pemami4911/deep-rl #3, #13, #15 (mean or sum), yanpanlau/DDPG-Keras-Torcs #2
#   and #22 (one Q per action), openai/baselines #645 (is the actor's factor missing),
#   openai/spinningup #320 (gradients left behind in the critic).
