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
from page import begin, say, show, table

begin()  # a quiet TensorFlow, one style for all pictures

# %%
from functools import cache

import keras
import numpy as np
import tensorflow as tf
from pictures import mistakes as draw

from ddpg_tf.diagnosis import CATALOGUE, diagnose
from ddpg_tf.diagnosis.networks import Architecture, build_actor, build_critic
from ddpg_tf.diagnosis.signature import signature_of
from ddpg_tf.strategies import get_strategy

# many small graphs, each run a few times: to optimise them takes longer than to run them
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

# %% tags=["parameters"]
UPDATES = 150
SEEDS = 3
HEAD_START = 80  # updates of the critics alone
SHOWN = None  # names of mistakes; None for all of them

# %% [markdown]
# ## The idea
#
# The library has a catalogue of mistakes that people have made with this gradient. Each is a
# program that runs. So we can let each of them *learn*, on a task whose best actions we know, and
# look at the curve.
#
# The task is small, so that every curve takes a second: a state of three numbers, two action
# components with uneven bounds, and one step per episode. So the critic's target is the reward
# alone; none of the critic's own values are fed back, or "bootstrapped". The reward is minus the
# squared distance from the best action, in half ranges of the action. Actor and critic learn at the
# same time, as in DDPG. The critic's batches hold random actions; the actor climbs on one batch of
# states, always the same. The critics get a head start.
#
# A curve depends on luck: on the initial weights and on the batches. So each program learns with
# several **seeds**.

# %%
LOW, HIGH = np.float32([-2.0, -0.5]), np.float32([2.0, 1.5])
MIDDLE, HALF = (HIGH + LOW) / 2, (HIGH - LOW) / 2
MIX = np.float32([[1.0, -0.5], [0.5, 1.0], [-1.0, 0.5]])
BATCH = 128


def best_actions(states):
    return MIDDLE + 0.8 * HALF * np.tanh(states @ MIX)


def reward(states, actions):
    return -np.sum(((actions - best_actions(states)) / HALF) ** 2, axis=-1)


def batches(count, seed):
    """Return states, replayed actions and rewards, [count, BATCH, ...]."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(count, BATCH, 3)).astype(np.float32)
    actions = rng.uniform(LOW, HIGH, size=(count, BATCH, 2)).astype(np.float32)
    return states, actions, reward(states, actions).astype(np.float32)


TESTS = np.random.default_rng(99).normal(size=(300, 3)).astype(np.float32)

# %% [markdown]
# The next four cells are machinery: what any candidate needs in order to learn. If you are in a
# hurry, run them without reading them and go on to "What right looks like".
#
# A workshop holds all the networks that a DDPG or TD3 agent might have: two critics that learn from
# the rewards, and target networks of actor and critic.


# %%
class Workshop:
    """Actor, critics, target networks, and the critics' optimisers."""

    def __init__(self, normalization, seed):
        keras.utils.set_random_seed(seed)
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
# What happens in an update *besides* the actor's step is the same for every candidate: the critics
# learn, and the target networks follow.


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
        for slow, now in zip(target.weights, online.weights, strict=True):
            slow.assign(tau * now.value + (1 - tau) * slow.value)


def opened(seed, normalization="none"):
    """Return a workshop whose critics have had their head start."""
    shop = Workshop(normalization, seed)
    states, actions, rewards = map(tf.constant, batches(HEAD_START + UPDATES + 1, seed))
    shop.states, shop.replayed = states[-1], actions[-1]  # for the actor

    @tf.function(autograph=False)
    def around(index):
        critics_and_targets(shop, states[index], actions[index], rewards[index])

    for index in range(HEAD_START):
        around(tf.constant(index))
    shop.around = lambda index: around(tf.constant(HEAD_START + index))
    shop.start = [(variable, variable.numpy()) for variable in shop.variables()]
    shop.act = tf.function(lambda states: shop.actor(states, training=False))
    return shop


# %% [markdown]
# The actor's step is up to the candidate. A candidate may return gradients or make the update
# itself; its arguments name what it wants to be given.


# %%
def actor_step(shop, candidate, optimizer):
    """Return a function that lets the candidate make one update of the actor."""
    signature = signature_of(candidate)
    wanted = ("actor", "critic", "twin_critic", "target_actor", "target_critic")
    things = {"observations": shop.states, "actions": shop.replayed, "optimizer": optimizer}
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
# For each candidate, everything starts anew, with the seed's weights and the seed's batches. Only
# the line that makes the actor's gradient differs. Now and then we measure the **regret**: what the
# actor loses, on average, compared with the best actions.


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
        shop.around(index)
        try:
            update()
        except Exception as error:
            return regrets, str(error).splitlines()[0]
    return [*regrets, regret(shop)], None


# %% [markdown]
# ## What right looks like
#
# There are two references: networks without normalisation, and networks with batch norm, for the
# mistake that shows only there.


# %%
def right_gradient(actor, critic, observations):
    return get_strategy("mean_q").gradients(actor, critic, observations)


def adam():
    return keras.optimizers.Adam(5e-3)


workshops = {norm: [opened(seed, norm) for seed in range(SEEDS)] for norm in ("none", "batch")}


@cache  # to ask again costs nothing
def learn_all(candidate, make_optimizer=adam, norm="none"):
    """Let a candidate learn with every seed; the list of what `learn` returns."""
    return [learn(shop, candidate, make_optimizer()) for shop in workshops[norm]]


right = {
    norm: [regrets for regrets, _ in learn_all(right_gradient, norm=norm)] for norm in workshops
}
show(
    draw.right_curves(right, EVERY),
    f"Regret over updates on a logarithmic axis, {SEEDS} seeds each. Without normalisation it "
    f"falls from about {np.mean(right['none'], axis=0)[0]:.1f} to "
    f"{np.mean(right['none'], axis=0)[-1]:.2f}, with batch norm to "
    f"{np.mean(right['batch'], axis=0)[-1]:.2f}.",
)

# %% [markdown]
# ## The tour
#
# Here is every mistake in the catalogue, with the first of the programs that make it. Each line is
# one seed; the grey band is the right gradient's, from its best seed to its worst.

# %%
NEEDS_BATCH_NORM = ("actor_in_inference_mode",)
names = list(CATALOGUE) if SHOWN is None else SHOWN
OUTCOMES = ("learns as well", "learns worse", "does not learn", "stops")
LAST = 3  # points of a curve that say where it ends
UNLEARNED, WORSE, SLACK = 0.7, 2, 0.01


def level(regrets):
    return float(np.mean(regrets[-LAST:]))


def ends_of(learned):
    """The level of each seed that no error stopped, in words."""
    return ", ".join(f"{level(regrets):.2f}" for regrets, error in learned if not error) or "none"


def outcome(regrets, error, reference):
    """What became of one seed, beside the right gradient with the same seed."""
    if error:
        return "stops"
    if not level(regrets) <= UNLEARNED * reference[0]:  # not a number is no learning either
        return "does not learn"
    much = WORSE * level(reference) + SLACK
    return "learns worse" if level(regrets) > much else "learns as well"


def judged(learned, norm="none"):
    return [outcome(*one, reference) for one, reference in zip(learned, right[norm], strict=True)]


def middle(outcomes):
    return sorted(outcomes, key=OUTCOMES.index)[len(outcomes) // 2]


say(f"""
The rule. A curve ends where the mean of its last {LAST} points lies. It is judged beside the right
gradient's curve with the same seed.

- *Does not learn*: it ends above {UNLEARNED:.0%} of the regret that the seed starts with.
- *Learns worse*: it ends above {WORSE} times the right one's end, and {SLACK} more.
- *Learns as well*: neither.

A mistake gets the middle one of its {SEEDS} outcomes.
""")

# %%
curves, outcomes, ends = {}, {}, {}
for name in names:
    norm = "batch" if name in NEEDS_BATCH_NORM else "none"
    learned = learn_all(CATALOGUE[name].forms[0], norm=norm)
    curves[name] = [regrets for regrets, _ in learned], right[norm]
    outcomes[name] = judged(learned, norm)
    ends[name] = ends_of(learned)

# %%
counts = {text: [name for name in names if middle(outcomes[name]) == text] for text in OUTCOMES}
show(
    draw.panels(curves, outcomes, OUTCOMES, EVERY),
    f"{len(names)} small pictures, one a mistake, each with {SEEDS} curves of regret over updates "
    "before the band of the right gradient. "
    + "; ".join(f"{text}: {len(found)}" for text, found in counts.items())
    + ". The table below says which.",
)

# %% [markdown]
# Look at the blue curves. None of these programs makes the equation's update: one step, of the
# actor alone, against the gradient of $-$mean $Q$. Some of these updates are chosen on purpose
# elsewhere: SAC climbs the smaller of two critics, and many programs clip or decay. But from the
# curve, nobody would know.


# %%
def in_words(outcomes):
    """The middle outcome, and the others if the seeds disagree."""
    found = middle(outcomes)
    others = [text for text in outcomes if text != found]
    return f"{found} (but: {', '.join(others)})" if others else found


def breakable(text):
    """The text, with places where a narrow column may break it."""
    return text.replace("/", "/<wbr>").replace("_", "_<wbr>")


say(f"Seed by seed the right gradient ends at a regret of {ends_of(learn_all(right_gradient))}.")
table(
    ["mistake", "what is wrong", "here", "regret at the end, a seed each", "seen in"],
    [
        [
            f"`{name}`",
            CATALOGUE[name].explanation,
            in_words(outcomes[name]),
            ends[name],
            breakable(", ".join(CATALOGUE[name].threads[:2])) or "code alone",
        ]
        for name in names
    ],
)

# %% [markdown]
# ## Adam forgives factors
#
# Some mistakes only multiply the gradient by a factor: a sum in place of the mean, the mean taken
# twice, a missing one half. Adam divides a gradient by its running root mean square, so it hardly
# notices, as long as the gradients are well above its $\epsilon$. (Notebook 10 has a case where
# they are not.) Plain gradient descent does notice. Here are the same mistakes with both; each
# curve is the mean over the seeds:

# %%
FACTORS = (
    "sum_for_mean",
    "mean_twice",
    "divided_by_act_dim",
    "half_forgotten",
    "hard_coded_batch_size",
)


def mean_curves(make_optimizer):
    """The right gradient's curve and the factor mistakes', each the mean over the seeds."""
    candidates = {"right": right_gradient}
    candidates |= {name: CATALOGUE[name].forms[0] for name in FACTORS}
    return {
        name: np.mean([regrets for regrets, _ in learn_all(candidate, make_optimizer)], axis=0)
        for name, candidate in candidates.items()
    }


with_factor = {
    "Adam": mean_curves(adam),
    "gradient descent": mean_curves(lambda: keras.optimizers.SGD(0.1)),
}
apart = {
    title: max(map(level, found.values())) / min(map(level, found.values()))
    for title, found in with_factor.items()
}
show(
    draw.factors(with_factor, EVERY, together=apart["Adam"] < 1.05),
    "The right gradient and five that carry a factor. The largest regret at the end is with Adam "
    f"{apart['Adam']:.3f} times the smallest, with gradient descent "
    f"{apart['gradient descent']:.0f} times.",
)

# %% [markdown]
# ## What was seen

# %%
disagree = [name for name in names if len(set(outcomes[name])) > 1]
seedwise = [
    sum(texts[seed] == "learns as well" for texts in outcomes.values()) for seed in range(SEEDS)
]
say(f"""
- Of {len(names)} mistakes {len(counts["learns as well"])} learn as well as the right gradient here.
  Learning worse: {len(counts["learns worse"])}. Not learning: {len(counts["does not learn"])}.
  Stopped by an error, and so seen at once: {len(counts["stops"])}.
- That is the middle of {SEEDS} seeds. By one seed alone as many as {max(seedwise)} or as few as
  {min(seedwise)} would learn as well; about {len(disagree)} mistakes the seeds disagree.
- With Adam the regrets of the factor mistakes and of the right gradient end within
  {apart["Adam"] - 1:.1%} of each other; with gradient descent the largest is
  {apart["gradient descent"]:.0f} times the smallest.
- What is said here is said of this task: an episode is one step, so nothing is bootstrapped. A
  mistake that is harmless here may not be so elsewhere.
- So a learning curve is not a proof. To compare the gradient itself with the truth is one. That is
  what `diagnose` does.
""")

# %% [markdown]
# ## Exercises
#
# **1. Guess first.** The function below learns, after a fashion. Look for its mistake, then run the
# cell to see what `diagnose` says.


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
mixed = learn_all(my_gradients)
say(
    f"Its regret at the end, seed by seed: {ends_of(mixed)}; right: "
    f"{ends_of(learn_all(right_gradient))}. It {middle(judged(mixed))}."
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# `pull` gives every action component the mean of the components' slopes. Each should have its own.
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
# **2. Make one** (to try). Invent a mistake that is not in the table. Does `diagnose` name it, or
# describe it? Does it learn?
#
# <details><summary>Solution</summary>
#
# One of many: $dQ/da$ is cubed, so that the steep samples count for more.
#
# ```python
# def cubed(actor, critic, observations):
#     theta = [variable.value for variable in actor.trainable_variables]
#     with tf.GradientTape() as tape:
#         tape.watch(theta)
#         actions = actor(observations, training=True)
#     with tf.GradientTape() as critic_tape:
#         critic_tape.watch(actions)
#         q = critic([observations, actions])
#     dq_da = critic_tape.gradient(q, actions)
#     summed = tape.gradient(actions, theta, output_gradients=-(dq_da**3))
#     return [gradient / len(observations) for gradient in summed]
#
#
# verdict, outcomes_of_seeds = diagnose(cubed), judged(learn_all(cubed))
# print(verdict, outcomes_of_seeds, sep="\n")
# ```
#
# `diagnose` says that the gradient is wrong and has no name for the mistake. With each seed, the
# program learns as well as the right gradient: one more mistake that no curve shows.
#
# </details>
#
# **3. A file from a stranger** (to try). `ddpg-tf diagnose FILE.py:FUNCTION` runs code that you do
# not trust, in a process of its own. Try it on your own DDPG.
#
# <details><summary>Solution</summary>
#
# Turn the lines that compute your actor's gradient into a function, with the networks and the
# states as arguments in place of `self.actor` and the like. As an example, a file `mine.py`:
#
# ```python
# import tensorflow as tf
#
#
# def my_gradients(actor, critic, observations):
#     with tf.GradientTape() as tape:
#         loss = tf.reduce_mean(critic([observations, actor(observations, training=True)]))
#     return tape.gradient(loss, actor.trainable_variables)
# ```
#
# `ddpg-tf diagnose mine.py:my_gradients` finds the wrong sign in it and exits with status 1; for a
# right gradient it exits with 0. A function that never returns is stopped after `--time-limit`
# seconds.
#
# </details>
#
# ## Sources
#
# - The threads in the table. The catalogue itself: `ddpg_tf/diagnosis/mistakes/`.
# - D. Kingma and J. Ba, *Adam*, arXiv 1412.6980, for why a factor hardly matters.
# - P. Henderson et al., *Deep reinforcement learning that matters*, arXiv 1709.06560, for why a
#   curve is not a proof.
