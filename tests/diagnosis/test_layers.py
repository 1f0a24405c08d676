"""Several things at once are told one by one: the mistake, what batch norm adds, what changed."""

import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import default_cases, diagnose
from ddpg_tf.diagnosis.findings.batch_norm import DIFFERENCES, MODES_MIXED, SAMPLES_MIXED
from ddpg_tf.diagnosis.judge import by_the_step_taken
from ddpg_tf.diagnosis.reference import gradients_one_by_one, reference
from ddpg_tf.diagnosis.run import APPLY, GET_UPDATES
from ddpg_tf.diagnosis.verdict import CRITIC_FLAG
from tests.diagnosis.programs import mean_of_q, right, sample_by_sample
from tests.sizes import small_version

PLAIN, BOUNDS, NORMED, ONE_ACTION, DOUBLE, LARGE = default_cases()
# first the one that tells most mistakes apart: only what is left is run with the others
QUICK = [ONE_ACTION, NORMED, PLAIN]
TRAINING = {"training": True}


def slope_at(critic, observations, actions):
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = critic([observations, actions])
    return tape.gradient(q, actions)


def surrogate_in_two_modes(reduce):
    """dQ/da at the action of inference mode, as a buffer's or a `predict`'s would be."""

    def candidate(actor, critic, observations):
        slope = slope_at(critic, observations, actor(observations))
        with tf.GradientTape() as tape:
            loss = -reduce(slope * actor(observations, training=True))
        return tape.gradient(loss, actor.trainable_variables)

    return candidate


def rows(product):
    return tf.reduce_mean(tf.reduce_sum(product, axis=1))


@pytest.mark.parametrize(
    ("reduce", "name"),
    small_version(
        [
            (tf.reduce_mean, "divided_by_act_dim"),
            (tf.reduce_sum, "sum_for_mean"),
            (lambda product: -rows(product), "wrong_sign"),
        ],
        1,
    ),
)
def test_modes_that_are_mixed_do_not_hide_the_plain_name(reduce, name):
    verdict = diagnose(surrogate_in_two_modes(reduce), QUICK)
    assert verdict.mistake == name, str(verdict)
    assert any("inference" in note and "training" in note for note in verdict.details)


def test_a_factor_besides_mixed_modes():
    three = surrogate_in_two_modes(lambda product: 3.0 * rows(product))
    verdict = diagnose(three, QUICK)
    assert verdict.name == "constant_factor", str(verdict)
    assert len(verdict.details) == 1


def test_right_but_for_mixed_modes():
    verdict = diagnose(surrogate_in_two_modes(rows), QUICK)
    assert (verdict.outcome, verdict.name) == ("mistake", "batch_norm_only"), str(verdict)
    assert DIFFERENCES[-4][1] in verdict.explanation


def test_right_but_for_a_batch_of_one():
    def candidate(actor, critic, observations):
        return sample_by_sample(actor, critic, observations, TRAINING)

    verdict = diagnose(candidate, QUICK)
    assert verdict.name == "batch_norm_only"
    assert DIFFERENCES[0][1] in verdict.explanation


@pytest.mark.parametrize("size", small_version([8, 4, 16], 1))
def test_right_but_for_pieces_of_a_batch(size):
    def candidate(actor, critic, observations):
        total = None
        for start in range(0, len(observations), size):
            piece = observations[start : start + size]
            gradients = right(actor, critic, piece)
            weighed = [g * len(piece) / len(observations) for g in gradients]
            total = (
                weighed if total is None else [a + b for a, b in zip(total, weighed, strict=True)]
            )
        return total

    verdict = diagnose(candidate, QUICK)
    assert verdict.name == "batch_norm_only"
    assert f"pieces of {size}," in verdict.explanation


def test_something_else_with_batch_norm_is_described_by_its_modes():
    def both_halves(actor, critic, observations):
        with tf.GradientTape() as tape:
            actions = (actor(observations) + actor(observations, training=True)) / 2
            loss = -tf.reduce_mean(critic([observations, actions]))
        return tape.gradient(loss, actor.trainable_variables)

    verdict = diagnose(both_halves, QUICK)
    assert verdict.name == "batch_norm_only"
    assert MODES_MIXED in verdict.explanation
    assert SAMPLES_MIXED not in verdict.explanation


def critic_in_training_mode(sign):
    """As in keras.io's example."""

    def candidate(actor_model, critic_model, state_batch):
        with tf.GradientTape() as tape:
            actions = actor_model(state_batch, training=True)
            loss = sign * tf.reduce_mean(critic_model([state_batch, actions], training=True))
        return tape.gradient(loss, actor_model.trainable_variables)

    return candidate


def test_the_critic_in_training_mode_is_right_with_a_note():
    verdict = diagnose(critic_in_training_mode(-1.0))
    assert verdict.correct, str(verdict)
    assert CRITIC_FLAG in verdict.details
    assert verdict.only in verdict.headline
    assert "batch norm" in verdict.only


def test_and_a_mistake_keeps_its_name_with_it():
    verdict = diagnose(critic_in_training_mode(1.0), QUICK)
    assert verdict.mistake == "wrong_sign", str(verdict)
    assert CRITIC_FLAG in verdict.details


def test_the_note_is_for_a_critic_in_training_mode_alone():
    assert CRITIC_FLAG not in diagnose(right, [NORMED]).details


def test_a_wrong_critic_mode_does_not_make_a_wrong_gradient_right():
    def candidate(actor, critic, observations):
        gradients = critic_in_training_mode(-1.0)(actor, critic, observations)
        return [1.01 * g for g in gradients]

    assert diagnose(candidate, QUICK).outcome == "mistake"


def test_a_changed_critic_besides_a_known_mistake_in_two_modes():
    def candidate(actor, critic, observations):
        gradients = surrogate_in_two_modes(tf.reduce_sum)(actor, critic, observations)
        critic.trainable_variables[0].assign_add(tf.ones_like(critic.trainable_variables[0]))
        return gradients

    verdict = diagnose(candidate, QUICK)
    assert verdict.mistake == "sum_for_mean", str(verdict)
    assert len(verdict.details) == 2
    assert any("critic" in note for note in verdict.details)


@pytest.mark.whole
def test_both_networks_trained_by_one_model():
    import keras

    def candidate(actor, critic, optimizer, observations):
        states = keras.Input((observations.shape[1],), dtype=observations.dtype)
        both = keras.Model(states, critic([states, actor(states)]))
        both.compile(optimizer=optimizer, loss=lambda _, q: -keras.ops.mean(q))
        both.train_on_batch(observations, np.zeros((len(observations), 1)))

    verdict = diagnose(candidate, [PLAIN, NORMED])
    assert verdict.mistake == "critic_trained_too", str(verdict)


def differences(step, dtype=None):
    """dQ/da by central differences."""

    def candidate(actor, critic, observations):
        with tf.GradientTape() as tape:
            actions = actor(observations, training=True)
        columns = []
        for unit in tf.eye(actions.shape[1], dtype=actions.dtype):
            above = critic([observations, actions + step * unit])
            below = critic([observations, actions - step * unit])
            columns.append((above - below) / (2 * step))
        slope = tf.concat(columns, axis=1) / len(observations)
        return tape.gradient(actions, actor.trainable_variables, output_gradients=-slope)

    return candidate


@pytest.mark.parametrize("step", small_version([1e-2, 3e-2], 1))
def test_a_gradient_that_is_right_to_fewer_bits(step):
    verdict = diagnose(differences(step))
    assert (verdict.outcome, verdict.name, verdict.mistake) == ("mistake", "fewer_bits", None)
    assert 6 <= verdict.bits <= 14
    assert f" {verdict.bits} " in verdict.headline
    assert f" {verdict.bits} " in verdict.explanation


def test_zero_up_to_rounding_is_zero():
    def candidate(actor, critic, observations):
        gradients = right(actor, critic, observations)
        return [(g + 1.0) - 1.0 - g for g in gradients]

    assert diagnose(candidate, [PLAIN, ONE_ACTION]).name == "zero"


def wrong_where(condition):
    def candidate(actor, critic, observations):
        gradients = right(actor, critic, observations)
        wrong = condition(actor, critic, observations)
        return [tf.sin(7 * g) if wrong else g for g in gradients]

    return candidate


@pytest.mark.parametrize(
    ("condition", "words"),
    small_version(
        [
            (lambda actor, *_: actor.output_shape[1] == 1, "one action"),
            (lambda actor, *_: actor.output_shape[1] > 1, "one action"),
            (lambda *given: len(given[2]) > 50, "100"),
        ],
        1,
    ),
)
def test_some_cases_only_says_which(condition, words):
    verdict = diagnose(wrong_where(condition), [PLAIN, BOUNDS, ONE_ACTION])
    assert verdict.name == "some_cases_only"
    assert words in verdict.explanation


def test_samples_one_by_one_add_up_to_the_batch():
    each = gradients_one_by_one(PLAIN, 3)
    whole = np.concatenate([g.ravel() for g in reference(PLAIN, 3).gradients])
    np.testing.assert_allclose(each.mean(axis=0), whole, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", small_version([5, 9, 30], 1))
def test_the_rest_of_a_batch_dropped_for_any_size(size):
    def candidate(actor, critic, observations):
        whole = max(len(observations) // size, 1) * size
        return mean_of_q(actor, critic, observations[:whole], {})

    verdict = diagnose(candidate, [PLAIN, BOUNDS, ONE_ACTION])
    assert (verdict.mistake, verdict.also) == ("rest_of_batch_dropped", ()), str(verdict)
    wrong = [n for n in (11, 16, 27, 100) if n > size and n % size]
    assert ", ".join(map(str, wrong)) in verdict.details[0]


@pytest.mark.parametrize("count", small_version([3, 4], 1))
def test_so_many_micro_batches_of_unequal_size(count):
    def candidate(actor, critic, observations):
        parts = np.array_split(observations, count)
        each = [mean_of_q(actor, critic, tf.constant(part), {}) for part in parts]
        return [tf.add_n(list(gradients)) / count for gradients in zip(*each, strict=True)]

    verdict = diagnose(candidate, [PLAIN, ONE_ACTION])
    assert (verdict.mistake, verdict.also) == ("unequal_micro_batches", ()), str(verdict)


def test_names_speak_of_the_way_the_step_was_taken():
    names = ["apply_gradients_without_minus", "get_updates_without_minus", "wrong_sign"]
    assert by_the_step_taken(names, {APPLY}) == [names[0], names[2]]
    assert by_the_step_taken(names, {GET_UPDATES}) == names[1:]
    assert by_the_step_taken(names, set()) == names[2:]
