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
# - what happens if one factor is forgotten.

# %%
from page import BLUE, GREEN, GREY, ORANGE, PINK, RESULTS, begin, say, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
import json

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

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
# Then go backward. Each step has a derivative of its own, made of numbers that are already there.

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
# A circle holds a value. An edge holds the derivative of the step that it stands for. Below runs
# the way back: start with 1 at $Q$ and multiply by each edge that you cross.


# %%
def draw_chain(values, edges, title):
    """values: [(name, number)] from weight to Q; edges: [(formula, number)] between them."""
    _, axis = plt.subplots(figsize=(9.5, 3.5))
    axis.set(xlim=(-0.5, len(values) - 0.5), ylim=(-1.1, 1.15), title=title)
    axis.axis("off")
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 32, "shrinkB": 32}
    back = 1.0
    for x in reversed(range(len(values))):
        name, value = values[x]
        axis.scatter(x, 0.45, s=3300, color="white", edgecolor=BLUE, linewidth=2, zorder=3)
        axis.text(x, 0.45, f"${name}$\n{value:.4f}", ha="center", va="center", zorder=4)
        last = values[-1][0]
        text = f"$d{last}/d{name}$\n{back:.4f}"
        axis.text(x, -0.75, text, ha="center", va="center", color=ORANGE)
        if x:
            formula, number = edges[x - 1]
            forward = {**arrow, "color": BLUE}
            axis.annotate("", xy=(x, 0.45), xytext=(x - 1, 0.45), arrowprops=forward)
            axis.text(x - 0.5, 0.6, f"{formula}\n{number:.4f}", ha="center", va="bottom")
            backward = {**arrow, "color": ORANGE}
            axis.annotate("", xy=(x - 1, -0.75), xytext=(x, -0.75), arrowprops=backward)
            axis.text(x - 0.5, -0.62, f"× {number:.4f}", ha="center", color=ORANGE)
            back *= number
    axis.text(-0.45, 0.95, "forward", color=BLUE, weight="bold")
    axis.text(-0.45, -0.3, "backward", color=ORANGE, weight="bold")
    plt.show()


draw_chain(
    [("w", w), ("z", z), ("a", a), ("Q", Q)],
    [("$dz/dw = s$", dz_dw), ("$da/dz = 1 - a^2$", da_dz), ("$dQ/da = -2(a - 1)$", slope_of_q)],
    "One state, one action, one weight",
)

# %% [markdown]
# The action is where the two networks meet. All that lies to its right is the critic, all that lies
# to its left the actor. The number under $a$ is all that the actor ever learns from the critic.
#
# ## Is it true?
#
# Wiggle the weight and look. The slope of the curve at our weight must be the product.


# %%
def q_of(w, s=s):
    return -((np.tanh(w * s) - 1) ** 2)


gradient = slope_of_q * da_dz * dz_dw
h = 1e-5
wiggled = (q_of(w + h) - q_of(w - h)) / (2 * h)
say(f"By the chain rule {gradient:.6f}, by wiggling {wiggled:.6f}.")

# %%
weights = np.linspace(-0.6, 1.6, 300)
figure, axis = plt.subplots()
axis.plot(weights, q_of(weights), color=BLUE, label="$Q$ as a function of the weight")
near = np.array([w - 0.25, w + 0.35])
axis.plot(near, Q + gradient * (near - w), color=ORANGE, label=f"slope {gradient:.2f}")
axis.plot(w, Q, "o", color=ORANGE)
step = 0.1
axis.annotate(
    "",
    xy=(w + step * gradient, -1.45),
    xytext=(w, -1.45),
    arrowprops={"arrowstyle": "-|>", "color": GREEN, "linewidth": 2},
)
axis.text(w, -1.38, f"one step uphill: $w + {step:g}\\,dQ/dw$", color=GREEN)
axis.set(xlabel="weight $w$", ylabel="$Q$", title="The gradient is the slope of this hill")
axis.legend(loc="lower right")
plt.show()

# %% [markdown]
# ## Forget a factor
#
# Each forgotten factor gives a number that looks like a gradient. It even has the right sign here.
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
# With another state, though, the sign turns. Take $s < 0$: to make *more* of the action, the weight
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
# at its end, on the right. What arrives at the weight is their **sum**: it feels every path. The
# $1/N$ of the mean lies on the last edges.


# %%
def draw_batch(slopes_a, slopes_q, gradient):
    """Draw w, three actions, three values and their mean; derivatives on the edges."""
    _, axis = plt.subplots(figsize=(9.5, 4.2))
    axis.set(xlim=(-0.35, 3.75), ylim=(-1.6, 1.6), title="Three states, one weight")
    axis.axis("off")
    count = len(slopes_a)
    places = {"$w$": (0, 0), "mean $Q$": (3, 0)}
    for row in range(count):
        y = 1.15 * (1 - row)
        places[f"$a_{row + 1}$"], places[f"$Q_{row + 1}$"] = (1, y), (2, y)
        path = [(0, 0), (1, y), (2, y), (3, 0)]
        texts = f"{slopes_a[row]:.3f}", f"{slopes_q[row]:.3f}", f"1/{count}"
        for start, end, text in zip(path, path[1:], texts, strict=False):
            arrow = {
                "arrowstyle": "-|>",
                "color": BLUE,
                "linewidth": 1.5,
                "shrinkA": 20,
                "shrinkB": 20,
            }
            axis.annotate("", xy=end, xytext=start, arrowprops=arrow)
            x, height = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            axis.text(x, height, text, ha="center", va="center", bbox=box)
        product = slopes_a[row] * slopes_q[row] / count
        axis.text(3.3, y, f"{product:+.5f}", color=ORANGE, va="center")
    for name, (x, y) in places.items():
        axis.scatter(x, y, s=1300, color="white", edgecolor=BLUE, linewidth=2, zorder=3)
        axis.text(
            x, y, name.replace("mean ", "mean\n"), ha="center", va="center", zorder=4, fontsize=9
        )
    axis.text(3.45, 1.5, "product / $N$", ha="center", color=ORANGE)
    for x, text in ((0.5, "$da_i/dw$"), (1.5, "$dQ_i/da_i$"), (2.5, "mean")):
        axis.text(x, 1.5, text, ha="center", color=BLUE)
    axis.text(0, -0.6, f"$d$ mean $Q/dw$\n{gradient:.5f}", ha="center", va="center", color=ORANGE)
    plt.show()


draw_batch(da_dw, dq_da, products.mean())

# %% [markdown]
# The three pull at one weight, and not all in one direction. The mean is the compromise.

# %%
figure, axis = plt.subplots(figsize=(8.5, 2.9))
for row, product in enumerate(products):
    axis.barh(row, product, color=BLUE, height=0.55)
axis.barh(N, products.mean(), color=ORANGE, height=0.55)
labels = [f"state {state:g}" for state in states] + ["mean"]
axis.set_yticks(range(N + 1), labels)
axis.axvline(0, color=GREY, linewidth=1)
axis.invert_yaxis()
axis.set(
    xlabel="pull at the weight: $dQ_i/da_i \\cdot da_i/dw$",
    title="Each state pulls; the mean decides",
)
plt.show()

# %% [markdown]
# ## NumPy
#
# The same in code. With arrays, a product per row and a mean over rows are one line each.


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
# A tape writes down the forward pass so that it can be walked back. Two tapes give the two factors.
#
# - The critic's tape is asked for $dQ/da$. Row $i$ of $Q$ depends on row $i$ of $a$ alone, so the
#   answer has one number a row.
# - The actor's tape is asked for the *product* with a given vector: `output_gradients`. It never
#   builds $da/dw$ by itself. It starts at the actions with this vector instead of with ones.
#
# An optimiser goes downhill. We want to go uphill. Hence the minus.

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
# weight, and what it holds in its hands there is $-\frac1N\,dQ/da$. We can look. The function below
# does nothing on the way forward. On the way back it notes what flows by.

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
# ## Why the Jacobian is never built
#
# With $N$ states, `act_dim` action components and $|\theta|$ weights, $\partial a/\partial\theta$
# has $N \cdot \text{act\_dim} \cdot |\theta|$ numbers. The product with $dQ/da$ has only
# $|\theta|$. Reverse mode goes through the graph once, from the right. It needs the activations of
# the forward pass, one vector at the actions, and what comes out. It never holds the Jacobian.

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
# Repeat the step and the weight finds the top of the mean of the three hills. No state gets its own
# best action: one weight has to serve all.


# %%
STEPS = 60


def quadratic(a, goal):
    return -((a - goal) ** 2)


def draw_climb(gradient, q, title):
    """Climb with this gradient and draw the way on the hills of this critic; return the way."""
    path = [w]
    for _ in range(STEPS):
        path.append(path[-1] + 0.2 * gradient(path[-1], states, goals))
    path = np.array(path)

    def hills(w):
        return q(np.tanh(np.multiply.outer(w, states)), goals)

    _, axis = plt.subplots()
    weights = np.linspace(-0.6, 2.2, 300)
    for state, hill, colour in zip(states, hills(weights).T, (BLUE, GREEN, PINK), strict=True):
        axis.plot(weights, hill, color=colour, alpha=0.6, label=f"$Q$ of state {state:g}")
    axis.plot(weights, hills(weights).mean(1), color=ORANGE, linewidth=2.5, label="mean")
    dots = {"color": "black", "markersize": 3.5, "zorder": 3, "label": f"{STEPS} steps"}
    axis.plot(path, hills(path).mean(1), "o", **dots)
    axis.set(xlabel="weight $w$", ylabel="$Q$", ylim=(-1.6, 0.05), title=title)
    axis.legend(loc="lower right", ncols=2)
    plt.show()
    return path


path = draw_climb(policy_gradient, quadratic, "Gradient ascent on the mean")

# %% [markdown]
# ## What it has to do with the return
#
# The hills above were given. A real $Q^\mu$ is made by the actor itself: it is the return of taking
# $a$ in $s$ and following $\mu$ ever after. Change the weights and the hills change too. What we
# want to raise is $J(\theta)$, the mean return of following $\mu$ from the start. The theorem of
# Silver et al. says that the gradient of $J$ has the same two factors, and no third one for the
# changing hills:
#
# $$\frac{\partial J}{\partial\theta} \propto \mathbb E_{s \sim \rho^\mu}\left[
# \frac{\partial Q^\mu(s, a)}{\partial a}\Big|_{a=\mu(s)} \cdot
# \frac{\partial \mu(s)}{\partial\theta}\right]$$
#
# So $Q$ may be held fixed while the actor takes its step. The states must be those that $\mu$
# visits, later ones discounted. A batch from a replay holds states of older actors, all counted
# alike, and its critic is only learned: DDPG's gradient is an approximation of this one. How good,
# is measured where the truth is known:

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
# **1. Stretch the action.** A pendulum takes torques up to 2, so its actor is
# $a = 2 \tanh(w s)$. The 2 belongs in two places; the function has it in one. Run the check, read
# what it says, find the other place.


# %%
def stretched_gradient(w, states, goals):
    actions = 2 * np.tanh(w * states)
    dq_da = -2 * (actions - goals)
    da_dw = (1 - actions**2) * states
    return np.mean(dq_da * da_dw)


def wiggle(q_of_action, candidate, trials=5, count=8):
    """Hold a gradient against wiggling the weight, at random weights, states and goals."""
    rng = np.random.default_rng(0)
    for w in rng.uniform(-1, 1, trials):
        states, goals = rng.normal(size=count), rng.normal(size=count)
        h = 1e-6
        up, down = (np.mean(q_of_action((w + d) * states, goals)) for d in (h, -h))
        wiggled, found = (up - down) / (2 * h), candidate(w, states, goals)
        if not np.isclose(found, wiggled, rtol=1e-4, atol=1e-6):
            return f"Not yet: at w = {w:.3f} you have {found:.4f}, wiggling gives {wiggled:.4f}."
    return f"Right, at {trials} weights and {trials * count} states."


def check_stretched(candidate):
    return wiggle(lambda z, goals: quadratic(2 * np.tanh(z), goals), candidate)


say(check_stretched(stretched_gradient))

# %% [markdown]
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
# **3. Another critic.** Let the critic be $Q(a) = -|a - \text{goal}|$. What is $dQ/da$, on paper?
# What changes when the action has passed the goal? The function below still has the slope of the
# square. Mend it, and look where the climb ends now, and how.


# %%
def edged(a, goal):
    return -np.abs(a - goal)


def edged_gradient(w, states, goals):
    actions = np.tanh(w * states)
    dq_da = -2 * (actions - goals)
    da_dw = (1 - actions**2) * states
    return np.mean(dq_da * da_dw)


def check_edged(candidate):
    return wiggle(lambda z, goals: edged(np.tanh(z), goals), candidate)


say(check_edged(edged_gradient))
end = draw_climb(edged_gradient, edged, "The same climb, on the edged critic")[-1]
say(f"It ends at w = {end:.3f}.")

# %% [markdown]
# ## Sources
#
# - D. Silver et al., *Deterministic policy gradient algorithms*, ICML 2014, theorem 1.
# - T. Lillicrap et al., *Continuous control with deep reinforcement learning*, arXiv 1509.02971,
#   equation 6.
# - Asked in public: is the gradient averaged already? pemami4911/deep-rl #3, #13, #15. What is the
#   third argument of `tf.gradients`, and why the minus? floodsung/DDPG #2, liampetti/DDPG #1. Is
#   the actor's factor missing with `-mean(Q)`? openai/baselines #645. How do two tapes work
#   together? Dekki-Aero/DDPG #2. All are answered with measurements in
#   `results/questions/README.md`.
