"""What cannot run is explained: the advice that fits, by its name."""

import json
import os
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import child, default_cases, diagnose, diagnose_file, submission
from ddpg_tf.diagnosis.advice import ADVICE, TEXTS, advice_on
from ddpg_tf.diagnosis.signature import signature_of
from ddpg_tf.diagnosis.verdict import BY_HAND
from tests.diagnosis.programs import mean_of_q, right
from tests.errors import refused

PLAIN = default_cases()[:1]


def of_the_loss(loss):
    def candidate(actor, critic, observations):
        with tf.GradientTape() as tape:
            value = loss(actor, critic, observations)
        return tape.gradient(value, actor.trainable_variables)

    return candidate


def watches_variables(actor, critic, observations):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(actor.trainable_variables)
        loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    return tape.gradient(loss, actor.trainable_variables)


def differentiates_a_prediction(actor, critic, observations):
    with tf.GradientTape() as tape:
        actions = actor.predict(observations, verbose=0)
    return tape.gradient(actions, actor.trainable_variables)


def applies_a_prediction(actor, critic, optimizer, observations):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(critic.predict([observations, actor(observations)], verbose=0))
    gradients = tape.gradient(loss, actor.trainable_variables)
    optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))


def asks_for_get_updates(actor, critic, optimizer, observations):
    optimizer.get_updates(loss=0.0, params=actor.trainable_weights)


def asks_to_minimise(actor, critic, optimizer, observations):
    optimizer.minimize(lambda: 0.0, actor.trainable_variables)


def symbolic(actor, critic, observations):
    loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    return tf.gradients(loss, actor.trainable_variables)


def in_a_session(actor, critic, observations):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        states = tf.compat.v1.placeholder(tf.float32, [None, observations.shape[1]])
        loss = -tf.reduce_mean(critic([states, actor(states)]))
        gradients = tf.gradients(loss, actor.trainable_weights)
        return session.run(gradients, {states: observations.numpy()})


def asks_a_tape_twice(actor, critic, observations):
    with tf.GradientTape() as tape:
        actions = actor(observations)
        q = critic([observations, actions])
    slopes = tape.gradient(q, actions)
    return tape.gradient(actions, actor.trainable_variables, output_gradients=-slopes)


def applies_with_its_own(optimizer):
    def candidate(actor, critic, observations):
        gradients = right(actor, critic, observations)
        optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))
        return gradients

    return candidate


def mean_of(q):
    return -tf.reduce_mean(q)


CANNOT_RUN = {
    "two inputs": (
        of_the_loss(lambda actor, critic, s: mean_of(critic(s, actor(s)))),
        "called_with_two_inputs",
    ),
    "two inputs and a flag": (
        of_the_loss(lambda actor, critic, s: mean_of(critic(s, actor(s), training=True))),
        "called_with_two_inputs",
    ),
    "by keyword": (
        of_the_loss(lambda actor, critic, s: mean_of(critic(state=s, action=actor(s)))),
        "called_with_two_inputs",
    ),
    "concatenated": (
        of_the_loss(lambda actor, critic, s: mean_of(critic(tf.concat([s, actor(s)], 1)))),
        "called_with_two_inputs",
    ),
    "a dict": (
        of_the_loss(lambda actor, critic, s: mean_of(critic({"s": s, "a": actor(s)}))),
        "inputs_by_name",
    ),
    "in the other order": (
        of_the_loss(lambda actor, critic, s: mean_of(critic([actor(s), s]))),
        "wrong_shapes",
    ),
    "an actor with two inputs": (
        of_the_loss(lambda actor, critic, s: mean_of(critic([s, actor([s, s])]))),
        "actor_with_two_inputs",
    ),
    "watched": (watches_variables, "watched_a_keras_variable"),
    "predict, differentiated": (differentiates_a_prediction, "predict_in_the_tape"),
    "predict, lost": (
        of_the_loss(lambda actor, critic, s: mean_of(critic([s, actor.predict(s, verbose=0)]))),
        "predict_in_the_tape",
    ),
    "predict, applied": (applies_a_prediction, "predict_in_the_tape"),
    "get_updates": (asks_for_get_updates, "keras_2_method"),
    "minimize": (asks_to_minimise, "no_minimize"),
    "tf.gradients": (symbolic, "tensorflow_1"),
    "Session": (of_the_loss(lambda *_: tf.Session()), "tensorflow_1"),
    "a session": (in_a_session, "tensorflow_1"),
    "eval": (of_the_loss(lambda actor, critic, s: critic([s, actor(s)]).eval()), "tensorflow_1"),
    "PyTorch": (of_the_loss(lambda actor, critic, s: actor(s).detach()), "pytorch"),
    "PyTorch's mode": (of_the_loss(lambda actor, critic, s: actor.train()), "pytorch"),
    "PyTorch, not imported": (of_the_loss(lambda *_: torch.mean(0)), "pytorch"),  # noqa: F821
    "a tensor's mean": (
        of_the_loss(lambda actor, critic, s: -critic([s, actor(s)]).mean()),
        "methods_of_tensors",
    ),
    "an array and a tensor": (
        of_the_loss(lambda actor, critic, s: mean_of(critic([s.numpy(), actor(s)]))),
        "arrays_and_tensors",
    ),
    "a number": (
        of_the_loss(lambda actor, critic, s: -np.mean(critic([s, actor(s)]).numpy())),
        "predict_in_the_tape",
    ),
    "one tape, asked twice": (asks_a_tape_twice, "tape_used_up"),
    "exit": (of_the_loss(lambda *_: sys.exit(1)), "exits"),
    "None": (of_the_loss(lambda *_: -None), "none_used"),
    "no module": (of_the_loss(lambda *_: __import__("not_a_module")), "no_module"),
}


@pytest.mark.parametrize("name", CANNOT_RUN)
def test_advice(name, monkeypatch):
    # another test of this process may have imported it
    monkeypatch.delitem(sys.modules, "tf_keras", raising=False)
    candidate, advice = CANNOT_RUN[name]
    verdict = diagnose(candidate, PLAIN)
    assert (verdict.outcome, verdict.name, verdict.advice) == ("not run", "not_run", advice)
    assert verdict.hint == TEXTS[advice]


def test_an_optimizer_that_is_kept():
    candidate = applies_with_its_own(keras.optimizers.SGD(1e-3))
    verdict = diagnose(candidate, default_cases()[:2])
    assert (verdict.outcome, verdict.advice) == ("not run", "other_optimizer")


def test_tensors_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    to_keras = of_the_loss(lambda actor, critic, s: actor(torch.FloatTensor(s.numpy())))
    of_keras = of_the_loss(lambda actor, critic, s: torch.mean(actor(s)))
    mixed = of_the_loss(lambda actor, critic, s: critic([torch.FloatTensor(s.numpy()), actor(s)]))
    advice = [diagnose(each, PLAIN).advice for each in (of_keras, mixed)]
    assert advice == ["pytorch", "pytorch"]
    assert diagnose(to_keras, PLAIN).outcome != "correct"


def test_two_kerases():
    tf_keras = pytest.importorskip("tf_keras", reason="Keras 2 is not installed: tf_keras")

    def candidate(actor, critic, observations):
        optimizer = tf_keras.optimizers.Adam(1e-3)
        gradients = right(actor, critic, observations)
        optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))

    assert diagnose(candidate, PLAIN).advice == "two_kerases"


def test_an_exception_that_nobody_knows_has_the_common_hint(monkeypatch):
    monkeypatch.delitem(sys.modules, "tf_keras", raising=False)

    def candidate(actor, critic, observations):
        raise RuntimeError("mine")

    verdict = diagnose(candidate, PLAIN)
    assert (verdict.advice, verdict.hint) == ("", BY_HAND)
    assert "mine" in verdict.explanation


def test_the_advice_looks_at_the_whole_message():
    error = ValueError("Passed in object " + 999 * "1.0 " + " not tf.Tensor or tf.Variable")
    assert advice_on(error) == "watched_a_keras_variable"


@pytest.mark.parametrize(
    ("module", "advice"),
    [("gym", "no_module_gym"), ("gym.spaces", "no_module_gym"), ("gymnasium", "no_module")],
)
def test_a_module_that_is_missing(module, advice):
    assert advice_on(ModuleNotFoundError(f"No module named '{module}'")) == advice


@pytest.mark.parametrize(
    ("owner", "method", "advice"),
    [
        ("Functional", "eval", "pytorch"),
        ("SymbolicTensor", "mean", "methods_of_tensors"),
        ("module 'tensorflow'", "train", "tensorflow_1"),
    ],
)
def test_whose_method_is_missed(owner, method, advice):
    owner = owner if " " in owner else f"'{owner}' object"
    error = AttributeError(f"{owner} has no attribute {method!r}")
    assert advice_on(error) == advice


def test_every_advice_has_a_name_of_its_own():
    assert len(TEXTS) == len(ADVICE)


def test_a_network_of_another_case_that_was_kept():
    kept = []

    def candidate(actor, critic, observations):
        kept.append(critic)
        return right(actor, kept[0], observations)

    verdict = diagnose(candidate, default_cases()[:2])
    assert (verdict.outcome, verdict.advice) == ("not run", "wrong_shapes")
    assert len(verdict.details) == 1


@pytest.mark.parametrize(
    ("names", "roles", "guessed"),
    [
        (("state_batch", "actor_model", "critic_model"), "observations actor critic", ()),
        (("policy", "q_network", "obs"), "actor critic observations", ()),
        (("s", "mu", "q"), "actor observations critic", ("s", "mu")),
        (("x", "y", "z"), "actor critic observations", ("x", "y", "z")),
        (
            ("actor_net", "critic_net", "adam_opt", "states"),
            "actor critic optimizer observations",
            (),
        ),
        (
            ("actor", "critic", "states", "critic_target", "actor_target"),
            "actor critic observations target_critic target_actor",
            (),
        ),
    ],
)
def test_names_say_what_parameters_stand_for(names, roles, guessed):
    candidate = eval(f"lambda {', '.join(names)}: None")
    signature = signature_of(candidate)
    assert list(signature.roles.values()) == roles.split()
    assert signature.guessed == guessed


def test_parameters_whose_place_decided_are_listed():
    verdict = diagnose(lambda x, y, z: mean_of_q(x, y, z, {"training": True}), PLAIN)
    assert verdict.correct
    (note,) = verdict.details
    assert all(f"{name} for {role}" in note for name, role in [("x", "actor"), ("z", "obs")])


def notebook(*sources, **changes):
    cells = [{"cell_type": "code", "source": [source]} for source in sources]
    return json.dumps({"cells": cells, "nbformat": 4, "metadata": {}} | changes)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", json.dumps({"worksheets": [], "nbformat": 3}), notebook(" ")]
)
def test_a_file_that_is_no_notebook_of_today(text, tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(text)
    answer = child.answer_to(path, "candidate", PLAIN)
    assert answer["advice"] == "not_a_notebook"
    assert submission.verdict_on(answer, PLAIN).outcome == "not run"


GRADIENT = """
def candidate(actor, critic, observations):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic([observations, actor(observations, training=True)]))
    return tape.gradient(loss, actor.trainable_variables)
"""


@pytest.mark.parametrize(
    ("first", "outcome", "names"),
    [
        ("import not_there\nimport tensorflow as tf", "not run", ("cell 1", "'not_there'")),
        ("import tensorflow as tf\n1 / 0", "correct", ("cell 1", "ZeroDivisionError")),
    ],
)
def test_a_cell_that_failed_is_named_and_its_consequence_is_not(first, outcome, names, tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(notebook(first, GRADIENT))
    verdict = submission.verdict_on(child.answer_to(path, "candidate", PLAIN), PLAIN)
    assert verdict.outcome == outcome, str(verdict)
    told = " ".join([verdict.explanation, *verdict.details])
    assert all(name in told for name in names)
    assert "NameError" not in told


def test_eager_execution_switched_off(tmp_path, monkeypatch):
    path = tmp_path / "homework.py"
    path.write_text("import tensorflow as tf" + GRADIENT)
    monkeypatch.setattr(tf, "executing_eagerly", lambda: False)
    assert child.answer_to(path, "candidate", PLAIN)["advice"] == "eager_switched_off"
    assert diagnose(right, PLAIN).advice == "eager_switched_off"


def test_a_method_on_no_object(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text("def candidate(self, states):\n    return self.actor(states)")
    assert child.answer_to(path, "candidate", PLAIN)["advice"] == "needs_an_object"


def test_a_file_finds_what_lies_beside_it_and_changes_nothing(tmp_path):
    folder, home = tmp_path / "course" / "homework", tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    home.mkdir()
    (folder / "data" / "replay.csv").write_text("1,2\n")
    (folder / "helper.py").write_text("NUMBER = 7\n")
    (folder.parent / "shared.txt").write_text("shared")
    (folder / "mine.py").write_text("")
    before = sorted(folder.parent.rglob("*"))
    copy = child.mirrored(folder / "mine.py", home)
    assert copy.name == "mine.py"
    assert copy.resolve().is_relative_to(home.resolve())
    assert (copy.parent / "data" / "replay.csv").read_text() == "1,2\n"
    assert (copy.parent / ".." / "shared.txt").read_text() == "shared"
    os.makedirs(copy.parent / "checkpoints")
    os.makedirs(copy.resolve().parent / "data", exist_ok=True)
    assert sorted(folder.parent.rglob("*")) == before


READS = """
import os
import numpy as np
import tensorflow as tf
from helper import NUMBER

here = os.path.dirname(os.path.abspath(__file__))
assert here == os.getcwd() and NUMBER == 7
assert np.loadtxt("replay.csv", delimiter=",").shape == (2,)
os.makedirs("checkpoints", exist_ok=True)
os.makedirs(os.path.join(here, "figures"))
with open("log.txt", "w") as file:
    file.write("begun")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process with limits needs Linux")
def test_a_file_of_its_own_folder(tmp_path):
    (tmp_path / "replay.csv").write_text("1,2\n")
    (tmp_path / "helper.py").write_text("NUMBER = 7\n")
    (tmp_path / "homework.py").write_text(READS + GRADIENT)
    verdict = diagnose_file(tmp_path / "homework.py", "candidate", cases=PLAIN)
    assert verdict.correct, str(verdict)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["helper.py", "homework.py", "replay.csv"]


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_where_there_is_no_linux_it_says_so_at_once(platform, tmp_path, monkeypatch):
    path = tmp_path / "homework.py"
    path.touch()
    monkeypatch.setattr(sys, "platform", platform)
    with refused(OSError, "Linux", "diagnose(", "notebook"):
        diagnose_file(path, "candidate")


def test_networks_keep_their_methods():
    """What the harness notes about `predict` changes nothing in what it returns."""
    seen = []

    def candidate(actor, critic, observations):
        seen.append(actor.predict(observations, verbose=0))
        seen.append(keras.ops.convert_to_numpy(actor(observations)))
        return right(actor, critic, observations)

    assert diagnose(candidate, PLAIN).correct
    assert abs(seen[0] - seen[1]).max() < 1e-5
