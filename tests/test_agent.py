"""The agent against Algorithm 1 of the paper, written out by hand in float64 NumPy."""

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box
from keras import layers

from ddpg_tf import DDPG, DDPGConfig
from ddpg_tf.agents.optimisation import soft_update, squared_weights
from tests.eager import eager
from tests.errors import refused

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH)
NETWORKS = ("actor", "critic", "target_actor", "target_critic")


def build(actor=None, critic=None, traced=False, **settings):
    config = DDPGConfig(**{"hidden_sizes": (16, 16), "tau": 0.1, "jit_compile": False, **settings})
    agent = DDPG(OBSERVATIONS, ACTIONS, config, actor=actor, critic=critic)
    return agent if traced or config.jit_compile else eager(agent)


def weights(agent, names=NETWORKS):
    return {name: getattr(agent, name).get_weights() for name in names}


def layer_of(model, kind):
    """The first layer of a kind."""
    return next(layer for layer in model.layers if isinstance(layer, kind))


def shake(agent, seed=0):
    """Weights of order one in all four networks, so that no gradient is nearly zero by design."""
    generator = np.random.default_rng(seed)
    for name in NETWORKS:
        model = getattr(agent, name)
        model.set_weights([generator.normal(scale=0.5, size=w.shape) for w in model.weights])


def restore(agent, saved):
    """Set all weights and forget the optimisers' moments: a new agent without a new compilation."""
    for name, values in saved.items():
        getattr(agent, name).set_weights(values)
    for optimizer in (agent.actor_optimizer, agent.critic_optimizer):
        for variable in optimizer.variables:
            if variable.path.endswith("learning_rate"):
                continue
            variable.assign(np.zeros(variable.shape))
    agent.updates.assign(0)


def largest_difference(a, b):
    pairs = [pair for name in a for pair in zip(a[name], b[name], strict=True)]
    return max(np.abs(one - other).max() for one, other in pairs)


def assert_equal_bits(a, b):
    for name in a:
        for one, other in zip(a[name], b[name], strict=True):
            np.testing.assert_array_equal(one, other)


# ---- Algorithm 1 by hand ----------------------------------------------------------------------


def forward(parameters, x):
    """ReLU layers with a linear last one; returns the output and the inputs of all layers."""
    inputs = []
    for index in range(0, len(parameters), 2):
        inputs.append(x)
        x = x @ parameters[index] + parameters[index + 1]
        if index < len(parameters) - 2:
            x = np.maximum(x, 0)
    return x, inputs


def backward(parameters, inputs, upstream):
    """From d loss / d output to d loss / d parameters and d loss / d input."""
    gradients = []
    for index in reversed(range(0, len(parameters), 2)):
        x = inputs[index // 2]
        gradients = [x.T @ upstream, upstream.sum(axis=0), *gradients]
        upstream = upstream @ parameters[index].T
        if index > 0:
            upstream = upstream * (x > 0)
    return gradients, upstream


def optimizer_by_hand(config, rate):
    """Keras's defaults: adam(0.9, 0.999), sgd, rmsprop(0.9, 1e-7)."""
    name = config.optimizer
    state = {"t": 0, "m": None, "v": None}

    def step(parameters, gradients):
        state["t"] += 1
        t = state["t"]
        if state["m"] is None:
            state["m"] = [np.zeros_like(p) for p in parameters]
            state["v"] = [np.zeros_like(p) for p in parameters]
        for p, g, m, v in zip(parameters, gradients, state["m"], state["v"], strict=True):
            if name == "sgd":
                p -= rate * g
            if name == "rmsprop":
                v += 0.1 * (g**2 - v)
                p -= rate * g / np.sqrt(v + 1e-7)
            if name == "adam":
                m += 0.1 * (g - m)
                v += 0.001 * (g**2 - v)
                m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
                is_keras = config.adam_epsilon_place == "keras"
                share = np.sqrt(1 - 0.999**t) if is_keras else 1
                epsilon = config.adam_epsilon / share
                p -= rate * m_hat / (np.sqrt(v_hat) + epsilon)

    return step


class ByHand:
    """DDPG in float64 NumPy: same weights at first, nothing else in common with `DDPG`."""

    def __init__(self, agent):
        self.config = agent.config
        for name, values in weights(agent).items():
            setattr(self, name, [np.asarray(w, np.float64) for w in values])
        self.actor_step = optimizer_by_hand(agent.config, agent.config.actor_learning_rate)
        self.critic_step = optimizer_by_hand(agent.config, agent.config.critic_learning_rate)
        self.middle = (np.float64(HIGH) + LOW) / 2
        self.half_range = (np.float64(HIGH) - LOW) / 2
        self.updates = 0

    def mu(self, parameters, observations):
        output, inputs = forward(parameters, observations)
        return self.middle + self.half_range * np.tanh(output), np.tanh(output), inputs

    def q(self, parameters, observations, actions):
        """The critic sees actions in half ranges."""
        seen = (actions - self.middle) / self.half_range
        return forward(parameters, np.concatenate([observations, seen], axis=1))

    def update(self, batch):
        config = self.config
        b = {name: np.float64(array) for name, array in batch.items()}
        n = len(b["rewards"])
        next_actions = self.mu(self.target_actor, b["next_observations"])[0]
        next_q = self.q(self.target_critic, b["next_observations"], next_actions)[0][:, 0]
        y = b["rewards"] + config.gamma * np.where(b["terminated"], 0, next_q)

        if config.update_order == "together":
            value, actor_gradients = self.actor_gradients(b["observations"])
        q, inputs = self.q(self.critic, b["observations"], b["actions"])
        error = q[:, 0] - y
        gradients, _ = backward(self.critic, inputs, 2 * error[:, None] / n)
        for index in range(0, len(gradients), 1 if config.critic_l2_biases else 2):
            gradients[index] = gradients[index] + 2 * config.critic_l2 * self.critic[index]
        self.critic_step(self.critic, gradients)

        if config.update_order == "critic_first":
            value, actor_gradients = self.actor_gradients(b["observations"])
        self.actor_step(self.actor, actor_gradients)

        self.updates += 1
        if self.updates % config.target_update_every == 0:
            for target, online in (
                (self.target_actor, self.actor),
                (self.target_critic, self.critic),
            ):
                for late, now in zip(target, online, strict=True):
                    late[...] = config.tau * now + (1 - config.tau) * late
        return {"critic_loss": np.mean(error**2), "actor_loss": -value.mean(), "q": q.mean()}

    def actor_gradients(self, observations):
        """Q(s, mu(s)), and the gradients of minus its mean, for the critic as it is now."""
        n = len(observations)
        a, tanh, actor_inputs = self.mu(self.actor, observations)
        value, inputs = self.q(self.critic, observations, a)
        _, dq = backward(self.critic, inputs, np.ones((n, 1)))
        dq_da = dq[:, 3:] / self.half_range
        if self.config.action_gradient == "clip_value":
            limit = self.config.action_gradient_limit
            dq_da = np.clip(dq_da, -limit, limit)
        upstream = -dq_da * self.half_range * (1 - tanh**2) / n
        return value, backward(self.actor, actor_inputs, upstream)[0]


@pytest.mark.parametrize(
    "settings",
    [
        {"jit_compile": True},  # as it is by default
        {"optimizer": "sgd", "critic_l2": 0.05, "strategy": "output_gradients"},
        {"optimizer": "rmsprop", "target_update_every": 3},
        {"traced": True, "strategy": "get_updates", "critic_l2": 0.05, "gamma": 0.5, "tau": 1.0},
        {"action_gradient": "clip_value", "action_gradient_limit": 0.5, "optimizer": "sgd"},
        {"update_order": "together", "adam_epsilon": 1e-3, "strategy": "output_gradients"},
        {"adam_epsilon": 1e-3, "adam_epsilon_place": "pytorch", "strategy": "output_gradients"},
        {"critic_l2": 0.05, "critic_l2_biases": True, "update_order": "together"},
        pytest.param(
            {
                "jit_compile": True,
                "strategy": "get_updates",
                "critic_l2": 0.05,
                "critic_l2_biases": True,
                "update_order": "together",
                "adam_epsilon": 1e-3,
                "adam_epsilon_place": "pytorch",
                "action_gradient": "clip_value",
                "action_gradient_limit": 0.5,
                "target_update_every": 3,
            },
            marks=pytest.mark.whole,
        ),
    ],
    ids=[
        *("defaults", "sgd and l2", "rmsprop and late targets", "get_updates", "clipped dQ/da"),
        *("both gradients first", "epsilon of PyTorch", "decay of biases"),
        "all of them by XLA",
    ],
)
def test_ten_updates_are_algorithm_1_by_hand(settings, make_batch):
    agent = build(actor_learning_rate=3e-3, critic_learning_rate=1e-2, **settings)
    shake(agent)
    by_hand = ByHand(agent)
    start = weights(agent)
    batches = make_batch(0, (10, 32))
    measured = agent.learn(batches)
    for k in range(10):
        expected = by_hand.update({name: array[k] for name, array in batches.items()})
        for name, value in expected.items():
            # float32 against float64, ten updates deep: relative differences up to 1.2e-5 were seen
            np.testing.assert_allclose(measured[name][k], value, rtol=1e-4, atol=1e-4)
    for name in NETWORKS:
        pairs = zip(getattr(agent, name).get_weights(), getattr(by_hand, name), strict=True)
        for now, expected in pairs:
            # and up to 1.3e-6 here
            np.testing.assert_allclose(now, expected, rtol=2e-5, atol=2e-5)
        # the tolerance is far below what ten updates change
        if name in ("actor", "critic"):
            moved = [
                np.abs(a - b).max() for a, b in zip(weights(agent)[name], start[name], strict=True)
            ]
            assert min(moved) > 1e-3


# ---- the four networks ------------------------------------------------------------------------


@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_the_targets_start_as_exact_copies_of_their_own(normalization):
    agent = build(normalization=normalization)
    for online, target in ((agent.actor, agent.target_actor), (agent.critic, agent.target_critic)):
        assert isinstance(online, keras.Model) and isinstance(target, keras.Model)
        assert_equal_bits({0: online.get_weights()}, {0: target.get_weights()})
        assert not {id(v) for v in online.weights} & {id(v) for v in target.weights}
        online.set_weights([w + 1 for w in online.get_weights()])
        for now, late in zip(online.get_weights(), target.get_weights(), strict=True):
            assert not np.array_equal(now, late)


def test_soft_update_by_hand():
    online, target = (keras.Sequential([keras.Input((1,)), layers.Dense(1)]) for _ in range(2))
    online.set_weights([np.array([[8.0]]), np.array([-4.0])])
    target.set_weights([np.array([[0.0]]), np.array([4.0])])
    soft_update(target, online, 0.25)
    assert [float(w.item()) for w in target.get_weights()] == [2.0, 2.0]
    assert [float(w.item()) for w in online.get_weights()] == [8.0, -4.0]


def test_equal_seeds_are_equal_agents_and_others_are_not():
    a, b, other = build(seed=1), build(seed=1), build(seed=2)
    assert_equal_bits(weights(a), weights(b))
    assert not np.array_equal(a.actor.get_weights()[0], other.actor.get_weights()[0])
    np.testing.assert_array_equal(a.act(np.ones(3)), b.act(np.ones(3)))


def test_batch_norm_s_moments_are_learned_and_follow_into_the_targets(make_batch):
    agent = build(normalization="batch", tau=0.1)
    batch = make_batch(0, 32)
    before = agent.target_actor.layers[1].moving_mean.numpy().copy()
    agent.update(batch)
    online, late = (m.layers[1].moving_mean.numpy() for m in (agent.actor, agent.target_actor))
    # Keras's momentum is 0.99 and the moments start at 0
    expected = 0.01 * batch["observations"].mean(axis=0)
    np.testing.assert_allclose(online, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(late, 0.1 * online + 0.9 * before, rtol=1e-5, atol=1e-8)
    critic = layer_of(agent.critic, layers.BatchNormalization).moving_mean.numpy()
    # once, by the critic's own step: the actor's step uses the critic but changes nothing in it
    np.testing.assert_allclose(critic, expected, rtol=1e-4, atol=1e-7)


# ---- updates ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agent():
    return build()


def learned(agent, start, batches, calls):
    """The weights, and every update's metrics, after calls of so many updates each."""
    restore(agent, start)
    metrics, made = [], 0
    for k in calls:
        metrics.append(agent.learn({n: array[made : made + k] for n, array in batches.items()}))
        made += k
    assert int(agent.updates) == made
    return weights(agent), {n: np.concatenate([m[n] for m in metrics]) for n in metrics[0]}


def test_k_updates_in_one_call_are_k_calls_to_the_bit(make_batch):
    """Without XLA every operation is a program of its own, whatever surrounds it."""
    agent, batches = build(traced=True, hidden_sizes=(8,)), make_batch(1, (3, 32))
    start = weights(agent)
    expected, metrics = learned(agent, start, batches, [3])
    for calls in ([1] * 3, [1, 2]):
        after, singly = learned(agent, start, batches, calls)
        assert_equal_bits(after, expected)
        assert_equal_bits(singly, metrics)
    restore(agent, start)
    assert agent.update(batches) == {name: np.mean(values) for name, values in metrics.items()}


def test_k_updates_in_one_call_are_k_calls_under_xla_but_for_the_order_of_sums(make_batch):
    """XLA may add up a batch in any order, and lets the processor's vector unit decide.

    In a call of one update a batch is the whole input; in a call of K it is row k of it. That is
    enough for LLVM to sum the batch in twice as many partial sums, on some processors. So the bits
    are the same on some only; everywhere the difference is what another order of sums can make.
    """
    rate, size, k = 0.01, 32, 4
    rates = {"actor_learning_rate": rate, "critic_learning_rate": rate}
    agent = build(optimizer="sgd", hidden_sizes=(16,), jit_compile=True, **rates)
    shake(agent)
    start, batches = weights(agent), make_batch(1, (k, size))
    together, metrics = learned(agent, start, batches, [k])
    singly, metrics_singly = learned(agent, start, batches, [1] * k)
    # a sum of N terms in another order: off by less than N roundings of the sum of their sizes
    order = size * np.finfo(np.float32).eps
    moved = largest_difference(together, start)
    assert moved > 100 * rate * order
    assert largest_difference(together, singly) < moved * k * order
    for name, values in metrics.items():
        np.testing.assert_allclose(metrics_singly[name], values, rtol=k * order, atol=k * order)


def test_update_returns_floats(agent, make_batch):
    metrics = agent.update(make_batch(2, 32))
    assert set(metrics) == {"critic_loss", "actor_loss", "q"}
    assert all(type(value) is float for value in metrics.values())


@pytest.mark.parametrize("every", [1, 3])
def test_tau_one_makes_hard_copies_exactly_every_so_many(every, make_batch):
    agent = build(tau=1.0, target_update_every=every)
    batch, last_copy = make_batch(0, 8), weights(agent, NETWORKS[:2])
    for update in range(1, 2 * every + 2):
        agent.update(batch)
        if update % every == 0:
            last_copy = weights(agent, NETWORKS[:2])
        targets = weights(agent, NETWORKS[2:])
        assert_equal_bits(
            last_copy, {"actor": targets["target_actor"], "critic": targets["target_critic"]}
        )


def test_critic_l2_is_on_the_kernels_alone(make_batch):
    """With sgd, the penalty's own step is -rate 2 l2 W for kernels and zero for biases."""
    settings = {"optimizer": "sgd", "critic_learning_rate": 0.5}
    plain, penalised = build(**settings), build(**settings, critic_l2=0.1)
    shake(plain), shake(penalised)
    start, batch = plain.critic.get_weights(), make_batch(0, 32)
    losses = [agent.update(batch)["critic_loss"] for agent in (plain, penalised)]
    # the reported loss is the Bellman error without the penalty
    assert losses[0] == losses[1]
    pairs = zip(plain.critic.get_weights(), penalised.critic.get_weights(), start, strict=True)
    for without, with_penalty, weight in pairs:
        expected = -0.5 * 2 * 0.1 * weight if weight.ndim == 2 else np.zeros_like(weight)
        np.testing.assert_allclose(with_penalty - without, expected, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", keras.optimizers.Adam),
        ("sgd", keras.optimizers.SGD),
        ("rmsprop", keras.optimizers.RMSprop),
        ("adamw", keras.optimizers.AdamW),
    ],
)
def test_optimizers_by_name(name, kind):
    agent = build(optimizer=name, actor_learning_rate=0.25, critic_learning_rate=0.5)
    for optimizer, rate in ((agent.actor_optimizer, 0.25), (agent.critic_optimizer, 0.5)):
        assert type(optimizer) is kind
        assert float(optimizer.learning_rate) == rate
    assert agent.actor_optimizer is not agent.critic_optimizer


# ---- batches ----------------------------------------------------------------------------------


def test_float64_and_boolean_arrays_are_the_same_batch(agent, make_batch):
    start, batch = weights(agent), make_batch(3, 32)
    restore(agent, start)
    expected = agent.update(batch)
    after = weights(agent)
    restore(agent, start)
    other = {name: array.astype(np.float64) for name, array in batch.items()}
    other["terminated"] = batch["terminated"].astype(bool)
    assert agent.update(other) == expected
    assert_equal_bits(after, weights(agent))


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("observations", (32, 4)),
        ("observations", (3,)),
        ("observations", (1, 1, 32, 3)),
        ("actions", (32,)),
        ("actions", (32, 3)),
        ("actions", (31, 2)),
        ("rewards", (32, 1)),
        ("rewards", (31,)),
        ("next_observations", (32, 2)),
        ("terminated", (32, 1)),
        ("terminated", (2, 32)),
    ],
)
def test_a_wrong_shape_is_refused_before_anything_changes(agent, make_batch, key, shape):
    before = weights(agent)
    # observations say how many rows the others must have: one that disagrees is named itself
    with refused(ValueError, *([] if key == "observations" else [key])):
        agent.update(make_batch(0, 32) | {key: np.zeros(shape, np.float32)})
    assert_equal_bits(before, weights(agent))


# ---- networks of the user's own ---------------------------------------------------------------


def own_actor(units=2, inputs=3):
    return keras.Sequential(
        [keras.Input((inputs,)), layers.Dense(8, "relu"), layers.Dense(units, "tanh")]
    )


def own_critic(output="column", observation_size=3):
    observations, actions = keras.Input((observation_size,)), keras.Input((2,))
    x = layers.Concatenate()([observations, actions])
    x = layers.Dense(8, "relu")(x)
    q = layers.Dense(2 if output == "two columns" else 1)(x)
    if output == "flat":
        q = layers.Reshape(())(q)
    return keras.Model([observations, actions], q)


@pytest.mark.parametrize("output", ["column", "flat"])
def test_networks_of_the_user_s_own(output, make_batch):
    actor, critic = own_actor(), own_critic(output)
    agent = build(actor=actor, critic=critic)
    assert agent.actor is actor and agent.critic is critic
    assert len(agent.target_critic([np.zeros((4, 3)), np.zeros((4, 2))]).shape) == (
        1 if output == "flat" else 2
    )
    start = weights(agent)
    agent.update(make_batch(0, 32))
    for name, values in weights(agent).items():
        assert any(not np.array_equal(a, b) for a, b in zip(values, start[name], strict=True)), name
    assert agent.act(np.zeros(3)).shape == (2,)


def test_a_column_and_a_flat_critic_learn_the_same(make_batch):
    """[B, 1] against targets [B] must not broadcast to [B, B]."""
    column = build(actor=own_actor(), critic=own_critic("column"))
    flat = build(actor=own_actor(), critic=own_critic("flat"))
    shake(column), shake(flat)
    batches = make_batch(0, (3, 32))
    assert column.update(batches) == pytest.approx(flat.update(batches), rel=1e-6)
    for a, b in zip(column.critic.get_weights(), flat.critic.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


class Subclassed(keras.Model):
    """Cannot be cloned: it has layers but no config."""

    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width)

    def call(self, observations):
        return self.dense(observations)


def two_outputs():
    inputs = keras.Input((3,))
    return keras.Model(inputs, [layers.Dense(2)(inputs), layers.Dense(2)(inputs)])


@pytest.mark.parametrize(
    ("actor", "error", "named"),
    [
        (lambda: own_actor(units=3), ValueError, "(5, 3)"),
        (lambda: own_actor(inputs=4), ValueError, "[B, 3]"),
        (lambda: lambda observations, actions: observations, TypeError, "keras.Model"),
        (lambda: "actor", ValueError, "module:"),
        (lambda: [], TypeError, "list"),
        (lambda: Subclassed(2), TypeError, "subclassed"),
        (two_outputs, ValueError, "actor"),
        (
            lambda: keras.Sequential([keras.Input((3,)), layers.Rescaling([1.0, 1.0, 1.0])]),
            ValueError,
            "actor",
        ),
    ],
    ids=[
        "too wide",
        "other inputs",
        "function",
        "string",
        "empty list",
        "subclass",
        "two outputs",
        "no weights",
    ],
)
def test_actors_that_do_not_fit(actor, error, named):
    with refused(error, named):
        build(actor=actor())


class ObservationsOnly(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs[0])


@pytest.mark.parametrize(
    ("critic", "error", "named"),
    [
        (ObservationsOnly, ValueError, "actions"),
        (lambda: own_critic("two columns"), ValueError, "[B, 1]"),
        (lambda: own_critic(observation_size=4), ValueError, "[B, 3]"),
        (lambda: own_actor(), ValueError, "critic"),
        (lambda: lambda observations, actions: None, TypeError, "nothing"),
        (lambda: 0, TypeError, "int"),
    ],
    ids=[
        "ignores action",
        "two columns",
        "other inputs",
        "an actor",
        "function",
        "zero",
    ],
)
def test_critics_that_do_not_fit(critic, error, named):
    with refused(error, "critic", named):
        build(critic=critic())


def test_another_backend_of_keras_is_refused(monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with refused(ValueError, "jax", "KERAS_BACKEND=tensorflow"):
        build()


def test_a_normalization_layer_of_the_user_is_followed_too():
    """Its count is an integer: the soft update copies it instead of averaging."""
    normalization = keras.layers.Normalization()
    normalization.adapt(np.random.default_rng(0).normal(size=(100, 3)))
    actor = keras.Sequential(
        [
            keras.Input((3,)),
            normalization,
            keras.layers.Dense(1, "tanh"),
            keras.layers.Rescaling(2.0),
        ]
    )
    agent = eager(DDPG(Box(-1, 1, (3,)), Box(-2, 2, (1,)), actor=actor))
    rng = np.random.default_rng(1)
    batch = {
        "observations": rng.normal(size=(4, 3)),
        "actions": rng.normal(size=(4, 1)),
        "rewards": np.ones(4),
        "next_observations": rng.normal(size=(4, 3)),
        "terminated": np.zeros(4),
    }
    assert np.isfinite(agent.update(batch)["critic_loss"])


@pytest.mark.parametrize("role", ["actor", "critic"])
def test_networks_of_another_precision_are_refused_at_once(role):
    states = keras.Input((3,), dtype="float64")
    actions = keras.Input((1,), dtype="float64")
    dense = keras.layers.Dense(1, dtype="float64")
    inputs = states if role == "actor" else [states, actions]
    joined = states if role == "actor" else keras.layers.Concatenate(dtype="float64")(inputs)
    with refused(ValueError, role, "float32", "float64"):
        DDPG(Box(-1, 1, (3,)), Box(-2, 2, (1,)), **{role: keras.Model(inputs, dense(joined))})


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"traced": True}, marks=pytest.mark.whole),
        {"traced": True, "normalization": "batch"},
        {"normalize_returns": True, "pop_art": True},
        {"critic_l2": 0.01, "gradient_clip_norm": 0.5, "action_gradient": "invert"},
    ],
    ids=["plain", "batch norm", "pop-art", "penalty, clipping, inverting"],
)
def test_both_updates_together_are_the_same_bits_in_every_way_to_write_the_actor_s(
    make_batch, settings
):
    found = {}
    for strategy in ("mean_q", "output_gradients", "get_updates"):
        agent = build(strategy=strategy, update_order="together", hidden_sizes=(8,), **settings)
        for seed in range(3):
            agent.update(make_batch(seed, 64))
        found[strategy] = weights(agent)
    assert_equal_bits(found["mean_q"], found["output_gradients"])
    assert_equal_bits(found["mean_q"], found["get_updates"])


def test_a_penalty_on_weights_leaves_norms_alone():
    critic = build(normalization="layer").critic
    by_name = {"kernel": 0.0, "bias": 0.0}
    for variable in critic.trainable_variables:
        variable.assign(np.full(variable.shape, 2.0))
        if variable.name in by_name:
            by_name[variable.name] += 4 * np.size(variable)
    assert float(squared_weights([critic], biases=False)) == by_name["kernel"]
    assert float(squared_weights([critic], biases=True)) == by_name["kernel"] + by_name["bias"]
