"""What is said about an update: whose step it was, and whether anything happened at all."""

import keras
import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import diagnose
from ddpg_tf.diagnosis.verdict import HEADLINES_NOT_RUN
from tests.diagnosis.programs import right


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_step_of_another_optimizer(sign):
    def candidate(actor, critic, optimizer, observations):
        gradients = [sign * g for g in right(actor, critic, observations)]
        keras.optimizers.Adam(1e-3).apply(gradients, actor.trainable_variables)

    verdict = diagnose(candidate)
    assert (verdict.outcome, verdict.name) == ("mistake", "another_optimizer"), str(verdict)


def test_a_step_of_another_optimizer_that_remembers():
    optimizers = {}

    def candidate(actor, critic, optimizer, observations):
        own = optimizers.setdefault(id(actor), (actor, keras.optimizers.SGD(0.1, momentum=0.9)))[1]
        own.apply(right(actor, critic, observations), actor.trainable_variables)

    assert diagnose(candidate).name == "another_optimizer"


def test_a_step_by_hand_with_a_known_mistake_is_named_after_it():
    def candidate(actor, critic, optimizer, observations):
        for weight, gradient in zip(
            actor.trainable_variables, right(actor, critic, observations), strict=True
        ):
            weight.assign_add(optimizer.learning_rate * gradient)

    verdict = diagnose(candidate)
    assert "wrong_sign" in (verdict.mistake, *verdict.also)


def test_the_wrong_sign_in_a_step_is_told_by_the_way_it_was_taken():
    def candidate(actor, critic, optimizer, observations):
        gradients = [-g for g in right(actor, critic, observations)]
        optimizer.apply(gradients, actor.trainable_variables)

    verdict = diagnose(candidate)
    assert verdict.mistake == "apply_gradients_without_minus"
    assert verdict.also == ("wrong_sign",)


def empty_gradients(actor, critic, observations):
    """Return the gradients."""
    ...


def ellipsis(actor, critic, observations):
    return ...


def empty_update(actor, critic, optimizer, observations):
    pass


def starts_and_stops(actor, critic, optimizer, observations):
    with tf.GradientTape():
        ...
    return 0.0


@pytest.mark.parametrize("candidate", [empty_gradients, ellipsis, empty_update, starts_and_stops])
def test_an_empty_template_is_not_answered(candidate):
    verdict = diagnose(candidate)
    assert (verdict.outcome, verdict.name, verdict.mistake) == ("not run", "not_answered", None)
    assert verdict.headline == HEADLINES_NOT_RUN["not_answered"]
