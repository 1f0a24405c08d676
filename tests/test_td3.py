"""TD3 against algorithm 1 of its paper, by hand in float64 NumPy, and with every strategy."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box
from keras import layers

from ddpg_tf import DDPG, DDPGConfig, make_agent, train
from ddpg_tf.agents.td3 import TD3
from tests.eager import eager
from tests.errors import refused
from tests.oracles import Dense, action_gradient, backward, forward
from tests.sizes import small_version
from tests.strategies.bits import BIT_EQUAL, largest_difference, same_bits

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH)
CRITICS = ("critic", "second_critic")
TARGETS = ("target_actor", "target_critic", "target_second_critic")
NETWORKS = ("actor", *CRITICS, *TARGETS)
SETTINGS = {"algorithm": "td3", "hidden_sizes": (16, 16), "tau": 0.1, "jit_compile": False}


def build(actor=None, critic=None, traced=False, **settings):
    config = DDPGConfig(**(SETTINGS | settings))
    agent = make_agent(OBSERVATIONS, ACTIONS, config, actor, critic)
    return agent if traced else eager(agent)


def weights(agent, *names):
    return [w for name in names or NETWORKS for w in getattr(agent, name).get_weights()]


def shaken(agent, seed=0):
    """Weights of order one in all six networks, so that no gradient is nearly zero by design."""
    generator = np.random.default_rng(seed)
    for name in NETWORKS:
        model = getattr(agent, name)
        model.set_weights([generator.normal(scale=0.5, size=w.shape) for w in model.weights])
    return agent


def first_moving_mean(model):
    return next(w for w in model.weights if w.name == "moving_mean").numpy()


def row(batches, k):
    return {name: array[k] for name, array in batches.items()}


# ---- algorithm 1 by hand ----------------------------------------------------------------------


class Adam:
    """Kingma and Ba 2015, algorithm 1, with Keras's epsilon."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate, self.t = parameters, rate, 0
        self.m, self.v = ([np.zeros_like(p) for p in parameters] for _ in range(2))

    def step(self, gradients):
        self.t += 1
        rate = self.rate * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for p, g, m, v in zip(self.parameters, gradients, self.m, self.v, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g**2 - v)
            p -= rate * m / (np.sqrt(v) + 1e-7)


class ByHand:
    """TD3 in float64 NumPy: the same weights at first, nothing else in common with `TD3`."""

    def __init__(self, agent):
        self.config = config = agent.config
        self.networks = {}
        for name in NETWORKS:
            parameters = [np.float64(w) for w in getattr(agent, name).get_weights()]
            last = "tanh" if "actor" in name else "linear"
            kinds = ["relu"] * (len(parameters) // 2 - 1) + [last]
            pairs = zip(parameters[::2], parameters[1::2], kinds, strict=True)
            self.networks[name] = [Dense(*layer) for layer in pairs]
        self.actor_adam = Adam(self.parameters("actor"), config.actor_learning_rate)
        self.critic_adams = [
            Adam(self.parameters(name), config.critic_learning_rate) for name in CRITICS
        ]
        self.middle, self.half_range = (np.float64(HIGH) + LOW) / 2, (np.float64(HIGH) - LOW) / 2
        self.t = 0
        self.clipped = {"noise": 0, "action": 0}

    def parameters(self, name):
        return [array for layer in self.networks[name] for array in (layer.kernel, layer.bias)]

    def q(self, name, observations, actions):
        """The critics see actions in half ranges."""
        seen = (actions - self.middle) / self.half_range
        q, trace = forward(self.networks[name], np.concatenate([observations, seen], axis=1))
        return q[:, 0], trace

    def smoothed_actions(self, next_observations, standard_normal):
        config = self.config
        noise = config.target_noise_sigma * np.float64(standard_normal)
        limited = np.clip(noise, -config.target_noise_clip, config.target_noise_clip)
        tanh, _ = forward(self.networks["target_actor"], next_observations)
        noisy = self.middle + self.half_range * (tanh + limited)
        actions = np.clip(noisy, np.float64(LOW), np.float64(HIGH))
        self.clipped["noise"] += np.sum(noise != limited)
        self.clipped["action"] += np.sum(noisy != actions)
        return actions

    def update(self, batch, standard_normal):
        config, b = self.config, {name: np.float64(array) for name, array in batch.items()}
        n, following = len(b["rewards"]), b["next_observations"]
        actions = self.smoothed_actions(following, standard_normal)
        q1, q2 = (self.q(name, following, actions)[0] for name in TARGETS[1:])
        future = np.where(b["terminated"], 0, np.minimum(q1, q2))
        y = config.reward_scale * b["rewards"] + config.gamma * future

        loss, means = 0.0, []
        for name, adam in zip(CRITICS, self.critic_adams, strict=True):
            q, trace = self.q(name, b["observations"], b["actions"])
            _, gradients = backward(self.networks[name], trace, 2 * (q - y)[:, None] / n)
            for index in range(0, len(gradients), 2):
                gradients[index] += 2 * config.critic_l2 * self.parameters(name)[index]
            adam.step(gradients)
            loss += np.mean((q - y) ** 2)
            means.append(q.mean())

        self.t += 1
        actor_loss = np.nan
        if self.t % config.policy_delay == 0:
            tanh, trace = forward(self.networks["actor"], b["observations"])
            # the half range of the actor's last layer is cancelled by that of the critic's first
            value, dq_dtanh = action_gradient(self.networks["critic"], b["observations"], tanh)
            actor_loss = -value.mean()
            upstream = -dq_dtanh / n
            self.actor_adam.step(backward(self.networks["actor"], trace, upstream)[1])
            for target, online in zip(TARGETS, ("actor", *CRITICS), strict=True):
                pairs = zip(self.parameters(target), self.parameters(online), strict=True)
                for late, now in pairs:
                    late[...] = config.tau * now + (1 - config.tau) * late
        return {"critic_loss": loss, "actor_loss": actor_loss, "q": means[0]}


@pytest.mark.parametrize(
    "settings",
    [
        {"policy_delay": 2, "target_noise_sigma": 0.4},
        {
            "policy_delay": 3,
            "strategy": "output_gradients",
            "target_noise_clip": 0.1,
            "critic_l2": 0.05,
            "reward_scale": 3.0,
            "gamma": 0.5,
        },
    ],
    ids=["delay 2", "delay 3, little noise, l2 and scaled rewards"],
)
def test_ten_updates_are_algorithm_1_by_hand(settings, make_batch):
    agent = shaken(build(actor_learning_rate=3e-3, critic_learning_rate=1e-2, **settings))
    by_hand = ByHand(agent)
    batches, start = make_batch(0, (10, 32)), weights(agent)
    for k in range(10):
        # the agent's own numbers: the same for the same seed and update
        seed = [int(agent._noise_seed), k]
        standard_normal = tf.random.stateless_normal((32, 2), seed, alg="philox").numpy()
        before = {name: weights(agent, name) for name in NETWORKS}
        measured = agent.update(row(batches, k))
        expected = by_hand.update(row(batches, k), standard_normal)
        assert measured == pytest.approx(expected, rel=1e-4, abs=1e-4, nan_ok=True)
        due = (k + 1) % agent.config.policy_delay == 0
        for name in NETWORKS:
            rests = name not in CRITICS and not due
            assert same_bits(before[name], weights(agent, name)) == rests, (k, name)
    for name in NETWORKS:
        for now, expected in zip(weights(agent, name), by_hand.parameters(name), strict=True):
            np.testing.assert_allclose(now, expected, rtol=2e-5, atol=2e-5)
    # ten updates change far more than that; and both clippings have been at work
    assert largest_difference(start, weights(agent)) > 1e-2
    assert min(by_hand.clipped.values()) > 10


def test_the_noise_differs_between_updates_and_seeds():
    agent, other, again = build(seed=1), build(seed=2), build(seed=1)
    middle = np.tile((LOW + HIGH) / 2, (500, 1))
    first = agent._smoothed(tf.constant(middle)).numpy()
    np.testing.assert_array_equal(first, again._smoothed(tf.constant(middle)))
    assert not np.array_equal(first, other._smoothed(tf.constant(middle)))
    agent.updates.assign_add(1)
    second = agent._smoothed(tf.constant(middle)).numpy()
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 5 / np.sqrt(500)
    # sigma 0.2 half ranges in each component's own units, hardly less for the clip at 0.5
    deviations = (first - middle).std(axis=0) / ((HIGH - LOW) / 2)
    np.testing.assert_allclose(deviations, 0.2, rtol=0.15)


# ---- the six networks -------------------------------------------------------------------------


def test_the_class_is_the_config_s_algorithm():
    assert type(build()) is TD3
    assert type(TD3(OBSERVATIONS, ACTIONS, DDPGConfig(**SETTINGS))) is TD3
    assert type(build(algorithm="ddpg")) is DDPG
    for kind, algorithm in ((TD3, "ddpg"), (DDPG, "td3")):
        with refused(ValueError, kind.__name__, algorithm, "make_agent"):
            kind(OBSERVATIONS, ACTIONS, DDPGConfig(algorithm=algorithm))


def test_a_td3_without_a_config_is_one():
    space = Box(-1, 1, (2,))
    assert TD3(space, space).config == DDPGConfig(algorithm="td3")


def test_the_critics_differ_and_the_targets_start_as_copies():
    agent = build()
    assert not same_bits(weights(agent, "critic"), weights(agent, "second_critic"))
    for target, online in zip(TARGETS, ("actor", *CRITICS), strict=True):
        assert same_bits(weights(agent, target), weights(agent, online))
    variables = [id(v) for network in agent.networks.values() for v in network.weights]
    assert len(set(variables)) == len(variables)
    assert same_bits(weights(agent), weights(build()))
    assert not same_bits(weights(agent), weights(build(seed=1)))


def own_critic():
    observations, actions = keras.Input((3,)), keras.Input((2,))
    x = layers.Dense(8, "relu")(layers.Concatenate()([observations, actions]))
    return keras.Model([observations, actions], layers.Dense(1, bias_initializer="ones")(x))


def test_a_critic_of_the_user_s_own_gets_a_twin(make_batch):
    critic = own_critic()
    agent = build(critic=critic, policy_delay=1)
    assert agent.critic is critic
    for mine, twin in zip(weights(agent, "critic"), weights(agent, "second_critic"), strict=True):
        np.testing.assert_array_equal(np.sort(mine.ravel()), np.sort(twin.ravel()))
        assert np.array_equal(mine, twin) == (mine.ndim == 1)
    assert same_bits(weights(agent, TARGETS[2]), weights(agent, "second_critic"))
    start = {name: weights(agent, name) for name in NETWORKS}
    agent.update(make_batch(0, 32))
    for name in NETWORKS:
        assert not same_bits(start[name], weights(agent, name)), name


@pytest.mark.parametrize("delay", small_version([2, 1, 3, 5], 2))
def test_the_actor_s_updates_are_the_same_however_they_are_divided_into_calls(delay, make_batch):
    batches, found = make_batch(0, (9, 8)), []
    agent = build(policy_delay=delay, traced=True, hidden_sizes=(8,))
    start = [variable.numpy() for variable in agent.all_variables]
    # each length of a call is traced once
    for division in ([1] * 9, [3, 3, 3], [3, 1, 3, 1, 1], [1, 3, 1, 1, 3]):
        for variable, value in zip(agent.all_variables, start, strict=True):
            variable.assign(value)
        ends = np.cumsum(division)
        calls = [
            agent.learn({name: rows[end - count : end] for name, rows in batches.items()})
            for count, end in zip(division, ends, strict=True)
        ]
        losses = np.concatenate([metrics["actor_loss"] for metrics in calls])
        assert np.flatnonzero(~np.isnan(losses)).tolist() == list(range(delay - 1, 9, delay))
        assert all(len(metrics["q"]) == n for metrics, n in zip(calls, division, strict=True))
        found.append([*weights(agent), losses])
    for other in found[1:]:
        assert same_bits(found[0], other)


def test_a_loaded_agent_learns_on_to_the_same_bits(make_batch, tmp_path):
    settings = {"learning_rate_schedule": "cosine", "total_steps": 40, "warmup_steps": 20}
    agent, batches = build(policy_delay=2, **settings), make_batch(0, (6, 32))
    for k in range(3):  # an odd number: the next update of the actor is the fourth
        agent.update(row(batches, k))
    agent.save(tmp_path / "agent")
    again = eager(DDPG.load(tmp_path / "agent"))
    assert type(again) is TD3
    assert same_bits(weights(agent), weights(again))
    for k in range(3, 6):
        # NaN where the actor rests is equal to itself here
        np.testing.assert_equal(agent.update(row(batches, k)), again.update(row(batches, k)))
    assert same_bits(weights(agent), weights(again))


def test_critic_l2_is_on_the_kernels_of_both_critics_alone(make_batch):
    """With sgd, the penalty's own step is -rate 2 l2 W for kernels and zero for biases."""
    settings = {"optimizer": "sgd", "critic_learning_rate": 0.5}
    plain, penalised = shaken(build(**settings)), shaken(build(**settings, critic_l2=0.1))
    start, batch = weights(plain, *CRITICS), make_batch(0, 32)
    # the reported loss is the Bellman error without the penalty
    assert plain.update(batch)["critic_loss"] == penalised.update(batch)["critic_loss"]
    found = zip(weights(plain, *CRITICS), weights(penalised, *CRITICS), start, strict=True)
    for without, with_penalty, weight in found:
        expected = -0.5 * 2 * 0.1 * weight if weight.ndim == 2 else np.zeros_like(weight)
        np.testing.assert_allclose(with_penalty - without, expected, atol=1e-5)


@pytest.mark.parametrize("strategy", ["mean_q", "get_updates"])
def test_batch_norm_s_moments_move_when_they_should(strategy, make_batch):
    agent, batch = (
        build(normalization="batch", strategy=strategy, policy_delay=2),
        make_batch(0, 32),
    )

    def moments():
        return {name: first_moving_mean(getattr(agent, name)) for name in NETWORKS}

    # Keras's momentum is 0.99, the moments start at zero, the first layer sees the observations
    means = dict.fromkeys(("actor", *CRITICS), batch["observations"].mean(axis=0))
    means |= dict.fromkeys(TARGETS[1:], batch["next_observations"].mean(axis=0))
    agent.update(batch)
    first = moments()
    for name in NETWORKS:
        # every critic once, for the Bellman error; the actor is not due, the target actor infers
        expected = np.zeros(3) if "actor" in name else 0.01 * means[name]
        np.testing.assert_allclose(first[name], expected, rtol=1e-4, atol=1e-7)
    agent.update(batch)
    second = moments()
    trained = {name: 0.01 * mean + 0.99 * first[name] for name, mean in means.items()}
    for online, target in zip(("actor", *CRITICS), TARGETS, strict=True):
        np.testing.assert_allclose(second[online], trained[online], rtol=1e-4, atol=1e-7)
        late = 0.1 * second[online] + 0.9 * trained.get(target, np.zeros(3))
        np.testing.assert_allclose(second[target], late, rtol=1e-4, atol=1e-7)


# ---- the strategies ---------------------------------------------------------------------------


@functools.cache
def after_300_updates(strategy, batch_size=64, jit_compile=False):
    """All six networks, with clipping, a schedule, Huber's loss and Pop-Art in play."""
    agent = build(
        strategy=strategy,
        jit_compile=jit_compile,
        traced=True,
        hidden_sizes=(32,),
        gradient_clip_norm=0.1,
        delta_clip=1.0,
        normalize_returns=True,
        pop_art=True,
        learning_rate_schedule="linear",
        total_steps=1400,
    )
    generator = np.random.default_rng(0)
    shape = 300, batch_size
    agent.learn(
        {
            "observations": generator.normal(size=(*shape, 3)),
            "actions": generator.uniform(LOW, HIGH, size=(*shape, 2)),
            "rewards": generator.normal(size=shape),
            "next_observations": generator.normal(size=(*shape, 3)),
            "terminated": generator.random(shape) < 0.1,
        }
    )
    return weights(agent)


@pytest.mark.parametrize(
    ("strategy", "jit_compile"),
    # by default one without XLA, which compiles for ten seconds; whole trainings below do for each
    small_version([(name, jit) for jit in (False, True) for name in BIT_EQUAL], 1),
)
def test_300_updates_leave_the_same_bits_at_a_batch_of_64(strategy, jit_compile):
    expected = after_300_updates("mean_q", 64, jit_compile)
    assert largest_difference(expected, weights(build(hidden_sizes=(32,)))) > 0.05
    assert same_bits(after_300_updates(strategy, 64, jit_compile), expected)


def test_at_a_batch_of_100_the_bits_differ():
    difference = largest_difference(
        after_300_updates("output_gradients", 100), after_300_updates("mean_q", 100)
    )
    assert 0 < difference < 0.05


@pytest.mark.whole
def test_compiled_or_not_it_is_the_same_algorithm():
    """XLA rounds in other places; 300 updates make of that what they make of any last bit."""
    compiled, plain = (after_300_updates("mean_q", 64, jit) for jit in (True, False))
    assert largest_difference(compiled, plain) < 0.02


@pytest.mark.parametrize("strategy", ["target_action", "jacobian"])
def test_a_step_of_the_actor_is_nearly_the_same_for_the_others(strategy, make_batch):
    settings = {"optimizer": "sgd", "actor_learning_rate": 0.5, "policy_delay": 1}
    agent, reference = (shaken(build(strategy=name, **settings)) for name in (strategy, "mean_q"))
    start, batch = weights(agent, "actor"), make_batch(0, 64)
    agent.update(batch), reference.update(batch)
    assert largest_difference(start, weights(reference, "actor")) > 0.05
    assert largest_difference(weights(agent, "actor"), weights(reference, "actor")) < 1e-6


PENDULUM = DDPGConfig(
    algorithm="td3",
    total_steps=300,
    warmup_steps=100,
    hidden_sizes=(16,),
    jit_compile=False,
    eval_every=300,
    eval_episodes=1,
)


@functools.cache
def trained(strategy):
    moments = []
    result = train(
        DDPGConfig(**(PENDULUM.to_dict() | {"strategy": strategy})), callbacks=[moments.append]
    )
    replay = moments[-1].replay.contents().arrays()
    return [*weights(result.agent), *replay.values()], result.history


@pytest.mark.parametrize("strategy", ["output_gradients", "get_updates"])
def test_whole_trainings_are_the_same_bits_at_a_batch_of_64(strategy):
    arrays, history = trained("mean_q")
    others, other_history = trained(strategy)
    assert same_bits(arrays, others)
    for row, other in zip(history, other_history, strict=True):
        assert row["eval_return_mean"] == other["eval_return_mean"]
        assert row["updates"] == 200
