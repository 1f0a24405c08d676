"""The notebooks are in step with their sources, run, and say no number that was typed in."""

import ast
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.diagnosis import CATALOGUE, diagnose
from tests.errors import assert_one_line_that_names, refused

pytest.importorskip("jupytext", reason="the notebooks' tools are not installed: .[tutorials]")
pytest.importorskip("nbclient", reason="the notebooks' tools are not installed: .[tutorials]")

import nbformat
from ipykernel.ipkernel import IPythonKernel

from tests.tutorials.one_process import run_here
from tutorials import build

ROOT = Path(build.HERE).parent
SOURCES = build.sources()


def ou_step(drift, noise):
    """A call of notebook 6's check with this step of an Ornstein-Uhlenbeck process."""
    noise = noise.replace("normal", "generator.normal(size=x.shape)")
    return f"check_ou(lambda x, generator, theta, sigma, dt: x - {drift} + {noise})"


SMALL = {
    "00": {"TOTAL_STEPS": 1_200},
    "01": {"DQN_STEPS": 1_600},
    "02": {"STEPS": 1_200, "SEEDS": 1},
    "06": {"EPISODES": 2},
    "07": {"PUSHES": 40},
    "08": {
        "UPDATES": 30,
        "SEEDS": 2,
        "SHOWN": ["wrong_sign", "second_forward_pass", "actor_in_inference_mode"],
    },
    "09": {"TOTAL_STEPS": 1_200},
    "10": {"HIDDEN": 8, "BATCH": 8},
}
"""Beginning of a notebook's name -> sizes to run it with here; the others are quick as they are."""

LONG = ("02", "04", "06", "07", "08", "09")
"""Beginnings of the names of those that take about ten seconds or more so: a whole run's."""

SOLVED = {
    "06": [
        "check_ou(lambda x, generator, theta, sigma, dt: "
        "x - theta * x * dt + sigma * np.sqrt(dt) * generator.normal(size=x.shape))"
    ],
    "07": ["check_inverting(invert)"],
    "09": ["check_targets(td3_targets)", "check_smoothing(smoothed_actions)"],
    "10": ["check_workers(lambda *given: [part / 2 for part in two_workers(*given)])"],
}
"""Beginning of a notebook's name -> its own checks, called with a right answer that is not the
program of a folded solution."""

REFUSED = {
    "01": {
        "check_double(lambda r, over, q, late, gamma: "
        "double_dqn_targets(r, over, late, q, gamma))": "changed places",
        "check_double(lambda r, over, q, late, gamma: r)": "Not yet",
        "check_the_end(lambda step, limit: step == limit - 1)": "66.9",
    },
    "02": {
        "check_soft_update(lambda target, online, tau: (1 - tau) * target)": "online weights",
        "check_updates(lambda share, tau: (1 - share) / tau)": "919",
    },
    "03": {
        "check_stretched(lambda w, s, g: np.mean("
        "-2 * (2 * np.tanh(w * s) - g) * (1 - np.tanh(w * s) ** 2) * s))": "half",
        "check_stretched(lambda w, s, g: 0.0)": "wiggling gives",
        "check_edged(lambda w, s, g: None)": "wiggling gives",
        "check_edged(lambda w, s, g: s)": "one number",
        "check_edged(lambda w, s, g: np.sum("
        "-np.sign(np.tanh(w * s) - g) * (1 - np.tanh(w * s) ** 2) * s))": "the sum",
        "check_stretched(lambda w, s, g: np.mean("
        "-2 * (2 * np.tanh(w * s) - g) * 2 * (1 - (2 * np.tanh(w * s)) ** 2) * s))": "twice",
        "check_stretched(lambda w, s, g: np.mean("
        "-2 * (np.tanh(w * s) - g) * 2 * (1 - np.tanh(w * s) ** 2) * s))": "judges the action",
        "check_edged(policy_gradient)": "slope of the square",
        "check_edged(lambda w, s, g: np.mean("
        "np.sign(np.tanh(w * s) - g) * (1 - np.tanh(w * s) ** 2) * s))": "wrong sign",
    },
    "05": {"check_prediction(lambda n: n % 2 == 0)": "N = 6"},
    "06": {
        ou_step(drift, noise): named
        for drift, noise, named in (
            ("theta * x", "sigma * np.sqrt(dt) * normal", "drift is the same for every dt"),
            ("theta * x * dt", "sigma * dt * normal", "Look for a root"),
            ("theta * x * dt", "sigma * normal", "noise is the same for every dt"),
            ("theta * x * np.sqrt(dt)", "sigma * np.sqrt(dt) * normal", "in theory 0.925"),
            ("x", "0.372 * normal", "in theory 0.925"),
            ("(2 - theta * dt) * x", "sigma * np.sqrt(dt) * normal", "in theory 0.925"),
            ("theta * x * dt", "sigma * np.sqrt(dt) * normal[0]", "`x.shape` numbers"),
            ("theta * x * dt", "sigma * np.sqrt(dt) * abs(normal)", "Which numbers drive it?"),
            (
                "theta * x * dt",
                "sigma * np.sqrt(dt) * generator.uniform(-(3**0.5), 3**0.5, x.shape)",
                "Uniform numbers",
            ),
        )
    },
}
"""Beginning of a notebook's name -> its own checks, called with a wrong answer that looks right in
some respect, and what the reply has to name."""


def name_of(source):
    return source.stem


def committed(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def markdown_of(source):
    return [cell.source for cell in build.read(source).cells if cell.cell_type == "markdown"]


def test_all_are_there_in_reading_order():
    assert [source.name[:2] for source in SOURCES] == [f"{number:02}" for number in range(11)]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_notebook_is_made_from_its_source(source):
    made, kept = build.read(source), committed(source)
    again = f"run: python tutorials/build.py {source.name[:2]}"
    assert [(c.cell_type, c.source, c.id) for c in made.cells] == [
        (c.cell_type, c.source, c.id) for c in kept.cells
    ], again
    language = kept.metadata.pop("language_info")
    assert made.metadata == kept.metadata, again
    # a page that says less is marked as changed as soon as JupyterLab opens it
    assert language.keys() == IPythonKernel.language_info.keys(), again


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_notebook_was_run_from_top_to_bottom_without_an_error(source):
    cells = [cell for cell in committed(source).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"display_data", "stream"}
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_picture_is_also_told_in_words(source):
    told = [
        output.metadata.get("image/png", {}).get("alt", "")
        for cell in committed(source).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert told
    assert len(set(told)) == len(told)
    assert [words for words in told if len(words.split()) < 8 or "nan" in words.split()] == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_notebook_has_the_same_shape(source):
    text = "\n".join(markdown_of(source))
    number = int(source.name[:2])
    # blank lines too many in a source would be an empty cell in a student's browser
    assert all(cell.source.strip() for cell in build.read(source).cells)
    assert text.startswith(f"# {number}. ")
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert headings[0] == "The idea"
    assert headings[-3:] == ["What was seen", "Exercises", "Sources"]
    named = text.split("## Sources")[1]
    assert named.count("\n- ") >= 2
    assert "arXiv" in named


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_exercises_end_with_diagnose(source):
    code = [cell.source for cell in build.read(source).cells if cell.cell_type == "code"]
    assert "from ddpg_tf.diagnosis import" in "\n".join(code)
    assert verdicts_shown(source)


def verdicts_shown(source):
    """The names of the verdicts in the committed outputs: correct, or a mistake's."""
    headlines = [
        output.text.splitlines()[0]
        for cell in committed(source).cells
        if "print(diagnose(" in cell.source
        for output in cell.outputs
    ]
    names = {name.replace("_", " "): name for name in CATALOGUE}
    return [
        "correct" if ": " not in line else names[line.partition(": ")[2].split(" or ")[0]]
        for line in headlines
    ]


def verdicts_of(code):
    """Run the imports, the functions and the diagnosis of a cell, for what it would print."""
    kept = [
        node
        for node in ast.parse(code).body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef)
        or ast.unparse(node).startswith("print(diagnose(")
    ]
    printed = []
    names = {"tf": tf, "keras": keras, "np": np, "diagnose": diagnose, "print": printed.append}
    exec(compile(ast.Module(kept, type_ignores=[]), "cell", "exec"), names)
    return printed


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_the_committed_verdicts_are_those_of_today(source):
    cells = [cell.source for cell in committed(source).cells if cell.cell_type == "code"]
    today = [v.name for code in cells if "print(diagnose(" in code for v in verdicts_of(code)]
    again = f"run: python tutorials/build.py {source.name[:2]}"
    assert verdicts_shown(source) == today, again


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_verdict_that_is_to_be_guessed_is_folded(source):
    cells = committed(source).cells
    for text, cell in pairwise(cells):
        if "print(diagnose(" in cell.source and "guess" in text.source.lower():
            assert cell.metadata.get("jupyter") == {"outputs_hidden": True}, text.source


def exercises_of(source):
    """The text of each exercise, its programs and its solution."""
    text = "\n".join(cell.source for cell in build.read(source).cells)
    text = text.split("## Exercises")[1].split("## Sources")[0]
    return re.split(r"^(?=\*\*\d\.)", text, flags=re.M)[1:]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_exercises_that_nothing_marks_say_so(source):
    """A program in an exercise marks it, or it says "to try"."""
    exercises = exercises_of(source)
    assert len(exercises) >= 3
    for exercise in exercises:
        is_marked = re.search(r"print\(diagnose\(|(say|print)\(check_", exercise)
        assert is_marked or "to try" in exercise.lower(), exercise


MARKED = re.compile(r"^(?:print|say)\(((?:check_\w+|diagnose)\(\w+\))\)$", re.M)
SOLUTION = re.compile(r"<details><summary>Solution</summary>\n\n(.*?)\n\n</details>", re.S)
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_exercise_has_a_folded_solution(source):
    for exercise in exercises_of(source):
        solution = SOLUTION.search(exercise)
        assert solution, exercise
        assert PROGRAM.search(solution[1]) or not MARKED.search(exercise), exercise


def solved(source):
    """The program in each solution, and the call that marks it in the exercise."""
    for exercise in exercises_of(source):
        call, solution = MARKED.search(exercise), SOLUTION.search(exercise)
        if call and solution:
            yield PROGRAM.search(solution[1])[1], call[1]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_measured_number_is_typed_into_the_prose(source):
    for text in markdown_of(source):
        plain = re.sub(r"arXiv\s+\d{4}\.\d{4,5}|\$[^$]+\$|`[^`]+`", "", text)
        assert not re.findall(r"\d+\.\d+(?!\.)", plain), text


def test_a_small_size_takes_the_place_of_a_parameter():
    source = SOURCES[0]
    cells = build.read(source, TOTAL_STEPS=7).cells
    position = [cell.source for cell in cells].index("TOTAL_STEPS = 7")
    assert "parameters" in cells[position - 1].metadata["tags"]
    with refused(ValueError, source.name, "'TOTAL'"):
        build.read(source, TOTAL=7)


def test_a_name_that_begins_no_notebook_is_refused():
    build_script = [sys.executable, str(ROOT / "tutorials" / "build.py"), "xyz"]
    run = subprocess.run(build_script, capture_output=True, text=True)
    assert run.returncode == 2
    assert run.stdout == ""
    assert_one_line_that_names(run.stderr, "'xyz'", *(source.stem for source in SOURCES))


def test_the_index_names_every_notebook():
    index = (ROOT / "tutorials" / "README.md").read_text()
    links = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", index)
    assert links == [source.with_suffix(".ipynb").name for source in SOURCES]


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.parametrize("source", [SOURCES[0], SOURCES[3]], ids=name_of)
def test_a_notebook_runs_in_a_kernel(source):
    """As `tutorials/build.py` runs it: one that trains, and one in NumPy."""
    notebook = build.read(source, **SMALL.get(source.name[:2], {}))
    build.run(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(source, marks=[pytest.mark.whole] if source.name.startswith(LONG) else [])
        for source in SOURCES
    ],
    ids=name_of,
)
def test_a_notebook_runs_and_its_checks_tell_right_from_wrong(source):
    """In this process, all cells of a notebook in one namespace."""
    if source.name.startswith("10"):
        pytest.importorskip("torch", reason="PyTorch is not installed: .[comparisons]")
    notebook = build.read(source, **SMALL.get(source.name[:2], {}))
    wrong = REFUSED.get(source.name[:2], {})
    right = [(None, check) for check in SOLVED.get(source.name[:2], [])] + list(solved(source))
    notebook.cells += [
        nbformat.v4.new_code_cell(f"{program or ''}\nprint({check})")
        for program, check in (*right, *((None, check) for check in wrong))
    ]
    run_here(notebook)
    assert all(cell.outputs for cell in notebook.cells if "print(diagnose(" in cell.source)
    checks = notebook.cells[len(notebook.cells) - len(right) - len(wrong) :]
    replies = [cell.outputs[0].text for cell in checks]
    accepted = [reply.startswith(("Right", "Correct")) for reply in replies]
    assert accepted == [True] * len(right) + [False] * len(wrong), replies
    for reply, named in zip(replies[len(right) :], wrong.values(), strict=True):
        assert named in reply


def test_the_texts_are_spelled_right():
    codespell = shutil.which("codespell", path=str(Path(sys.executable).parent))
    if codespell is None:
        pytest.skip("codespell is not installed: .[dev]")
    texts = [*SOURCES, ROOT / "README.md", ROOT / "tutorials" / "README.md"]
    checked = subprocess.run(
        [codespell, "--ignore-words-list=Meger", *map(str, texts)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
