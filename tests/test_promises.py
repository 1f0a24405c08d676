"""The page of promises: each names tests, and there are tests of these names."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "tutorials" / "promises.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("|") and line.endswith("|")]


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_promise_is_held_by_a_test_that_there_is(file, name):
    tree = ast.parse((TESTS / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_promise_names_a_test():
    promises = [row for row in ROWS if row not in ("| what | test |", "|---|---|")]
    assert len(promises) > 15
    assert [row for row in promises if not re.search(r"\.py::test_\w+`", row)] == []
