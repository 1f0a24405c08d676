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
# # 3. The actor gradient by hand
#
# **At the end you can say**
#
# - what the two factors of the deterministic policy gradient are, as numbers on paper;
# - why nobody has to build the Jacobian $\partial a / \partial \theta$;
# - where the minus sign and the division by $N$ come from;
# - why no third term is needed for a $Q$ that changes with the actor;
# - what happens if one factor is forgotten.

# %%
from page import RESULTS, begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import numpy as np
import tensorflow as tf
from pictures import by_hand as draw
from wiggling import check_edged, check_stretched

# %% [markdown]
# ## The idea
#
# An **actor** turns a state into an action. A **critic** says how good the action is.
# We want to change the actor's weight so that the critic's number grows. The weight acts on the
# number only through the action. So the chain rule has two factors:
#
# $$\frac{dQ}{d w} = \frac{dQ}{d a} \cdot \frac{d a}{d w}$$
#
# The first is the critic's answer to "more or less of this action?". The second is the actor's
# answer to "how do I make more of it?".
#
# The smallest case that shows everything has one state, one action and one weight:
#
# $$a = \tanh(w s), \qquad Q(a) = -(a - 1)^2$$
#
# This critic likes the action 1 best.

# %%
s, w = 2.0, 0.25

# %% [markdown]
# ## On paper
#
# Go forward first and keep what each step gives.

# %%
z = w * s
a = np.tanh(z)
Q = -((a - 1) ** 2)
say(rf"""
$z = w s = {w} \cdot {s:g} = {z}$

$a = \tanh z = {a:.4f}$

$Q = -(a - 1)^2 = {Q:.4f}$
""")

# %% [markdown]
# Then go backward. Each step has a derivative of its own, made from numbers that we already have.

# %%
slope_of_q = -2 * (a - 1)
da_dz = 1 - a**2
dz_dw = s
say(rf"""
$\dfrac{{dQ}}{{da}} = -2\,(a - 1) = {slope_of_q:.4f}$ — the critic wants more.

$\dfrac{{da}}{{dz}} = 1 - a^2 = {da_dz:.4f}$ — the tanh lets this share of a change through.

$\dfrac{{dz}}{{dw}} = s = {dz_dw:g}$ — the weight is multiplied by the state.

The product is $\dfrac{{dQ}}{{dw}} = {slope_of_q:.4f} \cdot {da_dz:.4f} \cdot {dz_dw:g}
= {slope_of_q * da_dz * dz_dw:.4f}$.
""")

# %% [markdown]
# ## The same as a graph
#
# Each circle holds a value. Each edge holds the derivative of the step that it stands for. The way
# back runs below: start with 1 at $Q$ and multiply by each edge that you cross.

# %%
values = [("w", w), ("z", z), ("a", a), ("Q", Q)]
edges = [
    ("$dz/dw = s$", dz_dw),
    ("$da/dz = 1 - a^2$", da_dz),
    ("$dQ/da = -2(a - 1)$", slope_of_q),
]
show(
    draw.chain(values, edges, "One state, one action, one weight"),
    "Four circles in a row: w, z, a and Q with their values. Arrows lead from each to the next, "
    "the derivative of each step above them. Below, arrows lead back from Q: 1 is multiplied by "
    f"each derivative in turn, and {slope_of_q * da_dz * dz_dw:.4f} arrives at the weight.",
)

# %% [markdown]
# The action is where the two networks meet. Everything to its right is the critic, everything to
# its left the actor. The number under $a$ is all that the actor ever learns from the critic.
#
# ## Is it true?
#
# Wiggle the weight and look. The slope of the curve at our weight must equal the product.


# %%
def q_of(w, s=s):
    return -((np.tanh(w * s) - 1) ** 2)


def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


gradient = slope_of_q * da_dz * dz_dw
wiggled = slope(q_of, w)
say(f"By the chain rule {gradient:.6f}, by wiggling {wiggled:.6f}.")

# %%
show(
    draw.tangent(q_of, w, gradient),
    "Q over the weight, a curve that rises and flattens out. A straight line touches it at our "
    "weight and has the slope that the chain rule gave. An arrow shows one step uphill.",
)

# %% [markdown]
# ## Forget a factor
#
# Whichever factor is forgotten, the result looks like a gradient. Here it even has the right sign.
# That is why such mistakes survive.

# %%
table(
    ["forgotten", "result", "should be"],
    [
        ["nothing", gradient, gradient],
        ["$da/dz$, the slope of the tanh", slope_of_q * dz_dw, gradient],
        ["$dQ/da$, the critic", da_dz * dz_dw, gradient],
        ["$dz/dw$, the state", slope_of_q * da_dz, gradient],
    ],
)

# %% [markdown]
# With another state, though, the sign flips. Take $s < 0$: to make *more* of the action, the weight
# must become *smaller*.

# %%
other = -1.0
a_other = np.tanh(w * other)
right = -2 * (a_other - 1) * (1 - a_other**2) * other
without_state = -2 * (a_other - 1) * (1 - a_other**2)
say(
    f"At s = {other:g} the gradient is {right:.3f}; "
    f"without the state it would be {without_state:.3f}."
)

# %% [markdown]
# ## A batch
#
# One weight serves every state. With three states there are three chains, and all begin at the same
# weight. Each state has a goal of its own: its best action.

# %%
states = np.array([2.0, -1.0, 0.5])
goals = np.array([1.0, -0.8, -0.2])

actions = np.tanh(w * states)
dq_da = -2 * (actions - goals)
da_dw = (1 - actions**2) * states
rows = zip(states, actions, goals, dq_da, da_dw, dq_da * da_dw, strict=True)
table(
    ["$s_i$", "$a_i$", "goal", "$dQ_i/da_i$", "$da_i/dw$", "product"],
    [[float(number) for number in row] for row in rows],
)

# %%
products = dq_da * da_dw
N = len(states)
say(rf"The sum is {products.sum():.4f}. The mean, $\frac1N$ of it, is **{products.mean():.4f}**.")

# %% [markdown]
# As a graph: one weight, three paths to one number. Each path's product, divided by $N$, is written
# at its end, on the right. What arrives at the weight is the **sum** of these products: the weight
# feels every path. The $1/N$ of the mean is on the last edges.

# %%
show(
    draw.paths(da_dw, dq_da),
    "A graph: from one weight three arrows lead to three actions, from each action one to its Q, "
    "from each Q one to their mean. The derivatives stand on the arrows. The product along each "
    "path stands at its end, and their sum at the weight.",
)

# %% [markdown]
# The three states pull at one weight, and not all in the same direction. The mean is the
# compromise.

# %%
show(
    draw.pulls(states, products),
    "Bars: two of the three states pull the weight up, one pulls it down. The bar of the mean "
    "points up.",
)

# %% [markdown]
# ## NumPy
#
# Here is the same in code. With arrays, a product per row and a mean over rows are one line each.


# %%
def policy_gradient(w, states, goals):
    """d(mean Q)/dw, a number."""
    actions = np.tanh(w * states)  # [N]
    dq_da = -2 * (actions - goals)  # [N]
    da_dw = (1 - actions**2) * states  # [N]
    return np.mean(dq_da * da_dw)


# %%
say(f"NumPy: {policy_gradient(w, states, goals):.6f}. The table above: {products.mean():.6f}.")

# %% [markdown]
# ## TensorFlow, both factors written out
#
# A tape records the forward pass so that it can be walked back. Two tapes give the two factors.
#
# - The critic's tape is asked for $dQ/da$. Row $i$ of $Q$ depends on row $i$ of $a$ alone, so the
#   answer has one number per row.
# - The actor's tape is asked for the *product* of $da/dw$ with a given vector, `output_gradients`.
#   It never builds $da/dw$ alone. It starts at the actions with this vector instead of with ones.
#
# An optimiser goes downhill, but we want to go uphill. Hence the minus. It may stand in front of
# $Q$, of $dQ/da$ or of the result: a product changes its sign whichever of its factors does. What
# counts is that the minus is there exactly once.

# %%
W = tf.Variable(w, dtype=tf.float64)
S, G = tf.constant(states), tf.constant(goals)

with tf.GradientTape() as actor_tape:
    A = tf.tanh(W * S)

with tf.GradientTape() as critic_tape:
    critic_tape.watch(A)
    q = -((A - G) ** 2)

dq_da_tf = critic_tape.gradient(q, A)
summed = actor_tape.gradient(A, W, output_gradients=-dq_da_tf)
two_tapes = summed / N
say(
    f"Two tapes: {two_tapes.numpy():.6f}, the negative of the number above. Before the division by "
    f"N = {N} it was {summed.numpy():.6f}: a tape returns a sum."
)

# %% [markdown]
# ## TensorFlow, one tape
#
# Write the loss $-\frac1N \sum_i Q_i$ and let the tape run through critic *and* actor.

# %%
with tf.GradientTape() as tape:
    loss = -tf.reduce_mean(-((tf.tanh(W * S) - G) ** 2))
one_tape = tape.gradient(loss, W)
say(
    f"One tape: {one_tape.numpy():.6f}. Difference from two tapes: {abs(one_tape - two_tapes):.1e}."
)

# %% [markdown]
# No factor is missing in the second way. Backpropagation passes through $a$ on its way to the
# weight, and what it carries there is $-\frac1N\,dQ/da$. We can check. The function below does
# nothing in the forward pass. In the backward pass it notes what flows by.

# %%
seen_at_a = []


@tf.custom_gradient
def look(actions):
    def backward(upstream):
        seen_at_a.append(upstream.numpy())
        return upstream

    return tf.identity(actions), backward


with tf.GradientTape() as tape:
    loss = -tf.reduce_mean(-((look(tf.tanh(W * S)) - G) ** 2))
tape.gradient(loss, W)
table(
    ["state", "seen at the action, one tape", "$-dQ/da / N$, by hand"],
    [[float(x) for x in row] for row in zip(states, seen_at_a[0], -dq_da / N, strict=True)],
)

# %% [markdown]
# ## Two actions
#
# With one action, $dQ/da$ is a number. With two it is a vector, and $\partial a/\partial\theta$ is
# a table, the Jacobian: a row for each action, a column for each weight. Take a hidden value $h$
# that serves both actions:
#
# $$h = \tanh(w_1 s), \qquad a_1 = w_2 h, \qquad a_2 = w_3 h, \qquad
# Q = -(a_1 - 1)^2 - (a_2 + \tfrac12)^2$$
#
# Each row is weighted by its action's $dQ/da$. Then the rows are added. That is a vector times a
# matrix.

# %%
w1, w2, w3 = 0.25, 1.0, -2.0
h = np.tanh(w1 * s)
vector = np.array([-2 * (w2 * h - 1), -2 * (w3 * h + 0.5)])
jacobian = np.array([[w2 * (1 - h**2) * s, h, 0.0], [w3 * (1 - h**2) * s, 0.0, h]])
by_table = vector @ jacobian
table(
    ["", "$dQ/da_k$", "$da_k/dw_1$", "$da_k/dw_2$", "$da_k/dw_3$"],
    [
        *([f"$a_{k + 1}$", float(vector[k]), *map(float, jacobian[k])] for k in range(2)),
        ["weighted and added", "", *map(float, by_table)],
    ],
)

# %% [markdown]
# The backward pass builds no table. It carries the vector from the actions to $h$, where two paths
# meet. Their sum is one number, and from there on everything is as with one action.

# %%
at_h = vector[0] * w2 + vector[1] * w3
V = tf.constant([w1, w2, w3], tf.float64)
with tf.GradientTape() as tape:
    tape.watch(V)
    two_actions = V[1:] * tf.tanh(V[0] * s)
by_tape = tape.gradient(two_actions, V, output_gradients=tf.constant(vector)).numpy()
say(
    rf"At $h$ arrives ${vector[0]:.4f} \cdot {w2:g} + {vector[1]:.4f} \cdot ({w3:g}) "
    rf"= {at_h:.4f}$. Times $(1 - h^2)\,s = {(1 - h**2) * s:.4f}$ it is "
    rf"{at_h * (1 - h**2) * s:.4f}, the number in the column of $w_1$. A tape that is given the "
    f"vector as `output_gradients` returns {', '.join(f'{x:.4f}' for x in by_tape)}."
)

# %% [markdown]
# ## Why the Jacobian is never built
#
# With $N$ states, `act_dim` action components and $|\theta|$ weights, $\partial a/\partial\theta$
# has $N \cdot \text{act\_dim} \cdot |\theta|$ numbers. The product with $dQ/da$ has only
# $|\theta|$. Reverse mode goes through the graph once, from the right. It needs to hold the
# activations of the forward pass, one vector at the actions, and the result. It never holds the
# Jacobian.

# %%
batch, act_dim, obs_dim, width = 64, 6, 17, 256
theta = (obs_dim * width + width) + (width * width + width) + (width * act_dim + act_dim)
table(
    ["", "numbers", "megabytes in float32"],
    [
        ["Jacobian $\\partial a/\\partial\\theta$", f"{batch * act_dim * theta:,}",
         f"{batch * act_dim * theta * 4 / 1e6:,.1f}"],
        ["gradient", f"{theta:,}", f"{theta * 4 / 1e6:,.1f}"],
    ],
)  # fmt: skip

# %% [markdown]
# ## Climb
#
# Repeat the step, and the weight finds the top of the mean of the three hills. No state gets its
# own best action: one weight has to serve all.


# %%
STEPS = 60


def climb(gradient, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] + 0.2 * gradient(path[-1], states, goals))
    return np.array(path)


def hills(weights):
    return -((np.tanh(np.multiply.outer(weights, states)) - goals) ** 2)


path = climb(policy_gradient, STEPS)
show(
    draw.climb(path, hills, states),
    "The Q of three states over the weight, three hills with different tops, and their mean. Dots "
    f"climb the mean, ever closer together, to its top at {path[-1]:.2f}.",
)

# %% [markdown]
# ## What it has to do with the return
#
# The hills above were given. A real $Q^\mu$ is made by the actor itself: it is the return from
# taking $a$ in $s$ and following $\mu$ from then on. Change the weights, and the hills change too.
# What we want to raise is $J(\theta)$, the mean return from following $\mu$ from the start. The
# theorem of Silver et al. says that the gradient of $J$ has the same two factors, and no further
# term for the changing hills:
#
# $$\frac{\partial J}{\partial\theta} \propto \mathbb E_{s \sim \rho^\mu}\left[
# \frac{\partial Q^\mu(s, a)}{\partial a}\Big|_{a=\mu(s)} \cdot
# \frac{\partial \mu(s)}{\partial\theta}\right]$$
#
# **Why no third term?** A hill changes because the *later* actions change. But those have rows of
# their own in the sum over states. A task of two steps shows it: move by $a$, and pay the square of
# where you land.

# %%
gamma, start, v = 0.9, 2.0, -0.25


def reward(s, a):
    return -((s + a) ** 2)


def mu(v, s):
    return np.tanh(v * s)


def q_of_first(v, a):
    """Take `a` first, then follow the actor with weight v."""
    return reward(start, a) + gamma * reward(start + a, mu(v, start + a))


first = mu(v, start)
later = start + first
factors = [
    (slope(lambda a: q_of_first(v, a), first), slope(lambda v: mu(v, start), v)),
    (slope(lambda a: reward(later, a), mu(v, later)), slope(lambda v: mu(v, later), v)),
]
rows = [
    [f"{state:.4g}", counted, *pair, counted * pair[0] * pair[1]]
    for state, counted, pair in zip((start, later), (1.0, gamma), factors, strict=True)
]
table(["state", "counted", "$dQ/da$", "$da/dw$", "product"], rows)
third = slope(lambda v: q_of_first(v, first), v)
of_return = slope(lambda v: q_of_first(v, mu(v, start)), v)
say(
    f"The rows add up to {rows[0][-1] + rows[1][-1]:.4f}. Wiggle the weight: the return of both "
    f"steps has the slope {of_return:.4f}. Nothing is missing. Now hold the first action and "
    f"wiggle the weight: the $Q$ of that action has the slope {third:.4f}. This is the third "
    "term, and it is the second row."
)

# %% [markdown]
# So $Q$ may be held fixed while the actor takes its step. The states must be those that $\mu$
# visits, with later ones discounted. (In the table, this is the column "counted".)
#
# **A batch holds states that older actors visited. Must they be weighted?** Not on account of the
# actions. The gradient of a stochastic policy is a mean over its *actions*, too; if an older policy
# chose them, each has to be weighted by a ratio of probabilities. $\mu$ has one action in each
# state, and we compute it anew, with today's weights. So there is no integral over actions, and no
# ratio (Silver et al. 2014, on off-policy actor-critics). For the *states*, a weight would be
# right, but DDPG leaves it out: the states are those of older actors, and all count alike. Besides,
# DDPG's critic is only learned. So its gradient is an approximation. How good it is has been
# measured where the truth is known:

# %%
theorem = json.loads((RESULTS / "theorem" / "data.json").read_text())
angles = [kind["alike"]["angles"] for kind in theorem["states"].values() if isinstance(kind, dict)]
say(rf"""
On a task whose $Q^\mu$ is known, the product of the two factors is the gradient of $J$, to
{max(theorem["errors"].values()):.0e}. With the right $Q$ but the states counted alike it is turned
by {angles[0][0]:.0f} degrees, with states of other actors besides by at most
{max(map(max, angles)):.0f}: still uphill (`results/theorem/README.md`).
""")

# %% [markdown]
# ## What was seen

# %%
say(f"""
- The gradient of one state is a product of three numbers, {gradient:.4f} here; wiggling gives the
  same to {abs(gradient - wiggled):.0e}.
- Over a batch it is the mean of such products. NumPy, two tapes and one tape agree to
  {max(abs(-two_tapes.numpy() - products.mean()), abs(one_tape.numpy() - two_tapes.numpy())):.0e}.
- A tape returns the sum over the batch, {N} times the mean here.
- From w = {path[0]:.2f} the {STEPS} steps led to w = {path[-1]:.3f}, where the gradient is
  {policy_gradient(path[-1], states, goals):.0e}.
""")

# %% [markdown]
# ## Exercises
#
# **1. Stretch the action.** A pendulum takes torques up to 2, so its actor is $a = 2 \tanh(w s)$.
# The 2 belongs in two places; the function has it in one. Run the check, read what it says, and
# find the other place.


# %%
def stretched_gradient(w, states, goals):
    squashed = np.tanh(w * states)
    actions = 2 * squashed
    dq_da = -2 * (actions - goals)
    da_dw = (1 - squashed**2) * states
    return np.mean(dq_da * da_dw)


say(check_stretched(stretched_gradient))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The derivative of $2 \tanh z$ is $2\,(1 - \tanh^2 z)$. (The 2 in $dQ/da$ is a different one: it
# comes from the square.)
#
# ```python
# def stretched_gradient(w, states, goals):
#     squashed = np.tanh(w * states)
#     actions = 2 * squashed
#     dq_da = -2 * (actions - goals)
#     da_dw = 2 * (1 - squashed**2) * states
#     return np.mean(dq_da * da_dw)
# ```
#
# </details>
#
# **2. The same with networks.** `diagnose` gives your function random actors, critics and batches
# and compares what comes back with the truth and with a catalogue of mistakes. Read its verdict,
# then mend the function.


# %%
from ddpg_tf.diagnosis import diagnose


def my_gradients(actor, critic, observations):
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as actor_tape:
        actor_tape.watch(theta)
        actions = actor(observations, training=True)
    with tf.GradientTape() as critic_tape:
        critic_tape.watch(actions)
        q = critic([observations, actions])
    dq_da = critic_tape.gradient(q, actions)
    return actor_tape.gradient(actions, theta, output_gradients=-dq_da)


print(diagnose(my_gradients))

# %% [markdown]
# <details><summary>Solution</summary>
#
# A tape returns the sum over the batch. Divide by the number of states.
#
# ```python
# def my_gradients(actor, critic, observations):
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
# **3. Another critic.** Let the critic be $Q(a) = -|a - \text{goal}|$. What is $dQ/da$, on paper?
# What changes when the action has passed the goal? The function below still has the slope of the
# square. Mend it, and see where, and how, the climb of 80 steps ends now.


# %%
def edged_gradient(w, states, goals):
    actions = np.tanh(w * states)
    dq_da = -2 * (actions - goals)
    da_dw = (1 - actions**2) * states
    return np.mean(dq_da * da_dw)


say(check_edged(edged_gradient))


# %%
def edged_hills(weights):
    return -np.abs(np.tanh(np.multiply.outer(weights, states)) - goals)


def show_edged(gradient):
    path = climb(gradient, 80)
    turns = np.sum(np.diff(np.sign(np.diff(path))) != 0)
    ending = f"The climb ends at w = {path[-1]:.3f} and has turned round {turns} times."
    edge = np.arctanh(goals[1]) / states[1]
    show(
        draw.edged_climb(path, edged_hills, states, edge),
        "Above, three hills with sharp edges over the weight, and their mean, which dots climb. "
        f"Below, the weight over the second half of the steps. {ending}",
    )
    say(ending)


show_edged(edged_gradient)

# %% [markdown]
# <details><summary>Solution</summary>
#
# $dQ/da$ is $+1$ below the goal and $-1$ above it: $-\text{sign}(a - \text{goal})$. It does not
# shrink near the goal, so nothing tells the actor to slow down. The climb reaches the edge of the
# hill that belongs to state $-1$, steps over it, finds a steep slope on the other side that throws
# it back, creeps up again, and so on: a **zigzag**. It never ends, and only smaller steps make it
# smaller. Open the cell below to see it. A critic of ReLUs has such edges everywhere (notebook 4).
#
# ```python
# def edged_gradient(w, states, goals):
#     actions = np.tanh(w * states)
#     dq_da = -np.sign(actions - goals)
#     da_dw = (1 - actions**2) * states
#     return np.mean(dq_da * da_dw)
# ```
#
# </details>

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["hide-cell"]
# exercise 3, solved
show_edged(lambda w, s, g: np.mean(-np.sign(np.tanh(w * s) - g) * (1 - np.tanh(w * s) ** 2) * s))

# %% [markdown]
# ## Sources
#
# - D. Silver et al., *Deterministic policy gradient algorithms*, ICML 2014, theorem 1; on
#   states of other policies, the section on off-policy deterministic actor-critics.
# - T. Lillicrap et al., *Continuous control with deep reinforcement learning*, arXiv 1509.02971,
#   equation 6.
# - Asked in public: is the gradient averaged already? pemami4911/deep-rl #3, #13, #15. What is the
#   third argument of `tf.gradients`, and why the minus? floodsung/DDPG #2, liampetti/DDPG #1. Is
#   the actor's factor missing with `-mean(Q)`? openai/baselines #645. How do two tapes work
#   together? Dekki-Aero/DDPG #2. All are answered with measurements in
#   `results/questions/README.md`.
