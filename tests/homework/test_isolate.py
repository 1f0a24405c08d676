"""Reading submissions: what is taken from them, and what is refused."""

import json
import zipfile

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

import nbformat

from ddpg_tf.sandbox.cleaning import clean
from tutorials.homework.isolate import (
    LARGEST_SUBMISSION,
    names_in_tests,
    read_submission,
    runnable,
)


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


def test_cells_of_otter_pictures_and_magics_are_left_out_and_the_numbering_stays():
    sources = [
        '# Initialize Otter\nimport otter\ngrader = otter.Notebook("x.ipynb")',
        "%matplotlib inline\nx = 1\n!pip install y",
        "# picture: a line\nplt.plot(x)",
        'grader.check("q1")',
        "%%time\nx = 2",
        "# Save your notebook first\ngrader.export(pdf=False)",
        'def f():\n    return "grader"',
    ]
    cells = runnable(sources)
    assert cells == ["", "pass\nx = 1\npass", "", "", "\nx = 2", "", sources[6]]


@pytest.mark.parametrize("suffix", [".ipynb", ".py", ".zip"])
def test_the_three_kinds_of_submission_are_read(tmp_path, suffix):
    file = tmp_path / f"ada{suffix}"
    if suffix == ".py":
        file.write_text("# %% [markdown]\n# text\n\n# %%\nx = 1\n\n# %%\ny = 2\n")
    elif suffix == ".ipynb":
        nbformat.write(notebook("x = 1", "y = 2"), file)
    else:
        nbformat.write(notebook("x = 1", "y = 2"), tmp_path / "in.ipynb")
        with zipfile.ZipFile(file, "w") as archive:
            archive.write(tmp_path / "in.ipynb", "homework.ipynb")
            archive.writestr(".OTTER_LOG", b"not looked at")
            archive.writestr("__MACOSX/._homework.ipynb", b"nor this")
    assert read_submission(file) == (["x = 1", "y = 2"], None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_notebook_with_a_byte_order_mark_is_read(encoding, tmp_path):
    file = tmp_path / "a.ipynb"
    content = {"cells": [], "metadata": {"otter": {"assignment_name": "td3"}}}
    file.write_text(json.dumps(content), encoding=encoding)
    assert read_submission(file) == ([], "td3")


def test_a_notebook_of_the_old_format_is_read(tmp_path):
    cells = [nbformat.v3.new_text_cell("markdown", "x"), nbformat.v3.new_code_cell("x = 1")]
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=cells)])
    (tmp_path / "a.ipynb").write_text(nbformat.v3.writes_json(old))
    assert read_submission(tmp_path / "a.ipynb") == (["x = 1"], None)


def test_the_text_of_an_error_becomes_one_plain_line():
    assert clean("\x1b[1;31mred\x1b[0m\n\tgr\x00een\x1b]0;title\x07") == "red gr een"
    assert clean("a\ud800b \u202edlrow") == r"a\ud800b dlrow"
    assert clean("größer, 日本, 👩\u200d🔬") == "größer, 日本, 👩\u200d🔬"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ipynb", b"{"),
        ("b.zip", b"PK"),
        ("c.ipynb", b"\xff\xfe"),
        ("d.ipynb", b"[1]"),
        ("e.ipynb", b"{}"),
        ("f.ipynb", b'{"cells": 3}'),
        ("g.ipynb", b'{"cells": ["x"]}'),
        ("h.ipynb", b'{"cells": [{"cell_type": "code", "source": 3}]}'),
        ("i.ipynb", b"[" * 100_000),
        ("j.py", b"\xff"),
        ("k.ipynb", b""),
        ("l.ipynb", b'{"worksheets": 3, "nbformat": 3}'),
    ],
)
def test_what_cannot_be_read_is_a_value_error_of_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:
        read_submission(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_zip_needs_one_notebook_and_no_bomb(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "")
    with pytest.raises(ValueError):
        read_submission(file)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b'{"cells": []}' + b" " * (30 * 2**20))
    with pytest.raises(ValueError) as caught:
        read_submission(file)
    assert f"{LARGEST_SUBMISSION / 2**20:g} MiB" in str(caught.value)


def test_the_names_that_tests_ask_for():
    sources = ["def test_visible(f): pass\ndef test_hidden(f, g): pass", "def test_more(h): pass"]
    assert names_in_tests(sources) == {"f", "g", "h"}
