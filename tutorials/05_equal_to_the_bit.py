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
# # 5. Equal to the bit
#
# **At the end you can say**
#
# - why two programs that mean the same thing give different last digits;
# - why dividing by 64 does no harm and dividing by 100 does;
# - what a compiler may change behind your back;
# - how Adam turns a rounding error into a different training run.

# %%
from page import BLUE, GREY, ORANGE, RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.training.figures import compare_figure

# %% [markdown]
# ## The idea
#
# A computer has only finitely many numbers. Between them are gaps. A result that falls into a gap
# is moved to the nearest number: it is **rounded**. Two programs for the same formula may round in
# different places. Then their last bits differ.
#
# Some operations never round. If two programs differ only in those, their results are equal to the
# bit.
#
# ## The numbers that there are
#
# A float is a fraction times a power of two. Here is a toy version with three bits of fraction. It
# has eight numbers between 1 and 2, and eight between 2 and 4 as well, twice as far apart.

# %%
fractions = 1 + np.arange(8) / 8
toy = np.sort(np.concatenate([fractions * 2.0**k for k in range(-3, 3)]))

figure, axis = plt.subplots(figsize=(9.5, 1.5))
axis.plot(toy, np.zeros_like(toy), "|", color=BLUE, markersize=22, markeredgewidth=1.6)
axis.set(
    xlim=(0, 7.8),
    ylim=(-1, 1),
    title="All toy numbers between 1/8 and 7.5: equal steps, then doubled",
)
axis.set_xticks([0.5, 1, 2, 4])
axis.get_yaxis().set_visible(False)
axis.spines["left"].set_visible(False)
show(
    figure,
    "A number line with a tick for each toy number: crowded near zero, and twice as far apart "
    "after each power of two.",
)

# %% [markdown]
# Now divide the numbers from 2 upwards. (Smaller ones would behave the same way, but leave the
# picture.) The axis is drawn in powers of two, so that dividing moves all numbers to the left by
# the same distance. Divided by 4, every number lands on a toy number. Divided by 3, most fall into
# a gap (orange) and must be rounded.


# %%
def rounded(x):
    """The nearest toy number."""
    return toy[np.argmin(np.abs(np.subtract.outer(x, toy)), axis=-1)]


upper = toy[toy >= 2]
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.2), sharey=True)
for axis, divisor in zip(axes, (4, 3), strict=True):
    quotients = upper / divisor
    fits = quotients == rounded(quotients)
    for x, quotient, fit in zip(upper, quotients, fits, strict=True):
        axis.plot([x, quotient], [1, 0], color=BLUE if fit else ORANGE, linewidth=1.2)
    axis.plot(upper, np.ones_like(upper), "|", color="black", markersize=14)
    lower = toy[(toy > 0.45) & (toy < 2.7)]
    axis.plot(lower, np.zeros_like(lower), "|", color="black", markersize=14)
    axis.set(
        title=f"divided by {divisor}: {np.sum(~fits)} of {len(upper)} are rounded",
        xlabel="toy numbers, each power of two the same width",
    )
    axis.set_xscale("log", base=2)
    axis.set_xticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    axis.set_yticks([0, 1], ["quotient", "number"])
    axis.grid(False)
show(
    figure,
    "Lines lead from each number down to its quotient. Divided by 4, all end on a tick. Divided by "
    f"3, {np.sum(~fits)} of {len(upper)} end between two ticks.",
)

# %% [markdown]
# ## Thirty-two bits
#
# A real float32 has 1 bit for the sign, 8 for the power of two and 23 for the fraction. Look at the
# fraction.


# %%
def bits(x):
    text = f"{np.float32(x).view(np.uint32):032b}"
    return f"`{text[0]} {text[1:9]} {text[9:]}`"


x = np.float32(0.1)
table(
    ["", "value", "sign, power, fraction"],
    [
        ["$x$", float(x), bits(x)],
        ["$x / 64$", float(x / np.float32(64)), bits(x / np.float32(64))],
        ["$x / 100$", float(x / np.float32(100)), bits(x / np.float32(100))],
    ],
)

# %% [markdown]
# Dividing by 64 lowers the power by six. The fraction is not touched, and nothing is rounded. (This
# holds as long as the power does not run out, far below anything that a gradient holds.)
#
# ## The order of things
#
# Addition rounds. So it matters what is added first.

# %%
a, b, c = np.float32(1e8), np.float32(-1e8), np.float32(1.5)
say(
    f"(a + b) + c = {(a + b) + c:g}, but a + (b + c) = {a + (b + c):g}, "
    f"with a = {a:g}, b = {b:g}, c = {c:g}."
)

# %% [markdown]
# ## Divide first or divide last
#
# Here is the difference between the strategies, with the networks taken away. `mean_q` divides by
# $N$ at the top and then adds. `output_gradients` adds and then divides.
#
# $$\sum_i \frac{g_i}{N} \quad\text{or}\quad \frac{1}{N}\sum_i g_i$$
#
# For each $N$, draw random numbers many times over, compute both, and count how often every bit
# agrees.

# %%
TRIALS = 400
sizes = np.arange(2, 131)
rng = np.random.default_rng(0)


def share_equal(n):
    g = rng.normal(size=(TRIALS, n)).astype(np.float32)
    first = np.sum(g / np.float32(n), axis=1)
    last = np.sum(g, axis=1) / np.float32(n)
    return np.mean(first == last)


agreed = np.array([share_equal(n) for n in sizes])
powers = (sizes & (sizes - 1)) == 0
LABELS = ["" if n == 4 else str(n) for n in sizes[powers]]  # beside 2 there is no room for a 4

figure, axis = plt.subplots()
axis.vlines(sizes[~powers], 0, 100 * agreed[~powers], color=GREY, linewidth=1.6)
axis.vlines(sizes[powers], 0, 100 * agreed[powers], color=ORANGE, linewidth=3)
axis.plot(sizes[powers], 100 * agreed[powers], "o", color=ORANGE, label="$N$ a power of two")
axis.set_xticks(sizes[powers], LABELS)
axis.set(
    xlabel="$N$",
    ylabel="sums with equal bits (%)",
    title="Divide first or last: it makes no difference for powers of two",
)
axis.legend(loc="center", bbox_to_anchor=(0.72, 0.72))
show(
    figure,
    "The share of sums with equal bits over N: every bar of a power of two reaches 100 %, the "
    f"others reach {100 * agreed[~powers].max():.0f} % at most.",
)

# %% [markdown]
# ## Networks
#
# Between the place where `mean_q` divides and the place where `output_gradients` does lies the
# whole backward pass. It is long, but it is made of products and sums and is linear in what flows
# back: twice as much in, twice as much out.

# %%
actor = build_actor(8, -np.ones(2), np.ones(2), hidden_sizes=(64, 64), seed=0)
critic = build_critic(8, 2, hidden_sizes=(64, 64), seed=1)


def flat(gradients):
    return np.concatenate([np.ravel(gradient) for gradient in gradients])


states = tf.constant(rng.normal(size=(64, 8)), tf.float32)
with tf.GradientTape(persistent=True) as tape:
    chosen = actor(states, training=True)


def passed_back(vector):
    """What arrives at the weights if this vector, [64, 2], starts at the actions."""
    theta = [weight.value for weight in actor.trainable_variables]
    return flat(tape.gradient(chosen, theta, output_gradients=vector))


u, v = tf.constant(rng.normal(size=(2, 64, 2)), tf.float32)
of_sum, sum_of = passed_back(u + v), passed_back(u) + passed_back(v)
table(
    ["into the pass", "against", "largest difference, relative", "same bits"],
    [
        [name, other, float(np.abs(a - b).max() / np.abs(b).max()), f"{np.mean(a == b):.0%}"]
        for name, other, a, b in (
            ("$u + v$", "that of $u$ + that of $v$", of_sum, sum_of),
            ("$u / 100$", "that of $u$, / 100", passed_back(u / 100), passed_back(u) / 100),
            ("$u / 64$", "that of $u$, / 64", passed_back(u / 64), passed_back(u) / 64),
        )
    ],
)

# %% [markdown]
# The pass is linear, except for rounding. And a factor of $2^{-k}$ passes through every product and
# sum without changing any fraction. So the two strategies must agree for $N = 2^k$. For any other
# $N$ they can agree only by luck.


# %%
def compare_at(n, name="output_gradients", q=critic):
    """Share of components with equal bits; largest difference over largest component."""
    observations = tf.constant(rng.normal(size=(n, 8)), tf.float32)
    ours, reference = (
        flat(get_strategy(way).gradients(actor, q, observations)) for way in (name, "mean_q")
    )
    equal = np.mean(ours.view(np.int32) == reference.view(np.int32))
    return equal, np.abs(ours - reference).max() / np.abs(reference).max()


tried = sorted({*range(2, 131, 3), *sizes[powers].tolist(), 100})
found = np.array([compare_at(n) for n in tried])
is_power = np.isin(tried, sizes[powers])

figure, axis = plt.subplots()
floor = 1e-9
height = np.where(found[:, 1] == 0, floor, found[:, 1])
axis.semilogy(np.array(tried)[~is_power], height[~is_power], "o", color=GREY, label="other $N$")
axis.semilogy(np.array(tried)[is_power], height[is_power], "o", color=ORANGE, label="$N = 2^k$")
axis.axhspan(floor / 2, floor * 2, color="0.92")
axis.text(96, floor, "every bit the same", ha="center", va="center")
axis.set_xticks(sizes[powers], LABELS)
axis.set_yticks([floor, 1e-8, 1e-7, 1e-6], ["0", "$10^{-8}$", "$10^{-7}$", "$10^{-6}$"])
axis.set(
    xlabel="batch size $N$",
    ylabel="largest difference,\nrelative",
    ylim=(floor / 2, 3e-6),
    title="output_gradients against mean_q, one gradient of an actor of 64-64",
)
axis.legend(loc="lower center", bbox_to_anchor=(0.72, 0.2), ncols=2)
show(
    figure,
    "The largest relative difference over the batch size: all powers of two lie in the strip where "
    f"every bit is the same, the others between {found[~is_power, 1].min():.0e} and "
    f"{found[~is_power, 1].max():.0e}.",
)
parted = found[~is_power]
say(
    f"At powers of two the largest difference is {found[is_power, 1].max():g}. Elsewhere it is "
    f"between {parted[:, 1].min():.0e} and {parted[:, 1].max():.0e}. The gap between 1 and the "
    f"next float32 is {np.finfo(np.float32).eps:.0e}."
)

# %% [markdown]
# `target_action` is another matter. It computes $(a + dQ/da) - a$, and the part of $dQ/da$ that
# does not fit beside $a$ is lost. No power of two helps. The flatter the critic, the more is lost.
# To make it flatter, we multiply its value by a power of two, which by itself rounds nothing.

# %%
rows = []
for scale in (1, 2**-10, 2**-20):
    (same, _), (kept, off) = (
        compare_at(64, way, lambda inputs, scale=scale: scale * critic(inputs))
        for way in ("output_gradients", "target_action")
    )
    rows.append([float(scale), f"{same:.0%}", f"{kept:.0%}", float(off)])
columns = ["`output_gradients`, same bits", "`target_action`, same bits", "its relative error"]
table(["$N = 64$, critic times", *columns], rows)

# %% [markdown]
# ## What a compiler may change
#
# A processor can do a product and a sum in one go, and round once instead of twice. Whoever writes
# `a * b + c` does not say which. A compiler may choose, and may choose differently when something
# nearby changes.

# %%
a, b, c = rng.normal(size=(3, 100_000)).astype(np.float32)
twice = a * b + c
once = (np.float64(a) * np.float64(b) + c).astype(np.float32)


def product_and_sum(a, b, c):
    return a * b + c


eager = product_and_sum(*map(tf.constant, (a, b, c))).numpy()
compiled = tf.function(product_and_sum, jit_compile=True)(*map(tf.constant, (a, b, c))).numpy()
table(
    ["", "bits of two roundings", "bits of one rounding"],
    [
        [name, f"{np.mean(result == twice):.1%}", f"{np.mean(result == once):.1%}"]
        for name, result in {"TensorFlow, eager": eager, "the same under XLA": compiled}.items()
    ],
)

# %% [markdown]
# Here is the gradient of one strategy in three modes. The mathematics is the same and the program
# text is the same, but the bits need not be.

# %%
observations = tf.constant(rng.normal(size=(64, 8)), tf.float32)
strategy = get_strategy("mean_q")


def mean_q_gradients(observations):
    return strategy.gradients(actor, critic, observations)


modes = {
    "eager": mean_q_gradients,
    "`tf.function`": tf.function(mean_q_gradients),
    "XLA": tf.function(mean_q_gradients, jit_compile=True),
}
in_mode = {name: flat(function(observations)) for name, function in modes.items()}
reference = in_mode["eager"]
table(
    ["mode", "numbers with the bits of eager mode", "largest relative difference"],
    [
        [
            name,
            f"{np.mean(numbers == reference):.1%}",
            float(np.abs(numbers - reference).max() / np.abs(reference).max()),
        ]
        for name, numbers in in_mode.items()
    ],
)

# %% [markdown]
# So "equal to the bit" is a promise about two *strategies in one mode*, never about one strategy in
# two modes. Under XLA even that is at risk, because gradient and optimiser become one program: the
# last operation of the gradient and the first of the optimiser may be rounded together, for one
# strategy and not for another. This library puts a **fence** between them
# (`ddpg_tf/strategies/fence.py`). The committed result of `python -m comparisons lockstep` has
# training runs with and without it:

# %%
lockstep = json.loads((RESULTS / "lockstep" / "data.json").read_text())
rows = []
for group in lockstep["groups"]:
    if group["batch_size"] == 64:
        first = group["runs"]["output_gradients"]["first_different_update"]
        rows.append(
            [
                "with" if group["fenced"] else "without",
                group["normalization"],
                "never" if first is None else first,
            ]
        )
table(["fence", "normalisation", "`output_gradients` and `mean_q` part at update"], rows)

# %% [markdown]
# ## What Adam amplifies
#
# Adam divides a gradient by its running root mean square. At the first step, that is the gradient's
# own size:
#
# $$\Delta\theta = -\eta \,\frac{g}{|g| + \epsilon'}$$
#
# with $\epsilon' = \epsilon / \sqrt{1 - \beta_2}$: Keras adds its $\epsilon$ to an average that has
# only begun to fill, so $\epsilon$ weighs more at the first step. Whether $g$ is large or tiny, the
# size of the step is the learning rate $\eta$, until $g$ comes near $\epsilon'$. Only the sign
# counts.


# %%
def first_step(g, learning_rate=1e-3):
    weight = tf.Variable(tf.zeros(len(g)))
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.apply([tf.constant(g, tf.float32)], [weight])
    return -weight.numpy() / learning_rate


adam = keras.optimizers.Adam()
smallest = adam.epsilon / np.sqrt(1 - adam.beta_2)
g = np.logspace(-10, 1, 200).astype(np.float32)
figure, axis = plt.subplots()
axis.axvline(smallest, color="black", linewidth=0.8, linestyle=":")
axis.text(1.4 * smallest, 0.05, "$\\epsilon'$")
axis.semilogx(g, g / g.max(), color=GREY, label="gradient descent, scaled to fit")
axis.semilogx(g, first_step(g), color=BLUE, linewidth=2.5, label="Adam's first step")
axis.set(
    xlabel="size of the gradient",
    ylabel="step (learning rates)",
    title="Down to $\\epsilon'$, Adam takes a tiny gradient as seriously as a large one",
)
axis.legend(loc="center left")
show(
    figure,
    "The step over the size of the gradient, on a logarithmic axis. Gradient descent's falls away "
    "at once. Adam's first step stays near one learning rate, down to gradients of the size of "
    f"epsilon', {smallest:.1e}.",
)
say(
    f"Keras has epsilon = {adam.epsilon:g} and beta_2 = {adam.beta_2:g}, so epsilon' = "
    f"{smallest:.1e}."
)

# %% [markdown]
# Now take a gradient that should be zero. Batch norm subtracts the mean over the batch, and with it
# any bias that was added just before. So that bias has no effect on anything: its true gradient
# is 0. What a computer finds is what is left after rounding.

# %%
normed = build_actor(8, -np.ones(2), np.ones(2), hidden_sizes=(32,), normalization="batch", seed=0)
judge = build_critic(8, 2, hidden_sizes=(32,), seed=1)
paths = [weight.path for weight in normed.trainable_variables]
KERNEL, BIAS = (
    next(i for i, path in enumerate(paths) if path.endswith(end)) for end in ("kernel", "bias")
)
say(f"The dead bias is `{paths[BIAS]}`; the weights that it stands beside are `{paths[KERNEL]}`.")

# %% [markdown]
# How large is the noise? It is what is left of $dQ/da$, so a steep critic leaves more. A new critic
# is nearly flat. We multiply its value by a power of two, which rounds nothing and makes it as
# steep as we like. A task with large rewards does the same.


# %%
def both_gradients(n, scale):
    """The gradients of the two strategies, with the critic `scale` times as steep."""
    states = tf.constant(np.random.default_rng(n).normal(size=(n, 8)), tf.float32)
    return [
        [
            gradient.numpy()
            for gradient in get_strategy(way).gradients(
                normed, lambda inputs: scale * judge(inputs), states
            )
        ]
        for way in ("output_gradients", "mean_q")
    ]


def slope(n, scale):
    """The root mean square of dQ/da."""
    states = tf.constant(np.random.default_rng(n).normal(size=(n, 8)), tf.float32)
    _, dq_da = action_gradient(judge, states, normed(states))
    return scale * float(np.sqrt(np.mean(np.square(dq_da))))


# %%
STEEP = 20
rows, apart, noise_apart, slopes = [], {}, {}, {}
for n, k in ((100, 0), (100, STEEP // 2), (100, STEEP), (64, STEEP)):
    ours, reference = both_gradients(n, 2.0**k)
    steps = first_step(ours[BIAS]), first_step(reference[BIAS])
    noise = np.abs(reference[BIAS]).max()
    apart[n], slopes[n] = float(np.abs(steps[0] - steps[1]).max()), slope(n, 2.0**k)
    noise_apart[n] = np.abs(ours[BIAS] - reference[BIAS]).max() / noise
    kernel = np.abs(reference[KERNEL]).max()
    step = np.abs(steps[1]).max()
    rows.append([n, f"$2^{{{k}}}$", slopes[n], float(kernel), float(noise), float(step), apart[n]])
table(["$N$", "critic times", "$dQ/da$", "kernel", "bias", "Adam's step", "apart"], rows)

# %% [markdown]
# In this table, $dQ/da$ means its root mean square; *kernel* and *bias* mean the largest gradient
# of each; *Adam's step* is the step of the bias, in learning rates; *apart* is how far apart the
# steps of the two strategies are.

# %%
say(
    "The gradient of the bias is noise. At N = 64 both strategies have the same noise, to the bit. "
    f"At N = 100 the noise of one differs from the other's by {noise_apart[100]:.1f} times its own "
    f"size. Under a flat critic it stays far below epsilon', and Adam hardly moves. Under one as "
    f"steep as dQ/da = {slopes[100]:.0f} it becomes {apart[100]:.2g} learning rates at the first "
    "step."
)

# %% [markdown]
# Such weights are rare in a plain network. A gradient that only passes through zero is divided by a
# *running* root mean square, which remembers larger values. Only a gradient that is tiny all the
# time stays amplified.
#
# ## A whole training
#
# An actor that differs in the last bit takes an action that differs in the last bit. The pendulum
# swings a little differently; the replay buffer holds a different number; the next gradient differs
# more. This is the committed result of `ddpg-tf compare`.

# %%
result = json.loads((RESULTS / "compare" / "compare.json").read_text())
show(
    compare_figure(result),
    "Above, the returns of three strategies over the steps: with batch 64 the curves lie on each "
    "other, with batch 100 output_gradients leaves the other two. Below, the largest difference of "
    "a weight: exactly 0 with batch 64; with batch 100 that of output_gradients grows from a "
    "rounding error to the size of a weight.",
)

# %% [markdown]
# Is the run that left the others any worse?

# %%
returns = {
    name: run["eval_returns"]
    for group in result["groups"]
    if group["batch_size"] == 100
    for name, run in group["runs"].items()
}
between = np.abs(np.subtract(returns["output_gradients"], returns["mean_q"]))
say(
    f"On its way its returns are up to {between.max():.0f} away from those of `mean_q`. At the end "
    f"it has {returns['output_gradients'][-1]:.1f}, the others {returns['mean_q'][-1]:.1f}. It is "
    "another training, as if with another seed. A last bit does not know what is good."
)

# %% [markdown]
# ## What was seen

# %%
last = {
    group["batch_size"]: {
        name: run["differences"][-1][1] for name, run in group["runs"].items() if name != "mean_q"
    }
    for group in result["groups"]
}
say(f"""
- Dividing by a power of two moves every float onto a float. Divide first or last: with N = 2^k
  {agreed[powers].min():.0%} of the sums agreed in every bit; at N = 100 it was
  {agreed[sizes == 100][0]:.0%}.
- The gradient of an actor: difference {compare_at(64)[1]:g} at N = 64 and
  {compare_at(100)[1]:.0e} at N = 100, relative to its largest component.
- A bias with a true gradient of 0 is moved by Adam on rounding noise. Under a critic as steep as
  dQ/da = {slopes[100]:.0f} two strategies moved it {apart[100]:.2g} learning rates apart at
  N = 100, {apart[64]:g} at N = 64.
- After {result["config"]["total_steps"]:,} environment steps the largest difference of a weight
  was {max(last[64].values()):g} at batch 64 and {max(last[100].values()):.1f} at batch 100.
""")

# %% [markdown]
# ## Exercises
#
# **1. Predict.** For which batch sizes will `output_gradients` have the bits of `mean_q`? The check
# below measures. The guess that the function makes now is not right.


# %%
def same_bits_expected(n):
    return n % 2 == 0


def check_prediction(predict):
    for n in (2, 3, 6, 8, 12, 16, 24, 32, 33, 64, 96, 100, 128):
        equal = bool(compare_at(n)[0] == 1)
        if bool(predict(n)) != equal:
            answer = "every bit is equal" if equal else "bits differ"
            return f"Not yet: at N = {n}, {answer}."
    return "Right for all that were tried."


say(check_prediction(same_bits_expected))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The powers of two. (Written in binary, such an $n$ has a single 1; $n - 1$ has ones in exactly the
# places below it.)
#
# ```python
# def same_bits_expected(n):
#     return n & (n - 1) == 0
# ```
#
# </details>
#
# **2. To how many bits?** The function below is right in its mathematics. What does `diagnose` say?
# Find the line at fault, mend it, and read to how many bits your gradient is right. (Why not all of
# them?)

# %%
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(theta)
        q = critic([observations, actor(observations, training=True)])
        loss = -tf.reduce_mean(q)
    gradients = tape.gradient(loss, theta)
    return [tf.cast(tf.cast(gradient, tf.float16), tf.float32) for gradient in gradients]


print(diagnose(my_gradients))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The last line passes every number through float16, which has 11 bits. Without it, nearly all 24
# are right. Not all of them are: the sums over batch and units are rounded at each step, in an
# order of their own, and `diagnose` compares with float64.
#
# ```python
# def my_gradients(actor, critic, observations):
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
# **3. Think** (to try). Adam's $\epsilon$ is added to $|g|$. The sum over a batch is $N$ times the
# mean. For which gradients does it matter to Adam whether you sum or average? Draw
# `first_step(64 * g)` over `g` as a third line in the picture of Adam's first step.
#
# <details><summary>Solution</summary>
#
# Only for those that are not far above $\epsilon'$. For larger ones, the size of both steps is the
# learning rate, as only the sign counts. The third line is Adam's, moved to the left by a factor of
# 64: the sum still takes whole steps where the mean hardly moves.
#
# ```python
# axis.semilogx(g, first_step(64 * g), color=ORANGE, label="Adam's, of the sum over 64")
# ```
#
# </details>
#
# ## Sources
#
# - D. Goldberg, *What every computer scientist should know about floating-point arithmetic*, ACM
#   Computing Surveys 23, 1991.
# - D. Kingma and J. Ba, *Adam*, arXiv 1412.6980, algorithm 1 and the end of section 2.
# - Asked in public: sum or mean? pemami4911/deep-rl #3, #13, #15; floodsung/DDPG #15. Divided
#   twice? floodsung/DDPG #2. Scaling a loss under Adam: ray-project/ray #4672.
# - Measured at length: `results/equivalence/README.md`, `results/lockstep/README.md`.
