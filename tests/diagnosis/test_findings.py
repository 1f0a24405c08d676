"""What is said about wrong gradients that are in no catalogue."""

import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import default_cases, diagnose
from ddpg_tf.diagnosis.distance import Factor, common_factor
from ddpg_tf.diagnosis.judge import besides
from ddpg_tf.diagnosis.mistakes.chain import replayed_action
from ddpg_tf.diagnosis.reference import reference
from ddpg_tf.diagnosis.verdict import not_run
from tests.diagnosis.programs import right
from tests.sizes import small_version


def changed(change):
    """A candidate that changes the list of right gradients."""

    def candidate(actor, critic, observations):
        return change(right(actor, critic, observations))

    return candidate


def first_layer_doubled(gradients):
    return [2 * gradients[0], *gradients[1:]]


def scaled_by_bounds(actor, critic, observations):
    scale = tf.cast(tf.reduce_max(actor.get_layer("actions").scale), observations.dtype)
    return [g * scale for g in right(actor, critic, observations)]


def nudges_critic(actor, critic, observations):
    gradients = right(actor, critic, observations)
    critic.trainable_variables[0].assign(critic.trainable_variables[0] + 1e-6)
    return gradients


def nudges_target(actor, critic, observations, target_actor):
    for target, weight in zip(target_actor.weights, actor.weights, strict=True):
        target.assign(0.99 * target + 0.01 * weight)
    return right(actor, critic, observations)


def steps_itself(actor, critic, observations):
    gradients = right(actor, critic, observations)
    for weight, gradient in zip(actor.trainable_variables, gradients, strict=True):
        weight.assign_sub(1e-3 * gradient)
    return gradients


def three_steps(actor, critic, optimizer, observations):
    for _ in range(3):
        gradients = right(actor, critic, observations)
        optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))


def bent_weight_by_weight(actor, critic, optimizer, observations):
    """One step in pieces, and wrong."""
    gradients = right(actor, critic, observations)
    optimizer.build(actor.trainable_variables)
    for gradient, weight in zip(gradients, actor.trainable_variables, strict=True):
        optimizer.apply_gradients([(tf.sin(7.0 * gradient), weight)])


def first_call_only():
    memory = {}

    def candidate(actor, critic, observations):
        gradients = right(actor, critic, observations)
        if id(actor) in memory:
            return [g + 1.0 for g in gradients]
        memory[id(actor)] = actor
        return gradients

    return candidate


def central_differences(actor, critic, observations):
    """Right but for the size of its steps, which rounding then shows."""
    weights = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        actions = actor(observations, training=True)
    step = tf.cast(1e-3, actions.dtype)
    slopes = []
    for unit in tf.eye(actions.shape[1], dtype=actions.dtype):
        above = critic([observations, actions + step * unit], training=False)
        below = critic([observations, actions - step * unit], training=False)
        slopes.append(tf.reshape(above - below, [-1]) / (2 * step))
    upstream = -tf.stack(slopes, axis=1) / len(observations)
    return tape.gradient(actions, weights, output_gradients=upstream)


def clones_a_little(actor, critic, observations, actions):
    weights = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        chosen = actor(observations, training=True)
        loss = -tf.reduce_mean(critic([observations, chosen], training=False))
        loss += 1e-4 * tf.reduce_mean(tf.square(chosen - actions))
    return tape.gradient(loss, weights)


def pairs(actor, critic, observations):
    return [*zip(right(actor, critic, observations), actor.trainable_variables, strict=True)]


def minus_n_times(actor, critic, observations):
    return [-g * len(observations) for g in right(actor, critic, observations)]


@pytest.mark.parametrize("candidate", small_version([central_differences, clones_a_little], 1))
def test_a_small_error_gets_no_name_that_is_not_its_own(candidate):
    verdict = diagnose(candidate)
    assert (verdict.outcome, verdict.mistake) == ("mistake", None)
    assert verdict.name in ("fewer_bits", "some_cases_only")


FINDINGS = [
    (changed(first_layer_doubled), "some_weights_only"),
    (changed(lambda g: g[:-1]), "wrong_count"),
    (changed(lambda g: g[::-1]), "wrong_order"),
    (changed(lambda g: [tf.transpose(x) for x in g]), "wrong_shape"),
    (changed(lambda g: [None, *g[1:]]), "disconnected"),
    (changed(lambda g: [x / 0.0 for x in g]), "not_finite"),
    (changed(lambda g: [0.0 * x for x in g]), "zero"),
    (changed(lambda g: g[0]), "not_tensors"),
    (changed(lambda g: None), "not_tensors"),
    (changed(lambda g: ...), "not_tensors"),
    (pairs, "not_tensors"),
    (changed(lambda g: ["gradient" for _ in g]), "not_tensors"),
    (changed(lambda g: [tf.sin(7.0 * x) for x in g]), "unknown"),
    (scaled_by_bounds, "depends_on_action_scale"),
    (nudges_critic, "changed_critic"),
    (nudges_target, "changed_target"),
    (first_call_only(), "wrong_after_first_call"),
    (steps_itself, "changed_actor"),
    (three_steps, "several_steps"),
    (bent_weight_by_weight, "unknown"),
]


@pytest.mark.parametrize(("candidate", "name"), small_version(FINDINGS, 9))
def test_finding(candidate, name):
    verdict = diagnose(candidate)
    assert (verdict.outcome, verdict.name, verdict.mistake) == ("mistake", name, None), str(verdict)
    assert verdict.explanation
    assert verdict.hint


FACTORS = [
    # close to one, and still told apart from it
    (changed(lambda g: [1.0005 * x for x in g]), Factor(1.0005, 0, 0)),
    (changed(lambda g: [3.0 * x for x in g]), Factor(3, 0, 0)),
    (minus_n_times, Factor(-1, 1, 0)),
    (changed(lambda g: [-0.5 * x for x in g]), Factor(-0.5, 0, 0)),
]


@pytest.mark.parametrize(("candidate", "factor"), small_version(FACTORS, 2))
def test_a_constant_factor_is_written_out(candidate, factor):
    verdict = diagnose(candidate)
    assert (verdict.name, verdict.mistake) == ("constant_factor", None), str(verdict)
    assert f" {factor.explained}." in verdict.explanation


@pytest.mark.parametrize(
    ("change", "place"), [(first_layer_doubled, 0), (lambda g: [*g[:-1], -g[-1]], -1)]
)
def test_the_wrong_weights_are_counted_from_zero(change, place):
    cases = default_cases()[:2]
    verdict = diagnose(changed(change), cases)
    count = len(reference(cases[0], 0).gradients)
    assert f" {count} " in verdict.explanation
    assert f" {place % count} " in verdict.explanation


@pytest.mark.parametrize("factor", small_version([Factor(-1, 1, 0), Factor(-1, 0, 0)], 1))
def test_known_mistake_with_a_factor_besides(factor):
    def candidate(actor, critic, observations, actions):
        scale = factor.constant * len(observations) ** factor.n_power
        return [scale * g for g in replayed_action(actor, critic, observations, actions)]

    verdict = diagnose(candidate)
    assert verdict.mistake == "replayed_action"
    assert verdict.details[0] == besides(factor)


def test_the_wrong_sign_is_a_mistake_and_not_a_factor():
    assert diagnose(changed(lambda g: [-x for x in g])).mistake == "wrong_sign"


def test_exception_could_not_be_run():
    def candidate(actor, critic, observations):
        return -None

    verdict = diagnose(candidate)
    assert (verdict.outcome, verdict.name) == ("not run", "not_run")
    assert "TypeError" in verdict.explanation
    # a None that was used has a hint of its own
    assert verdict.hint != not_run("It ended in ValueError").hint


def test_exit_in_a_candidate_does_not_end_this_process():
    def candidate(actor, critic, observations):
        raise SystemExit(0)

    assert diagnose(candidate).outcome == "not run"


@pytest.mark.parametrize(
    ("factors", "text"),
    [
        ([16, 100, 7], "N"),
        ([-1 / 16, -1 / 100, -1 / 7], "-1 / N"),
        ([3, 2, 1], "act_dim"),
        ([2 / 3, 1, 2], "2 / act_dim"),
        ([16 / 64, 100 / 64, 7 / 64], "0.01562 N"),
        ([256, 10000, 49], "N^2"),
        ([3 / 16, 2 / 100, 1 / 7], "act_dim / N"),
        ([-1, -1, -1], "-1"),
    ],
)
def test_common_factor(factors, text):
    found = common_factor(factors, [16, 100, 7], [3, 2, 1])
    assert isinstance(found, Factor)
    assert str(found) == text


def test_no_common_factor():
    assert common_factor([1.0, 2.0, 5.0], [16, 100, 7], [3, 2, 1]) is None


def hard_coded_slice(size):
    def candidate(actor, critic, observations):
        return right(actor, critic, observations[:size])

    return candidate


@pytest.mark.parametrize("size", small_version([100, 128, 256], 1))
def test_rows_beyond_a_hard_coded_size_are_missed(size):
    verdict = diagnose(hard_coded_slice(size))
    assert verdict.mistake == "rest_of_batch_dropped", str(verdict)
    size = len(default_cases()[-1].calls[0].observations)
    assert f" {size}" in verdict.details[0]


def sum_by_n(q):
    return tf.reduce_sum(q) / len(q)


@pytest.mark.parametrize(
    ("reduce", "dtype"),
    small_version(
        [
            (tf.reduce_mean, tf.float16),
            (tf.reduce_mean, tf.bfloat16),
            (sum_by_n, tf.bfloat16),
            (sum_by_n, tf.float16),
        ],
        2,
    ),
)
def test_q_in_half_precision(dtype, reduce):
    def candidate(actor, critic, observations):
        with tf.GradientTape() as tape:
            q = critic([observations, actor(observations, training=True)])
            loss = -reduce(tf.cast(q, dtype))
        return tape.gradient(loss, actor.trainable_variables)

    verdict = diagnose(candidate)
    assert verdict.mistake == "float16_accumulation", str(verdict)


def moved_critic(actor, critic, observations):
    critic.trainable_variables[0].assign(critic.trainable_variables[0] + 1e-3)


@pytest.mark.parametrize(
    ("wrong", "name"),
    small_version(
        [
            (lambda g: [-x for x in g], "wrong_sign"),
            (lambda g: [3.0 * x for x in g], "constant_factor"),
            (lambda g: [tf.sin(7.0 * x) for x in g], "unknown"),
        ],
        1,
    ),
)
def test_a_network_that_changed_besides_is_mentioned(wrong, name):
    def candidate(actor, critic, observations):
        gradients = wrong(right(actor, critic, observations))
        moved_critic(actor, critic, observations)
        return gradients

    verdict = diagnose(candidate)
    assert verdict.name == name, str(verdict)
    assert len(verdict.details) == 1
    assert "critic" in verdict.details[0]
