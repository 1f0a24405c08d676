"""Questions 9, 10 and 11: graphs, tensors made twice, and variables that a gradient reaches."""

import time

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import bits, cosine, flat, norm_ratio
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    batch,
    exact_q,
    new_actor,
    new_critic,
)
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer

TITLE = "Graphs and variables"


def second_tensor(quick) -> dict:
    """Question 9."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    with SymbolicGraph() as graph:
        states = graph.placeholder(observations)
        first, second = actor(states), actor(states)
        q = critic([states, first])
        (with_first,), (with_second,) = tf.gradients(q, first), tf.gradients(q, second)
        both = graph.function([states], [first, second], [])
    values = both([observations])
    found = {"first": int(with_first is not None), "second": int(with_second is not None)}
    with tf.GradientTape() as tape:
        first, second = actor(observations), actor(observations)
        q = critic([observations, first])
    on_tape = int(tape.gradient(q, second) is not None)
    difference = float(np.max(np.abs(np.subtract(*values))))
    none = found["second"] == 0
    return {
        "number": 9,
        "question": "Why is the gradient None when the action is computed once more?",
        "threads": [
            "MorvanZhou/Reinforcement-learning-with-tensorflow #124",
            "MorvanZhou/Reinforcement-learning-with-tensorflow #125",
            "MorvanZhou/Reinforcement-learning-with-tensorflow #126",
        ],
        "figures_of_merit": {
            "largest difference between the values of the two action tensors": difference,
            "gradients found with respect to the tensor that Q was computed from": found["first"],
            "gradients found with respect to the second tensor, in a graph": found["second"],
            "gradients found with respect to the second tensor, on a tape": on_tape,
        },
        "difference": {
            "ratio": found["second"] / found["first"],
            "of": "gradients found, second action tensor over first",
        },
        "verdict": (
            f"The two tensors differ in value by {difference:.1g}, yet the gradient with respect "
            f"to the second is {'None' if none else 'found'}: differentiation "
            f"{'follows tensors, not values' if none else 'found a path to it'}."
        ),
        "answer": (
            f"actor(states) was called twice and the critic was given the outcome of the first "
            f"call. Their values differ by at most {difference:.1g}, but in the graph there are "
            f"two nodes, and Q hangs on one of them. Asked for dQ/da of the first, TensorFlow "
            f"returned {'a gradient' if found['first'] else 'None'}; of the second, "
            f"{'None' if none else 'a gradient'}; the tape of TF2 returned "
            f"{'a gradient' if on_tape else 'None'} as well for the second. The cure is to keep "
            f"the tensor that was handed to the critic and to differentiate with respect to that "
            f"one."
        ),
    }


def fails(action) -> int:
    """Return 1 if `action()` raises what TensorFlow and Keras raise for a removed way, else 0."""
    try:
        action()
    except (AttributeError, RuntimeError):
        return 1
    return 0


def eager_failures(actor, critic, observations) -> dict[str, int]:
    """Return for each piece of Keras 2's recipe whether it fails in eager TF2 with Keras 3."""
    theta = [variable.value for variable in actor.trainable_variables]
    loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    optimizer = keras.optimizers.Adam()
    return {
        "optimizer.get_updates": fails(lambda: optimizer.get_updates(loss=loss, params=theta)),
        "tf.gradients": fails(lambda: tf.gradients(loss, theta)),
        "K.function": fails(lambda: keras.backend.function([], [loss])),
    }


def drawn_once(actor, critic, optimizer, like):
    """Return a callable that takes one update, its graph drawn now and never again."""
    symbolic = SymbolicOptimizer(optimizer, actor.trainable_variables)
    with SymbolicGraph() as graph:
        states = graph.placeholder(like)
        loss = get_strategy("get_updates").loss(actor, critic, states)
        updates = symbolic.get_updates(actor.trainable_variables, loss)
        train = graph.function([states], [loss], updates)
    return lambda observations: train([observations])


def fastest(actions: dict, rounds: int) -> dict[str, float]:
    """Return the seconds of each action's fastest call; they take turns."""
    times = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            started = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - started)
    return {name: min(seconds) for name, seconds in times.items()}


def get_updates_in_tf2(quick) -> dict:
    """Question 10."""
    critic, observations = new_critic(), batch()
    failures = eager_failures(new_actor(), critic, observations)
    actors = [new_actor() for _ in range(3)]
    optimizers = [keras.optimizers.Adam(1e-3) for _ in actors]
    train = drawn_once(actors[0], critic, optimizers[0], observations)
    anew = get_strategy("get_updates")
    tape = get_strategy("mean_q")
    updates = 5 if quick else 50
    for _ in range(updates):
        train(observations)
        tape.update(actors[1], critic, optimizers[1], observations)
    weights = [flat(actor.get_weights()) for actor in actors]
    different = int(np.sum(weights[0] != weights[1]))
    moved = norm_ratio(weights[0] - weights[2], weights[2])
    seconds = fastest(
        {
            "once": lambda: train(observations),
            "anew": lambda: anew.update(actors[2], critic, optimizers[2], observations),
        },
        3 if quick else 15,
    )
    slower = seconds["anew"] / seconds["once"]
    failing = [name for name, failed in failures.items() if failed]
    return {
        "number": 10,
        "question": "How can get_updates be used in TF2, where it fails eagerly?",
        "threads": [
            "tensorflow/tensorflow #26098",
            "tensorflow/tensorflow #27568",
            "pythonlessons/RL-Bitcoin-trading-bot #25",
        ],
        "figures_of_merit": {
            "pieces of the old recipe that were tried eagerly": len(failures),
            "of these, pieces that fail": len(failing),
            "updates in a graph of our own, against mean_q on a tape": updates,
            "weights with other bits after these updates": different,
            "relative change of the weights by these updates": moved,
            "ms an update, graph drawn once": 1e3 * seconds["once"],
            "ms an update, graph drawn anew each time": 1e3 * seconds["anew"],
        },
        "difference": {
            "ratio": slower,
            "of": "time of an update, graph drawn anew over drawn once",
        },
        "verdict": (
            f"Only inside a graph: {len(failing)} of {len(failures)} pieces of the old recipe fail "
            f"eagerly; in a graph that one draws and prunes oneself it ran {updates} updates, and "
            f"gave {bits(different)} compared with a tape."
        ),
        "answer": (
            f"Tried one by one with TensorFlow {tf.__version__} and Keras {keras.__version__}, "
            f"{', '.join(failing) if failing else 'none'} failed: symbols need a graph, and eager "
            f"execution has none in the background. The way round reported in the first thread "
            f"was to enter the graph of the loss before calling get_updates. Keras 3 keeps no "
            f"such graph and no such method, so the file strategies/get_updates.py brings both: "
            f"SymbolicGraph opens a graph to draw in, SymbolicOptimizer.get_updates adds "
            f"tf.gradients and the optimiser's assignments, and SymbolicGraph.function prunes the "
            f"graph to feeds, fetches and updates. After {updates} updates the weights have "
            f"{bits(different)} compared with those of mean_q. Draw the graph once: an update "
            f"then took {1e3 * seconds['once']:.1f} ms, and {1e3 * seconds['anew']:.0f} ms when "
            f"it was drawn anew each time, {slower:.0f} times as long. tf.function does the same "
            f"with less ceremony."
        ),
    }


def change_of_actor(with_variable_list) -> float:
    """Return how far a critic's step moves the actor in a TF1 graph, relative to its weights.

    The critic's input is the actor's output tensor, over which replayed actions are fed.
    """
    v1 = tf.compat.v1
    rng = np.random.default_rng(0)
    observed = batch().numpy()
    with tf.Graph().as_default(), v1.Session() as session:
        states = v1.placeholder(tf.float32, (None, OBS_DIM))
        targets = v1.placeholder(tf.float32, (None, 1))

        def variable(*shape):
            value = rng.standard_normal(shape) / np.sqrt(shape[0])
            return v1.Variable(value.astype("float32"), use_resource=True)

        actor = variable(OBS_DIM, ACT_DIM)
        critic = [variable(OBS_DIM + ACT_DIM, 16), variable(16, 1)]
        actions = tf.tanh(states @ actor)
        q = tf.tanh(tf.concat([states, actions], 1) @ critic[0]) @ critic[1]
        loss = tf.reduce_mean(tf.square(q - targets))
        variables = critic if with_variable_list else None
        train = v1.train.GradientDescentOptimizer(0.01).minimize(loss, var_list=variables)
        session.run(v1.global_variables_initializer())
        before = session.run(actor)
        replayed = rng.uniform(-1, 1, (BATCH, ACT_DIM))
        fed = {states: observed, actions: replayed, targets: np.ones((BATCH, 1))}
        session.run(train, fed)
        return norm_ratio(session.run(actor) - before, before)


def critic_gradients(actor, critic, observations):
    """Return the gradients of the actor's and of the critic's own loss, both at the critic."""
    phi = [variable.value for variable in critic.trainable_variables]
    seeded = np.random.default_rng(1)
    actions = tf.constant(seeded.uniform(-1, 1, (len(observations), ACT_DIM)), tf.float32)
    with tf.GradientTape() as tape:
        actor_loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    left_behind = flat(tape.gradient(actor_loss, phi))
    with tf.GradientTape() as tape:
        error = critic([observations, actions]) - exact_q([observations, actions])
        critic_loss = tf.reduce_mean(tf.square(error))
    return left_behind, flat(tape.gradient(critic_loss, phi))


def gradient_times(rounds) -> dict[str, float]:
    """Return the seconds for the actor loss's gradient, for the actor alone and for both."""
    one = np.ones(6)
    actor, critic = build_actor(17, -one, one), build_critic(17, 6)
    observations = batch(256, size=17)
    theta = [variable.value for variable in actor.trainable_variables]
    phi = [variable.value for variable in critic.trainable_variables]

    def gradient_of(weights):
        @tf.function(autograph=False)
        def gradient():
            return tf.gradients(
                -tf.reduce_mean(critic([observations, actor(observations)])), weights
            )

        gradient()
        return lambda: gradient()[0].numpy()

    return fastest({"actor": gradient_of(theta), "both": gradient_of(theta + phi)}, rounds)


def whom_does_it_train(quick) -> dict:
    """Question 11."""
    free, listed = change_of_actor(False), change_of_actor(True)
    left_behind, own = critic_gradients(new_actor(), new_critic(), batch())
    share, turned = norm_ratio(left_behind, own), cosine(left_behind + own, own)
    seconds = gradient_times(5 if quick else 300)
    slower = seconds["both"] / seconds["actor"]
    trains = free > 0 and listed == 0
    return {
        "number": 11,
        "question": "Does minimize(loss) train the other network too, and does the actor's loss "
        "leave gradients on the critic?",
        "threads": [
            "MorvanZhou/Reinforcement-learning-with-tensorflow #109",
            "thu-ml/tianshou #1268",
            "openai/spinningup #320",
        ],
        "figures_of_merit": {
            "relative change of the actor by a critic's step, no variable list": free,
            "relative change of the actor by a critic's step, with a variable list": listed,
            "norm of the actor loss's gradient at the critic, over that of the critic's own": share,
            "cosine of the critic's gradient with and without the other added": turned,
            "ms for the actor's gradient alone (256-256, batch 256)": 1e3 * seconds["actor"],
            "ms for the gradient at both networks": 1e3 * seconds["both"],
        },
        "difference": {"ratio": slower, "of": "time, gradient at both networks over actor alone"},
        "verdict": (
            f"{'Yes, both' if trains and share > 0 else 'Not both'}: without a variable list one "
            f"step on the critic's loss moved the actor by {free:.1g} of its norm, with one by "
            f"{listed:.1g}; and the actor's loss has a gradient at the critic, {share:.2g} times "
            f"as large as the critic's own, which multiplies the computing time by "
            f"{slower:.2f}."
        ),
        "answer": (
            f"The first thread asks about a TF1 program in which the critic's input is the "
            f"actor's output tensor, with replayed actions fed over it. Feeding replaces the "
            f"value, not the path of differentiation: minimize(loss) moved the actor by "
            f"{free:.1g} of its norm in one SGD step; with var_list set to the critic's "
            f"variables, by {listed:.1g}. The participants cured it with stop_gradient and with "
            f"such a list. The other direction: -mean Q depends on the critic's weights too. "
            f"Where a framework stores gradients in the weights, what the actor's loss leaves "
            f"there adds to the critic's next gradient unless it is cleared; here it is "
            f"{share:.2g} times as large, and their sum has a cosine of {turned:.3f} to the "
            f"critic's own. If it is cleared in time, what remains is the work: "
            f"{1e3 * seconds['both']:.2f} ms for both networks against "
            f"{1e3 * seconds['actor']:.2f} ms for the actor alone, a factor of {slower:.2f}. Our "
            f"strategies ask for the actor's gradient and no other."
        ),
    }


QUESTIONS = (second_tensor, get_updates_in_tf2, whom_does_it_train)
