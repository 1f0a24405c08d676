"""Each sentence of an assignment that demands something, and an answer that does not heed it."""

from dataclasses import dataclass

from tests.homework.demands_of_capstone import CAPSTONE


@dataclass(frozen=True)
class Demand:
    """sentence: words of the assignment's text. code: an answer that is right but for this.

    mistake: what it is called; None: it has no name. hidden: whether a hidden test sees it.
    """

    assignment: str
    question: str
    sentence: str
    code: str
    mistake: str | None = None
    hidden: bool = True


REPLAY = [
    (
        "slots_by_age",
        "as an array\nof integers",
        "def slots_by_age(capacity, added):\n"
        "    return np.arange(max(0, added - capacity), added) % float(capacity)",
        None,
    ),
    (
        "slots_by_age",
        "as an array\nof integers",
        "def slots_by_age(capacity, added):\n"
        "    return [number % capacity for number in range(max(0, added - capacity), added)]",
        None,
    ),
    (
        "slots_by_age",
        "oldest transition first",
        "def slots_by_age(capacity, added):\n    return np.arange(min(capacity, added))",
        "slot_order",
    ),
    (
        "slots_by_age",
        "There may be fewer\ntransitions than slots.",
        "def slots_by_age(capacity, added):\n"
        "    return np.arange(added, added + capacity) % capacity",
        "empty_slots_too",
    ),
    (
        "sample_slots",
        "All batches are independent.",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    one = generator.integers(size, size=batch_size)\n"
        "    return np.stack([generator.permutation(one) for _ in range(updates)])",
        "dependent_batches",
    ),
    (
        "sample_slots",
        "All batches are independent.",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    one = generator.integers(size, size=batch_size)\n"
        "    return (one + np.arange(updates)[:, None]) % size",
        "dependent_batches",
    ),
    (
        "sample_slots",
        "All batches are independent.",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    half = generator.integers(size, size=(updates // 2 + 1, batch_size))\n"
        "    return np.repeat(half, 2, axis=0)[1 : 1 + updates]",
        "dependent_batches",
    ),
    (
        "sample_slots",
        "with replacement",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    rows = [np.resize(generator.permutation(size), batch_size) for _ in range(updates)]\n"
        "    return np.array(rows)",
        "without_replacement",
    ),
    (
        "sample_slots",
        "an integer array `[updates, batch_size]`",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    return np.floor(generator.random((updates, batch_size)) * size)",
        None,
    ),
    (
        "sample_slots",
        "an integer array `[updates, batch_size]`",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    return generator.integers(size, size=(updates, batch_size)).tolist()",
        None,
    ),
    (
        "sample_slots",
        "`generator` a `numpy.random.Generator`",
        "def sample_slots(generator, size, batch_size, updates):\n"
        "    return np.random.default_rng(0).integers(size, size=(updates, batch_size))",
        "own_randomness",
    ),
    (
        "value_of_running",
        "the true value of the running robot, and what the critic learns",
        "value_of_running = [1 / (1 - GAMMA * (1 - 1 / TIME_LIMIT)), 1 / (1 - GAMMA)]",
        "swapped",
    ),
    (
        "bellman_targets",
        "targets, `[B]`.",
        "def bellman_targets(rewards, terminated, truncated, next_values, gamma):\n"
        "    return rewards[:, None] + gamma * (1.0 - terminated)[:, None] * next_values",
        "column",
    ),
    (
        "critic_gradient",
        "with the targets held constant",
        "def critic_gradient(weights, features, rewards, terminated, next_features, gamma):\n"
        "    slopes = gamma * (1.0 - terminated)[:, None] * next_features - features\n"
        "    return 2 * slopes.T @ (rewards + slopes @ weights) / len(rewards)",
        "target_not_constant",
    ),
    (
        "soft_update",
        "Leave the arrays that you were given as they are.",
        "def soft_update(target, online, tau):\n"
        "    for late, now in zip(target, online):\n"
        "        late += tau * (now - late)\n"
        "    return target",
        "changes_its_arguments",
    ),
    (
        "soft_update",
        "the list of the target's new\narrays comes out",
        "def soft_update(target, online, tau):\n"
        "    return np.concatenate([(tau * n + (1 - tau) * t).ravel() "
        "for t, n in zip(target, online)])",
        None,
    ),
    ("half_life", "for\nsmall $\\tau$ only", "half_life = np.log(2) / TAU", "small_tau"),
    (
        "half_life",
        "not rounded to a whole number",
        "half_life = round(np.log(0.5) / np.log(1 - TAU))",
        "rounded_down",
    ),
    (
        "half_life",
        "not rounded to a whole number",
        "half_life = np.ceil(np.log(0.5) / np.log(1 - TAU))",
        "rounded_up",
    ),
]

OU = "def ou_path(normals, theta, sigma, dt):\n    x, path = {start}, []\n    for n in normals:\n"
EXPLORATION = [
    (
        "ou_path",
        "Start at $x = 0$",
        OU.format(start="normals[0]")
        + "        x = x - theta * x * dt + sigma * np.sqrt(dt) * n\n        path.append(x)\n"
        "    return np.array(path)",
        None,
    ),
    (
        "ou_path",
        "the positions **after** each",
        OU.format(start="np.zeros(normals.shape[1])") + "        path.append(x)\n"
        "        x = x - theta * x * dt + sigma * np.sqrt(dt) * n\n    return np.array(path)",
        "positions_before",
    ),
    (
        "ou_deviation",
        "Exactly, not only for small `dt`.",
        "def ou_deviation(theta, sigma, dt):\n    return sigma / np.sqrt(2 * theta)",
        "small_dt",
    ),
    (
        "memory",
        "three *significant* digits",
        "memory = [round((1 - THETA * dt) ** 100, 3) for dt in (DT, 1.0)]",
        "rounded_to_decimals",
    ),
    (
        "memory",
        "**steps** apart",
        "memory = [(1 - THETA * dt) ** (100 / dt) for dt in (DT, 1.0)]",
        "lag_in_time",
    ),
    (
        "annealed",
        "and stays there",
        "def annealed(step, start, floor, steps):\n"
        "    return start + (floor - start) * np.asarray(step) / steps",
        "no_floor",
    ),
    (
        "annealed",
        "or an array\nof numbers",
        "def annealed(step, start, floor, steps):\n"
        "    return start + (floor - start) * min(step / steps, 1.0)",
        None,
    ),
    (
        "annealed",
        "It falls linearly from\n`start` at step 0 to `floor`",
        "def annealed(step, start, floor, steps):\n"
        "    return start * (floor / start) ** np.minimum(np.asarray(step) / steps, 1)",
        "exponential",
    ),
    (
        "noisy_actions",
        "keep the\n*result* within the bounds",
        "def noisy_actions(actions, noise, low, high):\n"
        "    return actions + np.clip(noise * (high - low) / 2, low, high)",
        "noise_clipped",
    ),
    (
        "noisy_actions",
        "half the range of each component",
        "def noisy_actions(actions, noise, low, high):\n"
        "    return np.clip(actions + noise * high, low, high)",
        "upper_bound_as_range",
    ),
    (
        "action_distance",
        "a\nnumber",
        "def action_distance(actions, disturbed):\n"
        "    return np.sqrt(np.mean((actions - disturbed) ** 2, keepdims=True))",
        None,
    ),
    (
        "adapted",
        "**at most** `wanted`",
        "def adapted(scale, distance, wanted, factor):\n"
        "    return scale * factor if distance < wanted else scale / factor",
        "at_equality",
    ),
]

TD3 = [
    (
        "biases",
        "a list of three numbers",
        "def biases(q1, q2):\n    return [q1.max(axis=1).mean(), q2.max(axis=1).mean()]",
        None,
    ),
    (
        "biases",
        "asks another critic about the action that the first one chose",
        "def biases(q1, q2):\n"
        "    a, b = q1.max(1), q2.max(1)\n"
        "    return [a.mean(), b.mean(), np.minimum(a, b).mean()]",
        "both_choose",
    ),
    (
        "price",
        "All later targets contribute",
        "price = [-1 / np.sqrt(np.pi)] * 2",
        "one_target_only",
    ),
    (
        "td3_targets",
        "Return the targets, `[B]`.",
        "def td3_targets(rewards, terminated, next_q1, next_q2, gamma):\n"
        "    values = np.minimum(next_q1, next_q2)\n"
        "    return rewards[:, None] + gamma * (1.0 - terminated)[:, None] * values",
        "column",
    ),
    (
        "smoothed_actions",
        "The noise is clipped",
        "def smoothed_actions(actions, normals, sigma, clip, low, high):\n"
        "    return np.clip(actions + sigma * normals * (high - low) / 2, low, high)",
        "noise_not_clipped",
    ),
    (
        "smoothed_actions",
        "then the result is clipped",
        "def smoothed_actions(actions, normals, sigma, clip, low, high):\n"
        "    return actions + np.clip(sigma * normals, -clip, clip) * (high - low) / 2",
        "action_not_clipped",
    ),
    (
        "schedule",
        "a boolean array",
        "def schedule(updates, delay):\n"
        "    late = np.arange(1, updates + 1) % delay == 0\n"
        "    return np.stack([late | True, late | True, late, late], axis=1).astype(int)",
        None,
    ),
    (
        "schedule",
        "a boolean array",
        "def schedule(updates, delay):\n"
        "    return [[True, True, *[n % delay == 0] * 2] for n in range(1, updates + 1)]",
        None,
    ),
    (
        "schedule",
        "updates are counted\nfrom 1",
        "def schedule(updates, delay):\n"
        "    late = np.arange(updates) % delay == 0\n"
        "    return np.stack([late | True, late | True, late, late], axis=1)",
        "counted_from_zero",
    ),
    ("optimizer_steps", "(both together)", "optimizer_steps = [1000, 500]", "one_critic"),
    ("optimizer_steps", "two whole\nnumbers", "optimizer_steps = [2000, 500.4]", None),
    (
        "order",
        "in the order in which TD3 does these things",
        'order = ["A", "B", "C", "D", "E"]',
        "target_before_its_parts",
    ),
]

RIGHT = """
def chain(actor, critic, observations, training=True):
    with tf.GradientTape() as outer:
        actions = actor(observations, training=training)
    with tf.GradientTape() as inner:
        inner.watch(actions)
        q = critic([observations, actions], training=False)
    slopes = inner.gradient(q, actions) / len(observations)
    return outer.gradient(actions, actor.trainable_variables, output_gradients=-slopes)

def loss_of(actor, critic, observations, training=True):
    actions = actor(observations, training=training)
    return -tf.reduce_mean(critic([observations, actions], training=False))

def one_tape(actor, critic, observations):
    with tf.GradientTape() as tape:
        loss = loss_of(actor, critic, observations)
    return tape.gradient(loss, actor.trainable_variables)

def in_graph(actor, critic, optimizer, observations, after=None, twice=False):
    optimizer.build(actor.trainable_variables)

    @tf.function
    def step(observations):
        loss = loss_of(actor, critic, observations)
        gradients = tf.gradients(loss, [v.value for v in actor.trainable_variables])
        optimizer.apply(gradients, actor.trainable_variables)
        return loss

    return step(observations)
"""
"""Right answers to questions 2 to 4 of `gradient`, from which wrong ones are made."""

SIGNATURE = "(actor, critic, observations):\n    "
UPDATE = "def symbolic_update(actor, critic, optimizer, observations):\n    "
GRADIENT = [
    (
        "by_hand",
        "derivative of the **loss**",
        "by_hand = [1.5, 0.5, 1.5]",
        "wrong_sign",
    ),
    (
        "output_gradients",
        "through `output_gradients=`",
        "def output_gradients" + SIGNATURE + "return one_tape(actor, critic, observations)",
        "no_chain_rule",
    ),
    (
        "output_gradients",
        "with two tapes",
        "def output_gradients" + SIGNATURE + "with tf.GradientTape() as tape:\n"
        "        q = -critic([observations, actor(observations, training=True)])\n"
        "    ones = tf.ones_like(q) / len(observations)\n"
        "    return tape.gradient(q, actor.trainable_variables, output_gradients=ones)",
        "no_chain_rule",
    ),
    (
        "output_gradients",
        "first $\\partial Q / \\partial a$ at $a = \\mu(s)$, then its product with",
        "def output_gradients" + SIGNATURE + "chain(actor, critic, observations)\n"
        "    return one_tape(actor, critic, observations)",
        "no_chain_rule",
    ),
    (
        "output_gradients",
        "then its product with\n$\\partial \\mu / \\partial \\theta$",
        "def output_gradients" + SIGNATURE + "with tf.GradientTape(persistent=True) as tape:\n"
        "        actions = actor(observations, training=True)\n"
        "        q = -critic([observations, actions], training=False)\n"
        "    tape.gradient(q, actions)\n"
        "    ones = tf.ones_like(q) / len(observations)\n"
        "    return tape.gradient(q, actor.trainable_variables, output_gradients=ones)",
        "no_chain_rule",
    ),
    (
        "output_gradients",
        "the gradients of the loss",
        "def output_gradients"
        + SIGNATURE
        + "return [-g for g in chain(actor, critic, observations)]",
        "wrong_sign",
    ),
    (
        "output_gradients",
        "it is called with `training=True`",
        "def output_gradients"
        + SIGNATURE
        + "return chain(actor, critic, observations, training=False)",
        None,
    ),
    (
        "mean_q",
        "with one tape",
        "def mean_q" + SIGNATURE + "return chain(actor, critic, observations)",
        "not_one_tape",
    ),
    (
        "mean_q",
        "a scalar loss",
        "def mean_q" + SIGNATURE + "with tf.GradientTape() as tape:\n"
        "        q = critic([observations, actor(observations, training=True)])\n"
        "        losses = -q / len(observations)\n"
        "    return tape.gradient(losses, actor.trainable_variables)",
        "no_scalar_loss",
    ),
    (
        "mean_q",
        "only the actor's gradients",
        "def mean_q" + SIGNATURE + "with tf.GradientTape() as tape:\n"
        "        loss = loss_of(actor, critic, observations)\n"
        "    return tape.gradient(loss, actor.trainable_variables + critic.trainable_variables)",
        None,
    ),
    (
        "symbolic_update",
        "its\n`tf.gradients`",
        UPDATE + "loss = loss_of(actor, critic, observations)\n"
        "    gradients = one_tape(actor, critic, observations)\n"
        "    optimizer.apply(gradients, actor.trainable_variables)\n    return loss",
        "no_symbolic_graph",
    ),
    (
        "symbolic_update",
        "inside a\n`tf.function`",
        UPDATE + "optimizer.build(actor.trainable_variables)\n\n"
        "    @tf.function\n    def step(observations):\n"
        "        loss = loss_of(actor, critic, observations)\n"
        "        return loss, tf.gradients(loss, [v.value for v in actor.trainable_variables])\n\n"
        "    loss, gradients = step(observations)\n"
        "    optimizer.apply(gradients, actor.trainable_variables)\n    return loss",
        "step_outside_the_graph",
    ),
    (
        "symbolic_update",
        "**and runs it** once",
        UPDATE + "in_graph(actor, critic, optimizer, observations)\n"
        "    return in_graph(actor, critic, optimizer, observations)",
        None,
    ),
    (
        "symbolic_update",
        "the critic stays as it is",
        UPDATE + "for weight in critic.trainable_variables:\n"
        "        weight.assign(1.5 * weight)\n"
        "    return in_graph(actor, critic, optimizer, observations)",
        None,
    ),
    (
        "symbolic_update",
        "Return the loss before the step.",
        UPDATE + "in_graph(actor, critic, optimizer, observations)\n"
        "    return loss_of(actor, critic, observations)",
        "loss_after_the_step",
    ),
    (
        "symbolic_update",
        "Return the loss before the step.",
        UPDATE + "in_graph(actor, critic, optimizer, observations)",
        "no_loss_returned",
    ),
    (
        "symbolic_update",
        "Return the loss before the step.",
        UPDATE + "return -in_graph(actor, critic, optimizer, observations)",
        "mean_q_returned",
    ),
    (
        "same_bits",
        "every bit agree",
        "def same_bits(left, right):\n"
        "    return all(np.array_equal(a, b) for a, b in zip(left, right))",
        "array_equal_of_pairs",
    ),
    (
        "same_bits",
        "if the lists are equally long",
        "def same_bits(left, right):\n"
        "    pairs = zip(left, right)\n"
        "    return all((a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())\n"
        "               for a, b in pairs)",
        "length_ignored",
    ),
    (
        "float_steps",
        "an array of int64",
        "def float_steps(left, right):\n"
        "    def place(array):\n"
        "        bits = array.view(np.int32).astype(np.int64)\n"
        "        return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)\n"
        "    return np.abs(place(left) - place(right)).astype(np.uint64)",
        None,
    ),
    (
        "bit_equal_sizes",
        "the list of them",
        "bit_equal_sizes = [1, 64, 2047]",
        None,
    ),
    (
        "bit_equal_sizes",
        "in\nincreasing order",
        "bit_equal_sizes = [64, 1, 2048]",
        "not_in_order",
    ),
]

DEMANDS = [
    Demand(assignment, *row)
    for assignment, rows in [
        ("replay", REPLAY),
        ("exploration", EXPLORATION),
        ("td3", TD3),
        ("gradient", GRADIENT),
        ("capstone", CAPSTONE),
    ]
    for row in rows
]
