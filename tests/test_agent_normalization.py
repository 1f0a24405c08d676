"""Normalised observations and returns, Pop-Art and batch norm, as the whole agent uses them."""

from functools import lru_cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPG, DDPGConfig, evaluate, make_agent
from ddpg_tf.networks.clone import clone
from ddpg_tf.training.loop import TrainingRun
from tests.eager import eager
from tests.errors import refused
from tests.strategies.bits import largest_difference, same_bits

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH)
STATES = np.random.default_rng(5).normal([100.0, -3.0, 0.0], [20.0, 0.1, 1.0], size=(200, 3))


def build(**settings):
    """An agent with weights of order one, so that values differ between networks and states."""
    config = DDPGConfig(**({"hidden_sizes": (8, 8), "jit_compile": False} | settings))
    agent, generator = make_agent(OBSERVATIONS, ACTIONS, config), np.random.default_rng(0)
    for model in agent.networks.values():
        model.set_weights([generator.normal(scale=0.5, size=w.shape) for w in model.weights])
    return eager(agent)


def weights(agent):
    return [w for network in agent.networks.values() for w in network.get_weights()]


# ---- observations -----------------------------------------------------------------------------


def by_hand(rows, clip):
    deviations = (rows - STATES.mean(axis=0)) / STATES.std(axis=0)
    return np.float32(np.clip(deviations, -clip, clip))


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_all_parts_see_the_same_normal_observations(algorithm, make_batch):
    normal = build(algorithm=algorithm, normalize_observations=True, observation_clip=2.0)
    plain = build(algorithm=algorithm)
    for rows in (STATES[:1], STATES[1:50], STATES[50:]):
        normal.observe(rows)
    seen = by_hand(STATES, 2.0)
    assert (np.abs(seen) == 2).any() and (np.abs(seen) < 2).mean() > 0.8

    # the moments by hand agree with the running ones to about 1e-7, and so do the actions
    np.testing.assert_allclose(normal.normalized(STATES), seen, atol=1e-5)
    np.testing.assert_allclose(normal.policy()(STATES), plain.policy()(seen), atol=1e-5)
    np.testing.assert_allclose(normal.act(STATES[7]), plain.act(seen[7]), atol=1e-5)
    # from here on what is seen is the very same, and so are the bits
    seen = normal.normalized(STATES)
    np.testing.assert_array_equal(normal.policy()(STATES), plain.policy()(seen))
    batch = make_batch(0, (2, 32))
    batch["observations"] = np.float32(STATES[:64].reshape(2, 32, 3))
    batch["next_observations"] = np.float32(STATES[64:128].reshape(2, 32, 3))
    normalised = {
        name: normal.normalized(batch[name]) for name in ("observations", "next_observations")
    }
    assert normal.update(batch) == plain.update(batch | normalised)
    assert same_bits(weights(normal), weights(plain))
    q = normal.value(normal.critic, seen[:4], np.float32(batch["actions"][0, :4]))
    np.testing.assert_array_equal(q, plain.critic([seen[:4], batch["actions"][0, :4]])[:, 0])


def test_only_observe_moves_the_moments(make_batch):
    agent = build(normalize_observations=True)
    agent.observe(STATES)
    before = {name: array.copy() for name, array in agent.observation_moments.state().items()}
    agent.act(STATES[0]), agent.policy()(STATES), agent.update(make_batch(0, 16))
    np.testing.assert_equal(agent.observation_moments.state(), before)
    agent.observe(STATES[:1])
    assert agent.observation_moments.count == 201
    plain = build()
    plain.observe(STATES)  # nothing to do
    assert plain.normalized(STATES) is STATES


RUN = DDPGConfig(
    env_id="TwoEndings-v0",
    num_envs=2,
    total_steps=60,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=10,
    eval_every=30,
    eval_episodes=2,
    normalize_observations=True,
    normalize_returns=True,
    pop_art=True,
    jit_compile=False,
)


def test_a_run_s_moments_are_those_of_all_that_was_observed_and_learned():
    run = TrainingRun(RUN)
    assert [moment.row["step"] for moment in run if moment.row] == [30, 60]
    run.environments.close()
    moments, seen = run.agent.observation_moments, run.replay.contents().observations
    assert moments.count == 60
    np.testing.assert_allclose(moments.mean, seen.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(moments.std, seen.std(axis=0), rtol=1e-6)
    # a batch of 8 targets for each of 40 updates
    assert float(run.agent.return_moments.count) == 8 * 40
    before = moments.state()
    evaluate(run.agent, "TwoEndings-v0", episodes=2)
    np.testing.assert_equal(moments.state(), before)


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_a_loaded_agent_keeps_all_moments(algorithm, tmp_path, make_batch):
    settings = {"normalize_observations": True, "normalize_returns": True, "pop_art": True}
    agent, batches = build(algorithm=algorithm, **settings), make_batch(0, (2, 16))
    agent.observe(STATES)
    agent.update(batches)
    agent.save(tmp_path / "agent")
    again = eager(DDPG.load(tmp_path / "agent"))
    np.testing.assert_equal(again.observation_moments.state(), agent.observation_moments.state())
    np.testing.assert_array_equal(again.policy()(STATES), agent.policy()(STATES))
    assert again.update(batches) == agent.update(batches)
    assert same_bits(weights(again), weights(agent))
    for one, other in zip(
        again.return_moments.variables, agent.return_moments.variables, strict=True
    ):
        np.testing.assert_array_equal(one, other)


# ---- returns ----------------------------------------------------------------------------------


def values(agent, batch):
    """Q of every critic, online and target, in units of return."""
    critics = (*agent.critics, *agent.target_critics)
    inputs = batch["observations"], batch["actions"]
    return np.stack([agent.value(critic, *inputs) for critic in critics])


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
@pytest.mark.parametrize("pop_art", [True, False], ids=["Pop-Art", "without"])
def test_pop_art_alone_keeps_every_value_while_the_moments_move(algorithm, pop_art, make_batch):
    """Steps of 1e-30 leave the moments as the only thing that moves."""
    still = {"optimizer": "sgd", "critic_learning_rate": 1e-30, "tau": 1e-30}
    fresh = build(algorithm=algorithm, normalize_returns=True, pop_art=pop_art, **still)
    agent = build(algorithm=algorithm, normalize_returns=True, pop_art=pop_art, **still)
    batches = make_batch(0, (4, 32))
    batch = {name: array[0] for name, array in batches.items()}
    batches["rewards"] = 300 + 50 * batches["rewards"]
    before = values(agent, batch)
    assert np.abs(np.diff(before, axis=0)).max(axis=1).min() > 0.1  # the critics are of many minds
    agent.update(batches)
    moments = agent.return_moments
    assert moments.mean > 100 and moments.std > 10
    if pop_art:
        # float32 resolves values about 300 to 3e-5
        np.testing.assert_allclose(values(agent, batch), before, atol=2e-4)
        last_layers = [critic.get_weights()[-2:] for critic in agent.critics]
        untouched = [critic.get_weights()[-2:] for critic in fresh.critics]
        for now, then in zip(last_layers, untouched, strict=True):
            assert largest_difference(now, then) > 0.1
    else:
        assert np.median(np.abs(values(agent, batch) - before)) > 10


@pytest.mark.parametrize("pop_art", [True, False], ids=["Pop-Art", "without"])
def test_the_critic_learns_returns_in_their_running_deviations(pop_art, make_batch):
    """Three updates; each loss by hand, from the networks as they were before it."""
    agent = build(normalize_returns=True, pop_art=pop_art, gamma=0.9, critic_learning_rate=1e-2)
    batches = make_batch(0, (3, 32))
    batches["rewards"] = 20 + 5 * batches["rewards"]
    targets, mean, std = np.zeros(0), 0.0, 1.0
    for k in range(3):
        batch = {name: array[k] for name, array in batches.items()}
        following, actions = batch["next_observations"], batch["actions"]
        q = np.float64(agent.critic([batch["observations"], actions]))[:, 0]
        next_actions = agent.target_actor(following).numpy()
        next_q = np.float64(agent.target_critic([following, next_actions]))[:, 0]
        y = batch["rewards"] + 0.9 * (1 - batch["terminated"]) * (std * next_q + mean)
        targets = np.concatenate([targets, y])
        old_mean, old_std = mean, std
        mean, std = targets.mean(), targets.std()
        if pop_art:
            q = (old_std * q + old_mean - mean) / std
        measured = agent.update(batch)
        assert measured["critic_loss"] == pytest.approx(
            np.mean(((y - mean) / std - q) ** 2), rel=1e-4
        )
        # what is reported of Q, and what the actor climbs, is in units of return
        assert measured["q"] == pytest.approx(std * q.mean() + mean, rel=1e-4)
        assert float(agent.return_moments.mean) == pytest.approx(mean, rel=1e-5)
        assert float(agent.return_moments.std) == pytest.approx(std, rel=1e-4)


@pytest.mark.parametrize("strategy", ["output_gradients", "get_updates"])
def test_the_actor_climbs_q_in_units_of_return(strategy, make_batch):
    """sgd's step on -mean(std Q + mean) is std times its step on -mean Q."""
    settings = {"optimizer": "sgd", "critic_learning_rate": 1e-30, "actor_learning_rate": 0.01}
    agent = build(normalize_returns=True, strategy=strategy, **settings)
    plain, batch = build(strategy=strategy, **settings), make_batch(0, 64)
    batch["rewards"] = 30 * batch["rewards"]
    start = plain.actor.get_weights()
    agent.update(batch), plain.update(batch)
    std = float(agent.return_moments.std)
    assert std > 10
    for then, now, without in zip(
        start, agent.actor.get_weights(), plain.actor.get_weights(), strict=True
    ):
        np.testing.assert_allclose(now - then, std * (without - then), rtol=2e-3, atol=2e-5)


def test_pop_art_on_a_critic_that_cannot_be_rescaled_is_refused_in_one_line():
    observations, actions = keras.Input((3,)), keras.Input((2,))
    x = keras.layers.Concatenate()([observations, actions])
    q = keras.layers.Dense(1, activation="tanh")(x)
    config = DDPGConfig(normalize_returns=True, pop_art=True)
    with refused(ValueError, "critic", "Dense(1)"):
        DDPG(OBSERVATIONS, ACTIONS, config, critic=keras.Model([observations, actions], q))


# ---- batch norm -------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["output_gradients", "mean_q", "get_updates"])
def test_batch_norm_trains_in_the_bellman_error_and_in_the_actor(strategy, make_batch):
    """One update against Keras calls, each with the flag that it must have."""
    config = DDPGConfig(
        hidden_sizes=(8, 8), normalization="batch", action_layer=1, strategy=strategy,
        optimizer="sgd", critic_learning_rate=1e-30, tau=0.25, jit_compile=False,
    )  # fmt: skip
    agent = eager(with_moments_of_their_own(make_agent(OBSERVATIONS, ACTIONS, config)))
    actor, critic, target_actor, target_critic = map(clone, agent.networks.values())
    batch = {name: tf.constant(array) for name, array in make_batch(0, 64).items()}
    states, following = batch["observations"], batch["next_observations"]

    next_q = target_critic([following, target_actor(following, training=False)], training=True)
    y = batch["rewards"] + 0.99 * (1 - batch["terminated"]) * next_q[:, 0]
    q = critic([states, batch["actions"]], training=True)[:, 0]
    actions = actor(states, training=True)
    loss = -tf.reduce_mean(critic([states, actions], training=False))

    measured = agent.update({name: tensor.numpy() for name, tensor in batch.items()})
    assert measured["critic_loss"] == pytest.approx(float(tf.reduce_mean((y - q) ** 2)), rel=1e-4)
    assert measured["actor_loss"] == pytest.approx(float(loss), rel=1e-4)
    # the copies have moved their moments where they were called in training, once each
    copies = {"actor": actor, "critic": critic, "target_actor": actor, "target_critic": critic}
    starts = {"target_actor": target_actor, "target_critic": target_critic}
    for name, copy in copies.items():
        expected = np.concatenate([np.ravel(w) for w in moving(copy)])
        if name in starts:
            late = np.concatenate([np.ravel(w) for w in moving(starts[name])])
            expected = 0.25 * expected + 0.75 * late
        now = np.concatenate([np.ravel(w) for w in moving(agent.networks[name])])
        np.testing.assert_allclose(now, expected, rtol=1e-5, atol=1e-6)


@lru_cache
def agent_that_agrees_with_itself(algorithm):
    """An agent with batch norm that does not learn, and whose critics are all the same."""
    config = DDPGConfig(
        hidden_sizes=(8, 8), normalization="batch", action_layer=1, gamma=1.0, tau=1e-30,
        algorithm=algorithm, target_noise_sigma=0.0, optimizer="sgd", critic_learning_rate=1e-30,
        jit_compile=False,
    )  # fmt: skip
    agent = with_moments_of_their_own(make_agent(OBSERVATIONS, ACTIONS, config))
    for critic in (*agent.critics, *agent.target_critics):
        critic.set_weights(agent.critic.get_weights())
    return agent


@given(seed=st.integers(0, 2**31))
@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_the_noise_of_a_batch_s_moments_cancels_in_the_bellman_error(algorithm, seed):
    """Where a state follows on itself and nothing is earned, the Bellman equation holds exactly."""
    agent = agent_that_agrees_with_itself(algorithm)
    states = np.float32(np.random.default_rng(seed).normal(size=(16, 3)))
    actions = agent.target_actor(states, training=False).numpy()
    by_moving_moments = agent.critic([states, actions], training=False).numpy()
    by_the_batch = agent.target_critic([states, actions], training=True).numpy()
    assert largest_difference([by_the_batch], [by_moving_moments]) > 1e-2
    nothing = np.zeros(16, np.float32)
    measured = agent.update(
        {
            "observations": states,
            "actions": actions,
            "rewards": nothing,
            "next_observations": states,
            "terminated": nothing,
        }
    )
    assert measured["critic_loss"] < 1e-9


def with_moments_of_their_own(agent):
    """Return the agent, the weights and moving moments of every network random and of order one."""
    generator = np.random.default_rng(0)
    for model in agent.networks.values():
        model.set_weights([generator.uniform(0.2, 1, size=w.shape) for w in model.weights])
    return agent


def moving(model):
    """Return the moving moments of all the model's batch norms."""
    return [w.numpy() for w in model.non_trainable_variables if "moving" in w.path]
