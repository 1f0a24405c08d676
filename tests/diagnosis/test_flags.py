"""Only those calls of the actor count that the gradient goes through."""

from itertools import product

import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import default_cases, diagnose
from ddpg_tf.diagnosis.verdict import OPEN_FLAG
from tests.diagnosis.programs import layer_by_layer, mean_of_q, two_tapes
from tests.sizes import small_version

OPEN, TRAINING, INFERENCE = {}, {"training": True}, {"training": False}


def predicts(actor, observations):
    actor.predict(observations.numpy(), verbose=0)


def calls(flag):
    return lambda actor, observations: actor(observations, **flag)


def calls_on_a_tape_of_its_own(actor, observations):
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(actor(observations, training=False))
    tape.gradient(value, actor.trainable_variables)


def verdict_on(candidate):
    """The verdict where it matters, with batch norm."""
    return diagnose(candidate, default_cases()[2:3])


def mistake_of(candidate):
    """The name of its mistake, with batch norm and without."""
    return diagnose(candidate, default_cases()[2:4]).mistake


PROBES = {
    "predict": predicts,
    "open": calls(OPEN),
    "training": calls(TRAINING),
    "inference": calls(INFERENCE),
    "tape": calls_on_a_tape_of_its_own,
}


def probed(probe, way, flag):
    """A candidate that looks at the actor's actions before it does what it should."""

    def candidate(actor, critic, observations):
        PROBES[probe](actor, observations)
        return way(actor, critic, observations, flag)

    return candidate


WAYS = (mean_of_q, two_tapes, layer_by_layer)


@pytest.mark.parametrize(("way", "probe"), small_version(product(WAYS, PROBES), 5))
def test_a_call_beside_the_gradient_does_not_count(probe, way):
    with_flag = verdict_on(probed(probe, way, TRAINING))
    assert with_flag.correct, str(with_flag)
    assert with_flag.details == ()
    left_open = verdict_on(probed(probe, way, OPEN))
    assert left_open.correct, str(left_open)
    assert left_open.details == (OPEN_FLAG,)
    assert mistake_of(probed(probe, way, INFERENCE)) == "actor_in_inference_mode"


@pytest.mark.parametrize(
    ("way", "jit_compile"),
    small_version(
        [(mean_of_q, False), (mean_of_q, True), (two_tapes, True), (two_tapes, False)], 2
    ),
)
def test_nor_does_it_in_a_graph(way, jit_compile):
    for probe, flag, outcome in [
        ("inference", TRAINING, "correct"),
        ("inference", OPEN, "correct"),
        ("training", OPEN, "correct"),
        ("training", INFERENCE, "mistake"),
    ]:
        compiled = tf.function(probed(probe, way, flag), jit_compile=jit_compile)
        assert verdict_on(compiled).outcome == outcome


def test_a_tape_around_a_graph():
    def candidate(flag):
        def gradients(actor, critic, observations):
            actor(observations, training=False)

            @tf.function
            def q(observations):
                return critic([observations, actor(observations, **flag)])

            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(q(observations))
            return tape.gradient(loss, actor.trainable_variables)

        return gradients

    assert verdict_on(candidate(TRAINING)).correct
    assert verdict_on(candidate(OPEN)).correct
    assert mistake_of(candidate(INFERENCE)) == "actor_in_inference_mode"


@pytest.mark.parametrize("flag", [tf.constant(True), 1])
def test_a_flag_that_is_no_python_bool(flag):
    verdict = verdict_on(
        lambda actor, critic, observations: mean_of_q(
            actor, critic, observations, {"training": flag}
        )
    )
    assert verdict.correct, str(verdict)
    assert verdict.details == ()


def test_the_note_on_an_open_flag_is_for_one_that_was_open():
    def candidate(actor, critic, observations):
        actor(observations, training=True)
        mean_of_q(actor, critic, observations, TRAINING)

    verdict = verdict_on(candidate)
    assert (verdict.name, verdict.details) == ("not_tensors", ())
