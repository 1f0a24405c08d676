"""The layout: imports go one way, and the way from `train` to the gradient is short."""

import ast
import sys
from pathlib import Path

import pytest

import ddpg_tf
from ddpg_tf import DDPGConfig, train
from ddpg_tf.strategies.mean_q import MeanQ

PACKAGE = Path(ddpg_tf.__file__).parent
TESTS = Path(__file__).parent

LAYERS = (
    "sandbox",
    "startup",
    "storage",
    "validation",
    "named",
    "config",
    "presets",
    "run_files",
    "batch",
    "replay",
    "acting",
    "strategies",
    "networks",
    "environments",
    "exploration",
    "agents",
    "training",
    "distributed",
    "runs",
    "diagnosis",
    "explorer",
    "cli",
)
"""The entries of the package, from the bottom up: each imports only from those before it."""

LIGHT = LAYERS[: LAYERS.index("strategies")]
"""Entries that import neither TensorFlow nor Keras: all below the subject."""


def modules() -> dict[str, ast.Module]:
    """Dotted name -> syntax tree of every module of the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text())
    return found


MODULES = modules()


def imported(tree: ast.Module) -> set[str]:
    """The modules that a module imports anywhere in it, functions included."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in whole}
    return names


def entry(module: str) -> str:
    """The entry of the package that a module lies in."""
    return module.split(".")[1]


ARROWS = {
    (importer, name)
    for importer, tree in MODULES.items()
    for name in imported(tree)
    if importer != "ddpg_tf" and name in MODULES and name not in ("ddpg_tf", importer)
}


def test_every_entry_has_its_place():
    assert {entry(name) for name in MODULES if name != "ddpg_tf"} == set(LAYERS)


def test_imports_go_one_way():
    upwards = [
        arrow
        for arrow in sorted(ARROWS)
        if LAYERS.index(entry(arrow[1])) > LAYERS.index(entry(arrow[0]))
    ]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle():
    left = dict.fromkeys(MODULES)
    while left:
        free = [name for name in left if not any(a == name and b in left for a, b in ARROWS)]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


@pytest.mark.parametrize("name", LIGHT)
def test_the_light_entries_import_no_tensorflow(name):
    heavy = {"tensorflow", "keras"}
    for module, tree in MODULES.items():
        if module != "ddpg_tf" and entry(module) == name and name != "startup":
            assert not {found.split(".")[0] for found in imported(tree)} & heavy, module


def frames_of_the_package() -> list[tuple[str, str]]:
    """(file, function) of every frame of the package on the stack, the innermost first."""
    frame, found = sys._getframe(1), []
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            found.append((str(path.relative_to(PACKAGE)), frame.f_code.co_name))
        frame = frame.f_back
    return found


def test_the_way_from_train_to_the_gradient_is_short(monkeypatch):
    """At most eight frames in seven files, the strategy's own among them."""
    stacks = []
    gradient = MeanQ.loss_and_gradients

    def entered(self, *arguments):
        stacks.append(frames_of_the_package())
        return gradient(self, *arguments)

    monkeypatch.setattr(MeanQ, "loss_and_gradients", entered)
    train(
        DDPGConfig(
            total_steps=80, warmup_steps=70, hidden_sizes=(8,), update_every=10, eval_every=80
        )
    )
    updates = [stack for stack in stacks if ("strategies/base.py", "update") in stack]
    assert updates
    for stack in updates:
        way = [("strategies/mean_q.py", "loss_and_gradients"), *stack]
        assert way[-1] == ("runs.py", "train")
        assert len(way) <= 8, way
        assert len({file for file, _ in way}) <= 7, way


def asked_for_outside_tests(tree, name):
    """The lines on which a module asks for a name, but for decorators and the bodies of tests."""
    allowed = [
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for part in (*node.decorator_list, *node.body)
    ]
    seen = {id(inner) for part in allowed for inner in ast.walk(part)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == name and id(node) not in seen
    ]


def test_a_small_version_is_taken_where_a_whole_run_of_ci_sees_it():
    """`conftest.py` leaves out what has run in its whole size: it looks at the tests' own code."""
    files = [path for path in TESTS.rglob("*.py") if path.name != "sizes.py"]
    outside = {
        str(path.relative_to(TESTS)): lines
        for path in files
        if (lines := asked_for_outside_tests(ast.parse(path.read_text()), "small_version"))
    }
    assert outside == {}
    hidden = ast.parse("a = small_version([2], 1)\n\ndef test_it():\n    small_version([], 1)")
    assert asked_for_outside_tests(hidden, "small_version") == [1]
