"""Built assignments, shared by the tests that grade; and what plays the part of a student.

What needs the extra `tutorials` is imported when it is used: without it, the test files skip.
"""

import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sizes import WHOLE

HOMEWORK = Path(__file__).parents[2] / "tutorials" / "homework"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A folder with assignments built, variant 0; the solutions have not been tried.

    In a small version of the tests only the first of them.
    """
    from tutorials.homework.build import ASSIGNMENTS, build

    folder = tmp_path_factory.mktemp("built")
    names = ASSIGNMENTS if WHOLE else ("replay",)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: build(name, folder / name, try_solution=False), names))
    return folder


@pytest.fixture
def checks(monkeypatch):
    """A function (assignment) -> its checks.py, importable as `checks` as in a student's folder."""

    def load(assignment):
        from tutorials.homework.build import text_of
        from tutorials.homework.questions import parts_of

        files = {"checking": HOMEWORK / "checking.py"}
        for part in set(parts_of(text_of(assignment))) - {assignment}:
            files[f"{part}_checks"] = HOMEWORK / part / "checks.py"
        files["checks"] = HOMEWORK / assignment / "checks.py"
        for name, file in files.items():
            spec = importlib.util.spec_from_file_location(name, file)
            module = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, name, module)
            spec.loader.exec_module(module)
        return module

    return load


def change(notebook: Path, out: Path, *replacements: tuple[str, str]) -> None:
    """Write the notebook to `out` with (old, new) replaced; each `old` must be there."""
    import nbformat

    content = nbformat.read(notebook, as_version=4)
    for old, new in replacements:
        cells = [c for c in content.cells if c.cell_type == "code" and old in c.source]
        assert cells, f"{old!r} is not in the notebook"
        for cell in cells:
            cell.source = cell.source.replace(old, new)
    out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, out)
