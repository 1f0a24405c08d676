"""The rewritten updates, beside one by hand in float64 that shares no code with either side."""

import keras
import numpy as np
import pytest

from comparisons.ancestors.problem import flat
from comparisons.ancestors.updates.measure import apart, half_spacing
from comparisons.ancestors.updates.ours import agent_of, ours, same_size
from comparisons.ancestors.updates.problem import (
    Networks,
    Transitions,
    draw_batches,
    draw_networks,
    one_q,
    softly_updated_targets,
)
from comparisons.ancestors.updates.systems import MENDED, SYSTEMS, Variant
from tests.comparisons.committed import RESULTS
from tests.oracles import Dense, backward, forward, policy_gradient

BY_NAME = {system.name: system for system in SYSTEMS}
HIDDEN, BATCH, UPDATES = 7, 6, 4


def layers(weights, last):
    """The oracle's network."""
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    kinds = ["relu"] * (len(pairs) - 1) + [last]
    return [
        Dense(np.float64(kernel), np.float64(bias), kind)
        for (kernel, bias), kind in zip(pairs, kinds, strict=True)
    ]


def in_halves(weights, count):
    """The weights of each of `count` critics."""
    size = len(weights) // count
    return [weights[i * size : (i + 1) * size] for i in range(count)]


class Adam:
    """Kingma and Ba's algorithm 1, or the form with epsilon added before the bias correction."""

    def __init__(self, rate, config):
        self.rate, self.epsilon = rate, config.adam_epsilon
        self.place, self.clip = config.adam_epsilon_place, config.gradient_clip_norm
        self.m = self.v = self.t = 0

    def step(self, weights, gradients):
        g = flat(gradients)
        norm = np.linalg.norm(g)
        if self.clip is not None and norm > self.clip:
            g = g * self.clip / norm
        self.t += 1
        self.m, self.v = 0.9 * self.m + 0.1 * g, 0.999 * self.v + 0.001 * g**2
        correction = 1 - 0.999**self.t
        epsilon = self.epsilon / (1 if self.place == "pytorch" else correction**0.5)
        step = self.rate * self.m / (1 - 0.9**self.t) / ((self.v / correction) ** 0.5 + epsilon)
        parts = np.split(step, np.cumsum([w.size for w in weights])[:-1])
        return [w - part.reshape(w.shape) for w, part in zip(weights, parts, strict=True)]


def by_oracle(start, transitions, config, critics=1, actor_factor=1.0):
    """The networks after each update, in float64."""
    actor, critic, late_actor, late_critic = ([np.float64(w) for w in part] for part in start)
    adam_actor = Adam(config.actor_learning_rate, config)
    adam_critic = Adam(config.critic_learning_rate, config)
    delayed = config.policy_delay if critics == 2 else 1
    updates = []
    for k, batch in enumerate(transitions):
        s, a, r, next_s, terminated = (np.float64(x) for x in batch[:5])
        next_a, _ = forward(layers(late_actor, "tanh"), next_s)
        if critics == 2:
            next_a = np.clip(next_a + np.clip(transitions.noise[k], -0.5, 0.5), -1, 1)
        values = [
            forward(layers(w, "linear"), np.hstack([next_s, next_a]))[0][:, 0]
            for w in in_halves(late_critic, critics)
        ]
        y = r + config.gamma * (1 - terminated) * np.min(values, axis=0)
        before = actor_gradient(actor, critic, critics, s, actor_factor)
        gradients = []
        for weights in in_halves(critic, critics):
            q, trace = forward(layers(weights, "linear"), np.hstack([s, a]))
            errors = q - y[:, None]
            _, found = backward(layers(weights, "linear"), trace, 2 * errors / len(s))
            axes = 1 if config.critic_l2_biases else 2
            gradients += [
                g + 2 * config.critic_l2 * (w.ndim >= axes) * w
                for g, w in zip(found, weights, strict=True)
            ]
        critic = adam_critic.step(critic, gradients)
        if (k + 1) % delayed == 0:
            now = actor_gradient(actor, critic, critics, s, actor_factor)
            actor = adam_actor.step(actor, before if config.update_order == "together" else now)
            late_actor, late_critic = (
                [config.tau * w + (1 - config.tau) * late for late, w in zip(*pair, strict=True)]
                for pair in ((late_actor, actor), (late_critic, critic))
            )
        updates.append(Networks(actor, critic, late_actor, late_critic))
    return updates


def actor_gradient(actor, critic, critics, s, factor):
    """The gradient of -mean Q_1, times a factor."""
    first = layers(in_halves(critic, critics)[0], "linear")
    _, gradients = policy_gradient(layers(actor, "tanh"), first, s)
    return [factor * g for g in gradients]


def problem(system, dtype=np.float32):
    start = draw_networks(HIDDEN, system.critics, system.q_outputs, dtype)
    noise = 0.4 * np.random.default_rng(5).standard_normal((UPDATES, BATCH, 3))
    return start, Transitions(draw_batches(UPDATES, BATCH, dtype), noise.astype(dtype))


def require(system):
    if not system.installed:
        pytest.skip(f"{system.needs} is not installed")


def distances(theirs, own, start):
    """Network -> how far apart, over what `own` has travelled, at the last update."""
    return {
        name: apart(*(getattr(n, name) for n in (theirs[-1], own[-1], start)))
        for name in Networks._fields
    }


def assert_near(theirs, expected, start):
    """Within 1e-3 of the distance travelled, and what rounding to float32 at each update adds.

    The targets' steps are so short that this is most of it.
    """
    for name, distance in distances(theirs, expected, start).items():
        weights = [np.float32(w) for w in getattr(expected[-1], name)]
        rounding = UPDATES * half_spacing(weights, getattr(start, name))
        assert distance < 1e-3 + rounding, name


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_system_as_it_was_meant_is_the_update_by_hand(system):
    require(system)
    start, transitions = problem(system)
    theirs = system.updates(start, transitions, MENDED)
    expected = by_oracle(one_q(start), transitions, system.config, system.critics)
    assert len(theirs) == UPDATES
    assert_near(theirs, expected, one_q(start))


@pytest.mark.parametrize("system", [s for s in SYSTEMS if s.in_float64], ids=lambda s: s.name)
def test_float64_leaves_no_more_than_its_rounding(system):
    require(system)
    start, transitions = problem(system, np.float64)
    theirs = system.updates(start, transitions, MENDED)
    expected = by_oracle(start, transitions, system.config, system.critics)
    assert max(distances(theirs, expected, start).values()) < 1e-10


@pytest.mark.parametrize("name", ["yoon", "td3, skylark_td3"])
def test_ours_in_float64_is_the_update_by_hand(name):
    system = BY_NAME[name]
    start = draw_networks(HIDDEN, system.critics, dtype=np.float64)
    batches = draw_batches(UPDATES, BATCH, np.float64)
    config = same_size(system.config, HIDDEN)
    own, noise = ours(config, start, batches)
    expected = by_oracle(start, Transitions(batches, noise), config, system.critics)
    assert max(distances(own, expected, start).values()) < 1e-10
    assert keras.config.floatx() == keras.config.dtype_policy().name == "float32"


def test_the_same_agent_in_float32_is_near():
    system = BY_NAME["fujimoto"]
    start, transitions = problem(system)
    config = same_size(system.config, HIDDEN)
    own, noise = ours(config, start, transitions.batches)
    expected = by_oracle(start, transitions, config)
    assert noise is None
    assert_near(own, expected, start)


def variant(name, part):
    """The variant of a system whose label has this part."""
    (found,) = [v for v in BY_NAME[name].variants if part in v.label]
    return found


def test_without_a_mask_no_transition_is_an_end():
    for name in ("yoon", "skylark"):
        system = BY_NAME[name]
        require(system)
        start, transitions = problem(system)
        assert transitions.batches.terminated.any()
        endless = transitions.batches._replace(terminated=np.zeros((UPDATES, BATCH), np.float32))
        found = system.updates(start, transitions, variant(name, "mask"))
        expected = system.updates(start, Transitions(endless), MENDED)
        assert all(
            np.array_equal(flat(a), flat(b)) for a, b in zip(found[-1], expected[-1], strict=True)
        )


@pytest.mark.parametrize("name", ["lau", "hoereth"])
def test_a_sum_is_n_times_the_mean(name):
    system = BY_NAME[name]
    start, transitions = problem(system)
    theirs = system.updates(start, transitions, Variant("sum", {"summed": True}))
    start = one_q(start)
    expected = by_oracle(start, transitions, system.config, actor_factor=BATCH)
    assert_near(theirs, expected, start)


def test_an_optimiser_without_a_list_moves_the_targets_down_the_bellman_error():
    system = BY_NAME["hoereth"]
    start, transitions = problem(system)
    found = system.updates(start, transitions, variant("hoereth", "list"))[0]
    s, a, r, next_s, terminated = (np.float64(x) for x in next(iter(transitions))[:5])
    target = layers(start.target_critic, "linear")
    next_a, _ = forward(layers(start.target_actor, "tanh"), next_s)
    next_q, trace = forward(target, np.hstack([next_s, next_a]))
    q, _ = forward(layers(start.critic, "linear"), np.hstack([s, a]))
    alive = (1 - terminated)[:, None]
    errors = r[:, None] + 0.99 * alive * next_q - q
    _, gradients = backward(target, trace, 2 * errors * 0.99 * alive / BATCH)
    stepped = Adam(1e-3, system.config).step(
        [np.float64(w) for w in start.target_critic], gradients
    )
    expected = [1e-3 * w + 0.999 * late for w, late in zip(found.critic, stepped, strict=True)]
    assert apart(found.target_critic, expected, start.target_critic) < 1e-3
    clean = system.updates(start, transitions, MENDED)[0]
    assert apart(found.critic, clean.critic, start.critic) == 0
    assert apart(found.target_actor, clean.target_actor, start.target_actor) > 10


def test_targets_a_step_behind_follow_the_weights_from_before_the_step():
    system = BY_NAME["keras_rl"]
    require(system)
    start, transitions = problem(system)
    late = system.updates(start, transitions, variant("keras_rl", "behind"))
    for before, after in zip([start, *late], late, strict=False):
        for target, online in (("target_critic", "critic"), ("target_actor", "actor")):
            expected = [
                1e-3 * w + 0.999 * t
                for w, t in zip(getattr(before, online), getattr(before, target), strict=True)
            ]
            np.testing.assert_allclose(flat(getattr(after, target)), flat(expected), atol=1e-7)


def test_a_soft_update_is_no_copy():
    start = draw_networks(HIDDEN)
    begun = softly_updated_targets(start)
    other = [(a - 1e-3 * b) / 0.999 for a, b in zip(begun.target_critic, start.critic, strict=True)]
    assert np.linalg.norm(flat(other) - flat(start.critic)) > 1
    assert begun.critic is start.critic and begun.actor is start.actor


def test_three_equal_outputs_train_the_hidden_layers_as_one_does():
    system = BY_NAME["lau"]
    start, transitions = problem(system)
    *hidden, kernel, bias = start.critic
    critic = [*hidden, np.repeat(kernel[:, :1], 3, axis=1), np.repeat(bias[:1], 3)]
    start = start._replace(critic=critic, target_critic=critic)
    three = system.updates(start, transitions, variant("lau", "each action"))[0]
    one = system.updates(start, transitions, MENDED)[0]
    assert apart(three.critic[:-2], one.critic[:-2], hidden) < 1e-3


def test_the_noise_of_td3_is_what_its_update_will_add():
    agent = agent_of(same_size(BY_NAME["td3, skylark_td3"].config, HIDDEN))
    middle = keras.ops.zeros((BATCH, 3))
    noise = agent.target_noise(middle).numpy()
    assert np.array_equal(np.clip(noise, -0.5, 0.5), agent._smoothed(middle).numpy())


def test_distances_by_hand():
    start, own, theirs = [np.zeros(2)], [np.array([3.0, 4.0])], [np.array([3.0, 5.0])]
    assert apart(theirs, own, start) == pytest.approx(0.2)
    one = [np.float32([1, 0.5])]
    assert half_spacing(one, [np.float32([1, 0])]) == pytest.approx(
        np.hypot(2**-23, 2**-24) / 2 / 0.5
    )


def test_networks_and_batches_are_what_they_say():
    start = draw_networks(HIDDEN, critics=2)
    assert [w.shape for w in start.critic[::2]] == [(20, 7), (7, 7), (7, 1)] * 2
    assert all(np.array_equal(a, b) for a, b in zip(start.actor, start.target_actor, strict=True))
    batches = list(Transitions(draw_batches(3, 5)))
    assert len(batches) == 3 and batches[0].actions.shape == (5, 3)
    assert not np.array_equal(batches[0].rewards, batches[1].rewards)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_the_page_says_where_each_update_stands_and_what_is_left_out(system):
    page = (RESULTS / "ancestors" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if system.where in line]
    assert row.startswith(f"| {system.name} |") and system.left_out in row
