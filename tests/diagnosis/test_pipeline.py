"""The folder reads in the order of its docstring: a module imports from earlier ones only."""

import ast
import re
from pathlib import Path

import ddpg_tf.diagnosis

FOLDER = Path(ddpg_tf.diagnosis.__file__).parent
ORDER = re.findall(r"^    (\w+)(?:\.py|/) ", ddpg_tf.diagnosis.__doc__, re.MULTILINE)


def imported(file):
    """The modules of the folder that a file imports, inside of functions too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("ddpg_tf.diagnosis."):
            yield node.module.split(".")[2]


def test_every_module_is_in_the_docstrings_list():
    names = {path.stem for path in FOLDER.iterdir() if not path.name.startswith("__")}
    assert names == set(ORDER)


def test_imports_go_one_way():
    for name in ORDER:
        path = FOLDER / name
        files = path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        earlier = {*ORDER[: ORDER.index(name)], *([name] if path.is_dir() else [])}
        assert {other for file in files for other in imported(file)} <= earlier, name
