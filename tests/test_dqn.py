"""One update against NumPy by hand, and a short training against chance."""

import numpy as np
import pytest

from ddpg_tf import evaluate
from ddpg_tf.agents.dqn import DQN, ENV_ID, GAMMA, train_dqn
from ddpg_tf.batch import Batch
from tests.errors import refused
from tests.oracles import Dense, backward, forward


def layers_of(model):
    """The Q network as the oracle's layers, float64."""
    weights = [w.astype(np.float64) for w in model.get_weights()]
    kinds = ["relu"] * (len(weights) // 2 - 1) + ["linear"]
    return [Dense(weights[2 * i], weights[2 * i + 1], kind) for i, kind in enumerate(kinds)]


@pytest.fixture
def batch(make_batch):
    """Transitions of one batch, with actions 0 and 1."""
    batch = make_batch(0, 64, 4, 1)
    batch["actions"] = np.float32(batch["actions"] > 0)
    batch["rewards"] = 3 * batch["rewards"]
    return batch


def agent_with_two_minds(double):
    """An agent whose target network differs from the online one, both far from zero."""
    agent, other = DQN(double, seed=0), DQN(seed=1)
    for network in (agent.online, other.online):
        *hidden, kernel, bias = network.get_weights()
        network.set_weights([*hidden, 100 * kernel, bias])
    agent.target.set_weights(other.online.get_weights())
    return agent


def numpy_targets(agent, batch):
    online, _ = forward(layers_of(agent.online), batch["next_observations"])
    target, _ = forward(layers_of(agent.target), batch["next_observations"])
    best = (online if agent.double else target).argmax(axis=1)
    values = target[np.arange(len(target)), best]
    return batch["rewards"] + GAMMA * (1 - batch["terminated"]) * values


@pytest.mark.parametrize("double", [False, True])
def test_the_target_is_the_algorithm_s(double, batch):
    agent = agent_with_two_minds(double)
    y = agent.bellman_targets(Batch(**batch))
    np.testing.assert_allclose(y, numpy_targets(agent, batch), rtol=1e-4, atol=1e-5)
    agent.double = not double
    assert np.abs(y - numpy_targets(agent, batch)).max() > 0.01  # the other's would be told apart


@pytest.mark.parametrize("double", [False, True])
def test_one_update_is_adam_on_the_gradient_by_hand(double, batch):
    agent = agent_with_two_minds(double)
    layers, y = layers_of(agent.online), numpy_targets(agent, batch)
    q, trace = forward(layers, batch["observations"])
    rows, taken = np.arange(64), batch["actions"][:, 0].astype(int)
    error = q[rows, taken] - y
    d_q = np.zeros_like(q)
    d_q[rows, taken] = 2 * error / 64
    _, gradients = backward(layers, trace, d_q)

    before = agent.online.get_weights()
    late = agent.target.get_weights()
    learning_rate = float(agent.optimizer.learning_rate)
    metrics = agent.one_update(Batch(**batch))
    np.testing.assert_allclose(metrics["loss"], np.mean(error**2), rtol=1e-4)
    np.testing.assert_allclose(metrics["q"], q.max(axis=1).mean(), rtol=1e-4)
    for now, then, gradient in zip(agent.online.get_weights(), before, gradients, strict=True):
        # Adam's first step, with Keras's epsilon; where g is all rounding, so is the step
        step = -learning_rate * gradient / (np.abs(gradient) + 1e-7 / np.sqrt(1 - 0.999))
        clear = np.abs(gradient) > 1e-4
        assert clear.any()
        np.testing.assert_allclose((now - then)[clear], step[clear], rtol=1e-3)
    for now, then in zip(agent.target.get_weights(), late, strict=True):
        np.testing.assert_array_equal(now, then)


def test_updates_in_one_call_regress_on_one_target_which_then_follows(make_batch):
    blocks = make_batch(0, (3, 16), 4, 1)
    blocks["actions"] = np.float32(blocks["actions"] > 0)
    compiled, by_hand = agent_with_two_minds(True), agent_with_two_minds(True)
    metrics = compiled.learn(Batch(**blocks))
    for k in range(3):
        one = by_hand.one_update(Batch(**{name: array[k] for name, array in blocks.items()}))
        np.testing.assert_allclose(metrics["loss"][k], one["loss"], rtol=1e-3)
    for ours, theirs in zip(
        compiled.online.get_weights(), by_hand.online.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    for late, now in zip(compiled.target.get_weights(), compiled.online.get_weights(), strict=True):
        np.testing.assert_array_equal(late, now)


def test_the_policy_takes_the_better_action():
    agent = agent_with_two_minds(False)
    observations = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    q, _ = forward(layers_of(agent.online), observations)
    np.testing.assert_array_equal(agent.policy()(observations), q.argmax(axis=1))
    assert agent.policy()(observations[0]) == q[0].argmax()
    assert set(q.argmax(axis=1)) == {0, 1}


class Chance:
    """An agent that acts at random."""

    def policy(self):
        generator = np.random.default_rng(0)
        return lambda observation: generator.integers(2)


@pytest.mark.parametrize("double", [False, True])
def test_a_short_training_is_far_better_than_chance(double):
    rows = []
    trained = train_dqn(double, seed=3, total_steps=4_000, progress=rows.append, eval_every=2_000)
    assert rows == trained.history
    assert [row["step"] for row in rows] == [2_000, 4_000]
    assert set(rows[0]) == {"step", "eval_return", "loss", "q", "epsilon"}
    learned, chance = (evaluate(a, ENV_ID, 20, seed=0).mean() for a in (trained.agent, Chance()))
    assert learned > 3 * chance


def test_equal_seeds_give_equal_bits():
    one, same = (train_dqn(True, seed=0, total_steps=1_200) for _ in range(2))
    assert one.history == same.history
    assert np.isfinite(one.history[-1]["loss"])  # it did learn
    for a, b in zip(one.agent.online.get_weights(), same.agent.online.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_even_one_step_is_a_training():
    (row,) = train_dqn(total_steps=1).history
    assert row["step"] == 1 and row["eval_return"] > 0 and np.isnan(row["loss"])


@pytest.mark.parametrize("steps", [{"total_steps": 0}, {"eval_every": 0}])
def test_no_steps_are_refused(steps):
    with refused(ValueError, *steps, 0):
        train_dqn(**steps)


def fixed_point(slope, ends=0.01):
    """The value V of states that all look alike, a share `ends` of which ends the episode.

    Gradient descent on a loss with that slope, towards the targets 1 and 1 + gamma V.
    """
    value = 0.0
    for _ in range(100_000):
        errors = value - np.array([1.0, 1.0 + GAMMA * value])
        value -= 0.1 * np.dot([ends, 1 - ends], slope(errors))
    return value


def test_a_clipped_error_is_deaf_to_rare_endings():
    truth = 1 / (1 - GAMMA * 0.99)
    assert fixed_point(lambda errors: errors) == pytest.approx(truth, rel=1e-3)
    assert fixed_point(lambda errors: np.clip(errors, -1, 1)) == pytest.approx(99, rel=1e-3)
    assert truth == pytest.approx(50, rel=0.01)
