"""Optimisers, losses and schedules, by hand and in the agent."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPGConfig, make_agent
from ddpg_tf.agents.optimisation import bellman_loss, build_optimizer
from ddpg_tf.strategies import STRATEGIES
from tests.eager import eager
from tests.oracles import Dense, backward, forward
from tests.strategies.bits import BIT_EQUAL, same_bits

OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(-1.0, 1.0, (2,), np.float32)
SGD = {"optimizer": "sgd", "actor_learning_rate": 0.5, "critic_learning_rate": 0.5}


def build(traced=False, **settings):
    """An agent with weights of order one, so that no gradient is nearly zero by design."""
    config = DDPGConfig(**({"hidden_sizes": (8,), "jit_compile": False} | settings))
    agent, generator = make_agent(OBSERVATIONS, ACTIONS, config), np.random.default_rng(0)
    for model in agent.networks.values():
        model.set_weights([generator.normal(scale=0.5, size=w.shape) for w in model.weights])
    return agent if traced else eager(agent)


def change(model, start):
    return [now - then for now, then in zip(model.get_weights(), start, strict=True)]


def norm(arrays):
    return np.sqrt(sum(np.sum(np.float64(array) ** 2) for array in arrays))


# ---- the critic's loss ------------------------------------------------------------------------

ERRORS = np.array([-3.0, -1.0, -0.4, 0.0, 0.1, 0.5, 2.5, 40.0])


@pytest.mark.parametrize("delta", [0.5, 1.0, 7.0])
def test_huber_is_twice_what_keras_and_pytorch_call_so(delta):
    """Theirs is e^2 / 2 near zero; ours e^2, as the paper's loss is the mean of e^2."""
    loss = bellman_loss(tf.constant(ERRORS), delta).numpy()
    theirs = keras.losses.Huber(delta, dtype="float64")(np.zeros((1, 8)), ERRORS[None])
    assert loss == pytest.approx(2 * float(theirs), rel=1e-12)
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .[comparisons]")
    theirs = torch.nn.functional.huber_loss(
        torch.tensor(ERRORS), torch.zeros(8, dtype=torch.float64), delta=delta
    )
    assert loss == pytest.approx(2 * theirs.item(), rel=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=4), st.floats(0.1, 20))
def test_huber_s_slope_is_the_clipped_error_s(errors, delta):
    errors = tf.constant(errors, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(errors)
        loss = bellman_loss(errors, delta)
    slope, n, h = tape.gradient(loss, errors).numpy(), len(errors), 1e-5
    np.testing.assert_allclose(slope, 2 * np.clip(errors, -delta, delta) / n, atol=1e-12)
    for index in range(n):
        step = tf.one_hot(index, n, on_value=tf.constant(h, tf.float64))
        ahead, back = (float(bellman_loss(errors + sign * step, delta)) for sign in (1, -1))
        # the slope itself bends at delta, which a central difference sees within h
        assert slope[index] == pytest.approx((ahead - back) / (2 * h), abs=3 * h / n + 1e-7)


def test_without_delta_it_is_the_mean_square():
    assert bellman_loss(tf.constant(ERRORS), None).numpy() == pytest.approx(np.mean(ERRORS**2))
    assert bellman_loss(tf.constant(ERRORS), 41.0).numpy() == pytest.approx(np.mean(ERRORS**2))


def critic_gradient(agent, batch, delta):
    """The gradient of the Bellman loss by hand in float64, for gamma = 0, where y = r."""
    parameters = [np.float64(w) for w in agent.critic.get_weights()]
    layers = [
        Dense(parameters[i], parameters[i + 1], "relu" if i < 2 else "linear") for i in (0, 2)
    ]
    q, trace = forward(layers, np.concatenate([batch["observations"], batch["actions"]], axis=1))
    errors = q - np.float64(batch["rewards"])[:, None]
    assert (np.abs(errors) > delta).any() and (np.abs(errors) < delta).any()
    return backward(layers, trace, 2 * np.clip(errors, -delta, delta) / len(q))[1]


def test_the_critic_s_step_is_on_the_huber_loss_and_clipped_as_a_whole(make_batch):
    batch = make_batch(0, 32)
    for limit in (None, 0.25):
        agent = build(**SGD, gamma=0.0, delta_clip=1.0, gradient_clip_norm=limit)
        start, gradient = agent.critic.get_weights(), critic_gradient(agent, batch, 1.0)
        length = norm(gradient)
        assert length > 0.5
        shortened = 1.0 if limit is None else limit / length
        agent.update(batch)
        for step, slope in zip(change(agent.critic, start), gradient, strict=True):
            np.testing.assert_allclose(step, -0.5 * shortened * slope, rtol=1e-3, atol=1e-5)


# ---- clipping by global norm ------------------------------------------------------------------


@pytest.fixture(scope="module")
def unclipped():
    return actor_s_step("mean_q", None)


def actor_s_step(strategy, limit):
    """What one update does to the actor's weights. The critic is kept still: a step of 1e-30."""
    settings = SGD | {"critic_learning_rate": 1e-30}
    agent = build(**settings, strategy=strategy, gradient_clip_norm=limit)
    generator, start = np.random.default_rng(0), agent.actor.get_weights()
    batch = {
        "observations": generator.normal(size=(64, 3)),
        "actions": generator.uniform(-1, 1, size=(64, 2)),
        "rewards": np.zeros(64),
        "next_observations": np.zeros((64, 3)),
        "terminated": np.ones(64),
    }
    agent.update(batch)
    return change(agent.actor, start)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_actor_s_whole_gradient_is_shortened_for_every_strategy(strategy, unclipped):
    length = norm(unclipped) / 0.5
    assert length > 0.1
    clipped = actor_s_step(strategy, length / 4)
    for step, plain in zip(clipped, unclipped, strict=True):
        np.testing.assert_allclose(step, plain / 4, rtol=1e-3, atol=1e-6)
    if strategy in BIT_EQUAL:
        assert same_bits(clipped, actor_s_step("mean_q", length / 4))


def test_a_gradient_within_the_limit_is_left_alone(unclipped):
    for step, plain in zip(actor_s_step("mean_q", 1e3), unclipped, strict=True):
        np.testing.assert_allclose(step, plain, rtol=1e-5, atol=1e-7)


def test_td3_s_critics_are_shortened_together(make_batch):
    batch = make_batch(0, 32)
    found = []
    for limit in (None, 0.25):
        agent = build(**SGD, algorithm="td3", gradient_clip_norm=limit)
        starts = [critic.get_weights() for critic in agent.critics]
        agent.update(batch)
        pairs = zip(agent.critics, starts, strict=True)
        found.append([step for critic, start in pairs for step in change(critic, start)])
    factor = 0.25 / (norm(found[0]) / 0.5)
    assert factor < 0.5
    for clipped, plain in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(clipped, factor * plain, rtol=1e-3, atol=1e-6)


# ---- learning rate schedules ------------------------------------------------------------------

COURSES = {
    "constant": lambda share: 1.0,
    "linear": lambda share: 1 - 0.9 * share,
    "cosine": lambda share: 0.1 + 0.9 * (1 + np.cos(np.pi * share)) / 2,
}


@pytest.mark.parametrize(
    ("course", "settings", "actor_updates"),
    [
        ("constant", {}, 20),
        ("linear", {}, 20),
        ("cosine", {}, 20),
        ("cosine", {"algorithm": "td3", "policy_delay": 3}, 6),
        ("linear", {"actor_warmup_steps": 18}, 12),
        ("linear", {"algorithm": "td3", "policy_delay": 3, "actor_warmup_steps": 17}, 4),
    ],
    ids=["constant", "linear", "cosine", "late actor", "warm-up", "late actor with warm-up"],
)
def test_schedules_by_formula(course, settings, actor_updates, make_batch):
    """20 updates: 30 steps less 10 of warm-up. An actor that makes fewer reaches the end, too."""
    agent = build(
        traced=True,
        optimizer="sgd",
        hidden_sizes=(2,),
        learning_rate_schedule=course,
        learning_rate_final=0.0 if course == "constant" else 0.1,
        total_steps=30,
        warmup_steps=10,
        actor_learning_rate=0.5,
        critic_learning_rate=2.0,
        **settings,
    )
    batch = make_batch(0, 8)
    for k in range(1, 21):
        agent.update(batch)
        expected = 2.0 * COURSES[course](k / 20)
        assert float(agent.critic_optimizer.learning_rate) == pytest.approx(expected, rel=1e-5)
        done = int(agent.actor_optimizer.iterations)
        expected = 0.5 * COURSES[course](done / actor_updates)
        assert float(agent.actor_optimizer.learning_rate) == pytest.approx(expected, rel=1e-5)
    assert done == actor_updates


def test_the_step_is_as_long_as_the_schedule_says(make_batch):
    batch, steps = make_batch(0, 32), []
    schedule = {"learning_rate_schedule": "linear", "total_steps": 30, "warmup_steps": 10}
    for settings in ({}, schedule):
        agent = build(**SGD, **settings)
        agent.critic_optimizer.iterations.assign(15)
        start = agent.critic.get_weights()
        agent.update(batch)
        steps.append(change(agent.critic, start))
    for constant, scheduled in zip(*steps, strict=True):
        np.testing.assert_allclose(scheduled, constant / 4, rtol=1e-3, atol=1e-6)


# ---- rewards and warm-up ----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_a_reward_scale_is_scaled_rewards(algorithm, make_batch):
    batches = make_batch(0, (2, 16))
    scaled = build(algorithm=algorithm, reward_scale=0.3)
    plain = build(algorithm=algorithm)
    measured = scaled.update(batches)
    batches["rewards"] = np.float32(0.3) * batches["rewards"]
    assert measured == plain.update(batches)
    for name, network in plain.networks.items():
        assert same_bits(network.get_weights(), scaled.networks[name].get_weights())


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        # the updates up to step 15 are 5; the actor's first is the next one
        ({"warmup_steps": 10, "actor_warmup_steps": 15}, 6),
        ({"warmup_steps": 10, "actor_warmup_steps": 15, "algorithm": "td3"}, 6),
        ({"warmup_steps": 10, "actor_warmup_steps": 16, "algorithm": "td3"}, 8),
        ({"warmup_steps": 10, "actor_warmup_steps": 18, "updates_per_step": 0.5}, 5),
        # the critic's own warm-up is the longer one
        ({"warmup_steps": 10, "actor_warmup_steps": 10}, 1),
    ],
    ids=["ddpg", "td3, due at once", "td3, due later", "half the updates", "no longer"],
)
def test_the_actor_starts_exactly_when_it_is_said_to(settings, first, make_batch):
    agent, batches = build(**settings), make_batch(0, (8, 16))
    start = agent.actor.get_weights()
    moments = [variable.numpy() for variable in agent.actor_optimizer.variables]
    for k in range(8):
        before = agent.critic.get_weights()
        measured = agent.update({name: array[k] for name, array in batches.items()})
        assert norm(change(agent.critic, before)) > 0
        assert measured["actor_loss"] != 0
        if k + 1 < first:
            assert same_bits(start, agent.actor.get_weights()), k
            now = [variable.numpy() for variable in agent.actor_optimizer.variables]
            assert same_bits(moments, now), k
        if k + 1 == first:
            assert norm(change(agent.actor, start)) > 0
            assert int(agent.actor_optimizer.iterations) == 1


@pytest.mark.parametrize("clip", [None, 0.5])
@pytest.mark.parametrize("place", ["pytorch", "keras"])
def test_only_epsilon_at_pytorch_s_place_is_pytorch_s_adam(place, clip):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .[comparisons]")
    config = DDPGConfig(adam_epsilon=1e-4, adam_epsilon_place=place, gradient_clip_norm=clip)
    optimizer = build_optimizer(config, 1e-2, updates=50)
    generator = np.random.default_rng(0)
    start, ours = generator.normal(size=(5, 3)), keras.Variable(np.zeros((5, 3)), dtype="float64")
    ours.assign(start)
    theirs = torch.nn.Parameter(torch.tensor(start))
    judge = torch.optim.Adam([theirs], lr=1e-2, eps=1e-4)
    optimizer.build([ours])
    for step in range(50):
        # as small as epsilon, so that its place shows
        gradient = generator.normal(scale=1e-4 if step < 25 else 3.0, size=(5, 3))
        optimizer.apply([tf.constant(gradient)], [ours])
        theirs.grad = torch.tensor(gradient)
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([theirs], clip)
        judge.step()
    gap = np.abs(ours.numpy() - theirs.detach().numpy()).max()
    # Keras's own constants are float32, and PyTorch's clipping adds 1e-6 to the norm
    assert gap < 1e-6 if place == "pytorch" else gap > 1e-2
