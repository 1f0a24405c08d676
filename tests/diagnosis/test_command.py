"""`ddpg-tf diagnose`: what it prints, and its exit codes."""

import io
import json

import pytest

from ddpg_tf.cli.diagnose import Diagnose, verdict_panel
from ddpg_tf.diagnosis import CATALOGUE, Verdict, diagnose
from tests.diagnosis.programs import mean_of_q


def notebook(*sources):
    cells = [
        {"cell_type": "code", "source": source.splitlines(keepends=True)} for source in sources
    ]
    text = {"cell_type": "markdown", "source": ["# Homework\n", "not code"]}
    return json.dumps({"cells": [text, *cells], "nbformat": 4, "metadata": {}})


def unframed(text):
    return " ".join(text.replace("│", " ").split())


@pytest.mark.slow
def test_notebook_with_a_mistake(tmp_path, capsys):
    path = tmp_path / "homework.ipynb"
    path.write_text(
        notebook(
            "%matplotlib inline\n!pip install nothing\nimport tensorflow as tf",
            "def g(actor, critic, s):\n"
            "    with tf.GradientTape() as tape:\n"
            "        loss = tf.reduce_mean(critic([s, actor(s)]))\n"
            "    return tape.gradient(loss, actor.trainable_variables)",
        )
    )
    assert Diagnose(f"{path}:g").run() == 1
    shown = unframed(capsys.readouterr().out)
    mistake = CATALOGUE["wrong_sign"]
    for part in ("wrong sign", mistake.explanation, mistake.equation, mistake.hint):
        assert part in shown
    assert all(thread in shown for thread in mistake.threads)


@pytest.mark.whole
@pytest.mark.slow
def test_notebook_of_an_otter_assignment(tmp_path, capsys):
    path = tmp_path / "homework.ipynb"
    path.write_text(
        notebook(
            '# Initialize Otter\nimport otter\ngrader = otter.Notebook("homework.ipynb")',
            "%%time\nimport tensorflow as tf\nfiles = !ls",
            "display(get_ipython().run_line_magic('pwd', ''))\n"
            "def mean_q(actor, critic, s):\n"
            "    @tf.function\n"
            "    def loss():\n"
            "        return -tf.reduce_mean(critic([s, actor(s, training=True)]))\n"
            "    with tf.GradientTape() as tape:\n"
            "        value = loss()\n"
            "    return tape.gradient(value, actor.trainable_variables)\n"
            'grader.check("q3_mean_q")',
            "1 / 0",
            "%%bash\nrm -rf everything",
            'grader.check_all()\ngrader.export(run_tests=True)\nlater = "defined"',
        )
    )
    assert Diagnose(f"{path}:mean_q").run() == 0
    capsys.readouterr()
    assert Diagnose(f"{path}:mean").run() == 2
    shown = unframed(capsys.readouterr().out)
    # what is missing, what there is in its place, and which cell failed first
    assert all(name in shown for name in ("'mean'", "mean_q", "cell 4", "ZeroDivisionError"))


def test_a_verdict_fits_one_screen():
    from rich.console import Console

    def candidate(actor, critic, observations):
        return [-g for g in mean_of_q(actor, critic, observations, {})]

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(verdict_panel(diagnose(candidate)))
    assert len(console.export_text().splitlines()) <= 24


def test_verdict_as_report():
    verdict = Verdict("correct", "correct", "Fine.", bits=21)
    report = json.loads(json.dumps(verdict.to_dict()))
    assert report["correct"] is True
    assert report["bits"] == 21
    assert str(verdict).splitlines()[0] == verdict.headline
