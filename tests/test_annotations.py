"""How many arguments of the library's public functions say their type."""

import ast
from pathlib import Path

import ddpg_tf

AT_LEAST = 0.95

PROGRAMS = "diagnosis/mistakes"
"""Programs that make mistakes, written as students write them: without types."""


def public_arguments(tree: ast.AST):
    """The arguments of a module's public functions and of public classes' public methods."""
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", "")
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        if isinstance(node, ast.ClassDef):
            yield from public_arguments(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            if isinstance(tree, ast.ClassDef) and not is_static(node):
                named = named[1:]
            yield from (a for a in [*named, arguments.vararg, arguments.kwarg] if a is not None)


def is_static(function: ast.FunctionDef) -> bool:
    return any(getattr(d, "id", None) == "staticmethod" for d in function.decorator_list)


def test_most_arguments_of_public_functions_are_annotated():
    without = {}
    total = 0
    for path in sorted(Path(ddpg_tf.__file__).parent.rglob("*.py")):
        if PROGRAMS in path.as_posix():
            continue
        arguments = list(public_arguments(ast.parse(path.read_text())))
        total += len(arguments)
        missing = [f"{a.arg} (line {a.lineno})" for a in arguments if a.annotation is None]
        if missing:
            without[path.relative_to(Path(ddpg_tf.__file__).parent)] = missing
    share = 1 - sum(map(len, without.values())) / total
    print(f"{share:.1%} of {total} arguments are annotated; without:")
    for path, missing in without.items():
        print(f"  {path}: {', '.join(missing)}")
    assert share >= AT_LEAST


def test_what_the_package_offers_is_there_and_known_to_type_checkers():
    tree = ast.parse(Path(ddpg_tf.__file__).read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    names = {alias.name for node in typed.body for alias in node.names}
    assert names == set(ddpg_tf.__all__)
    assert all(hasattr(ddpg_tf, name) for name in names)
