"""What looks right and is not: nothing of this is called correct."""

import weakref

import keras
import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import default_cases, diagnose
from ddpg_tf.diagnosis.evidence import gather
from ddpg_tf.diagnosis.run import run_case
from ddpg_tf.diagnosis.signature import signature_of
from tests.diagnosis.programs import right

PLAIN, BOUNDS, NORMED, ONE_ACTION, DOUBLE, LARGE = default_cases()


def kept(make):
    """make(network), kept for as long as the network lives."""
    known = weakref.WeakKeyDictionary()

    def get(network):
        if network not in known:
            known[network] = make(network)
        return known[network]

    return get


def frozen_copy(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def weights_as_constants(network):
    return [tf.constant(w) for w in network.get_weights()]


def climbs_a_copy():
    copy_of = kept(frozen_copy)
    return lambda actor, critic, observations: right(actor, copy_of(critic), observations)


def sets_back_the_critic():
    """The very critic, with the weights that it had when it was first seen."""
    first = kept(lambda critic: critic.get_weights())

    def candidate(actor, critic, observations):
        now = critic.get_weights()
        critic.set_weights(first(critic))
        gradients = right(actor, critic, observations)
        critic.set_weights(now)
        return gradients

    return candidate


def remembers_by_shape():
    answers = kept(lambda actor: {})

    def candidate(actor, critic, observations):
        known = answers(actor)
        shape = tuple(observations.shape)
        if shape not in known:
            known[shape] = right(actor, critic, observations)
        return known[shape]

    return candidate


def remembers_the_last_answer():
    """Of whatever network."""
    last = {}

    def candidate(actor, critic, observations):
        if len(last.get("gradients", ())) != len(actor.trainable_variables):
            last["gradients"] = right(actor, critic, observations)
        return last["gradients"]

    return candidate


def remembers_the_batch():
    batches = kept(lambda actor: [])

    def candidate(actor, critic, observations):
        batches(actor).append(observations)
        return right(actor, critic, batches(actor)[0])

    return candidate


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (climbs_a_copy, "stale_critic"),
        (sets_back_the_critic, "stale_critic"),
        (remembers_by_shape, "cached_answer"),
        (remembers_the_last_answer, "cached_answer"),
        (remembers_the_batch, "cached_answer"),
    ],
)
def test_what_is_kept_from_an_earlier_call(make, name):
    verdict = diagnose(make(), [PLAIN])
    assert (verdict.outcome, verdict.mistake, verdict.also) == ("mistake", name, ()), str(verdict)


def test_a_size_that_comes_again_brings_all_else_anew():
    one, again, other = PLAIN.calls[:3]
    assert one is again
    assert len(one.observations) == len(other.observations)
    assert (one.observations != other.observations).all()
    pairs = zip(one.weights["critic"], other.weights["critic"], strict=True)
    assert all((a != b).any() for a, b in pairs)
    pairs = zip(one.actor_weights, other.actor_weights, strict=True)
    assert all((a != b).any() for a, b in pairs)


def overwrites_moments(actor, critic, observations):
    gradients = right(actor, critic, observations)
    for variable in actor.non_trainable_variables:
        variable.assign(variable * 0 + 3.0)
    return gradients


def step_that_overwrites_moments(actor, critic, optimizer, observations):
    gradients = overwrites_moments(actor, critic, observations)
    optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))


@pytest.mark.parametrize("candidate", [overwrites_moments, step_that_overwrites_moments])
def test_moving_moments_are_weights_too(candidate):
    verdict = diagnose(candidate, [PLAIN, NORMED])
    assert (verdict.outcome, verdict.name) == ("mistake", "changed_actor_moments"), str(verdict)


def freezes(network):
    def candidate(actor, critic, observations):
        gradients = right(actor, critic, observations)
        {"actor": actor, "critic": critic}[network].trainable = False
        return gradients

    return candidate


def freezes_a_layer(actor, critic, observations):
    critic.layers[-1].trainable = False
    return right(actor, critic, observations)


@pytest.mark.parametrize("candidate", [freezes("actor"), freezes("critic"), freezes_a_layer])
def test_a_network_that_stays_frozen(candidate):
    verdict = diagnose(candidate, [PLAIN])
    assert (verdict.outcome, verdict.name) == ("mistake", "left_frozen"), str(verdict)


def test_a_network_that_is_frozen_for_a_moment_is_fine():
    def candidate(actor, critic, observations):
        critic.trainable = False
        gradients = right(actor, critic, observations)
        critic.trainable = True
        return gradients

    assert diagnose(candidate, [PLAIN]).correct


def clipped_actions(limit):
    def candidate(actor, critic, observations):
        with tf.GradientTape() as tape:
            actions = tf.clip_by_value(actor(observations, training=True), -limit, limit)
            loss = -tf.reduce_mean(critic([observations, actions]))
        return tape.gradient(loss, actor.trainable_variables)

    return candidate


def clipped_observations(actor, critic, observations):
    return right(actor, critic, tf.clip_by_value(observations, -5.0, 5.0))


def first_samples(size):
    return lambda actor, critic, observations: right(actor, critic, observations[:size])


def without_saturated_samples(actor, critic, observations):
    with tf.GradientTape() as tape:
        actions = actor(observations, training=True)
        half = tf.cast(actor.get_layer("actions").scale, actions.dtype)
        middle = tf.cast(actor.get_layer("actions").offset, actions.dtype)
        inside = tf.cast(tf.abs(actions - middle) < 0.99 * half, actions.dtype)
        actions = inside * actions + (1 - inside) * tf.stop_gradient(actions)
        loss = -tf.reduce_mean(critic([observations, actions]))
    return tape.gradient(loss, actor.trainable_variables)


@pytest.mark.parametrize(
    "candidate",
    [
        *map(clipped_actions, (2.0, 10.0)),
        *(clipped_observations, without_saturated_samples),
        *map(first_samples, (32, 64, 128, 256, 512, 1000, 1024)),
    ],
)
def test_what_is_right_near_zero_or_for_small_batches(candidate):
    """Without the search for a name, which takes longer."""
    signature = signature_of(candidate)
    assert not all(
        call.is_right
        for case in (BOUNDS, LARGE)
        for call in gather(case, run_case(candidate, signature, case), False)
    )


def test_one_size_with_bounds_of_one_is_odd():
    assert PLAIN.has_unit_bounds
    assert any(len(call.observations) % 2 for call in PLAIN.calls)
