"""What a signature asks for."""

import functools

import pytest
import tensorflow as tf

from ddpg_tf.diagnosis.signature import signature_of

THINGS = {
    name: name
    for name in [
        *("actor", "critic", "optimizer", "observations"),
        *("actions", "target_actor", "target_critic", "twin_critic"),
    ]
}


def given(candidate):
    return signature_of(candidate).call(candidate, THINGS)


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (lambda actor, critic, observations: (actor, critic, observations), "A C S"),
        (lambda mu, q, s: (mu, q, s), "A C S"),
        (lambda observations, actor, critic: (observations, actor, critic), "S A C"),
        (lambda actor, critic, states: (actor, critic, states), "A C S"),
        (lambda mu, q, opt, s: (mu, q, opt, s), "A C O S"),
        (lambda actor, critic, states, optimizer: (actor, critic, states, optimizer), "A C S O"),
        (lambda mu, q, s, actions: (mu, q, s, actions), "A C S R"),
        (lambda mu, q, s, *, actions, target_actor: (s, actions, target_actor), "S R TA"),
        (lambda mu, q, s, rate=1, twin_critic=None: (mu, rate, twin_critic), "A 1 None"),
        (lambda actor, critic, observations, actions=None: (observations, actions), "S None"),
        (lambda actor, critic, observations=None: (actor, critic, observations), "A C S"),
        (lambda mu, q, s, optimizer=None: (mu, q, s, optimizer), "A C S O"),
        (lambda mu, q, actor_opt, s: (mu, q, actor_opt, s), "A C O S"),
        (lambda mu, q, s, actions, Optimiser: (mu, q, s, actions, Optimiser), "A C S R O"),
        (functools.partial(lambda rate, mu, q, s: (rate, mu, q, s), 1), "1 A C S"),
    ],
)
def test_things_arrive_where_they_are_asked_for(candidate, expected):
    short = {
        "actor": "A",
        "critic": "C",
        "observations": "S",
        "optimizer": "O",
        "actions": "R",
        "target_actor": "TA",
        "twin_critic": "TC",
    }
    assert " ".join(short.get(thing, str(thing)) for thing in given(candidate)) == expected


def test_methods_and_tf_functions():
    class Student:
        def gradients(self, actor, critic, observations):
            return actor, critic, observations

    assert given(Student().gradients) == ("actor", "critic", "observations")
    compiled = tf.function(lambda actor, critic, observations: observations)
    assert signature_of(compiled).roles["observations"] == "observations"


def test_performs_update():
    assert signature_of(lambda actor, critic, optimizer, observations: None).performs_update
    assert signature_of(lambda a, b, c, opt: None).performs_update
    assert not signature_of(lambda a, b, c: None).performs_update


@pytest.mark.parametrize(
    "candidate",
    [
        lambda: None,
        lambda actor: None,
        lambda a, b, c, d, e: None,
        lambda actor, critic: None,
        lambda a, b, c, d: None,
        lambda actor, critic, observations, batch_size: None,
        lambda actor, critic, opt: None,
        lambda actor, critic, optimizer, opt, s: None,
        3,
    ],
)
def test_unfit_signatures(candidate):
    with pytest.raises(TypeError):
        signature_of(candidate)


def test_a_method_of_no_object():
    class Student:
        def gradients(self, actor, critic, observations):
            return actor, critic, observations

    with pytest.raises(TypeError):
        signature_of(Student.gradients)
    assert signature_of(Student().gradients)
