"""A notebook's cell as plain Python: what IPython adds to the language has no effect here.

Needs the standard library alone: the homework's grader hands this file's source to processes of
their own.
"""

import linecache
import re
from collections.abc import Iterable

BODY_RUNS = ("time", "capture", "prun", "snakeviz")
"""Cell magics around Python code that leaves its names in the notebook; other cells are dropped."""
SHELL = re.compile(r"[%!?]|(pip3?|conda) (un)?install\b")
ASSIGNED = re.compile(r"(\w+(?:\s*,\s*\w+)*\s*)=\s*[%!]")
HELP = re.compile(r"[\w.]+\?{1,2}$")
PARTS = re.compile(
    r"#.*|(?P<triple>'''|\"\"\")|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|(?P<open>[(\[{])|(?P<close>[)\]}])"
)


def without_magics(cell: str) -> str:
    """Remove magics and shell commands from a cell; each line stays on its line.

    The body of `%%time` and `%%capture` stays, and so does the statement of `%time`; other cells of
    that kind (`%%bash`, `%%timeit`, ...) come to nothing. `x = !ls` sets x to None.
    """
    lines = cell.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if not re.match(rf"%%({'|'.join(BODY_RUNS)})\b", lines[first]):
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    inside, kept = "", []
    for line in lines:
        kept.append(line if inside else plain_statement(line))
        inside = open_after(kept[-1], inside)
    return "\n".join(kept)


def plain_statement(line: str) -> str:
    """A line at which a statement begins, or what stands for it if it is not Python."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    timed = re.match(r"%time\s+(?!-)(.+)", text)
    if timed:
        return indent + timed[1]
    assigned = ASSIGNED.match(text)
    if assigned:
        count = assigned[1].count(",")
        return f"{indent}{assigned[1].rstrip()} = {', '.join(['None'] * (count + 1))}"
    return f"{indent}pass" if SHELL.match(text) or HELP.match(text.rstrip()) else line


def open_after(line: str, inside: str) -> str:
    r"""What is still open after a line: brackets, a triple quote, or a final backslash.

    inside: the same of the line before.
    """
    inside, at = inside.removesuffix("\\"), 0
    while at < len(line):
        if inside and inside[-1] in "'\"":
            end = re.compile(rf"(?:\\.|[^\\])*?{inside[-1] * 3}").match(line, at)
            if end is None:
                return inside
            inside, at = inside[:-1], end.end()
            continue
        part = PARTS.search(line, at)
        if part is None:
            break
        if part[0].startswith("#"):
            return inside
        at = part.end()
        if part["triple"]:
            inside += part["triple"][0]
        elif part["open"]:
            inside += part["open"]
        elif part["close"]:
            inside = inside[:-1]
    return inside + "\\" if line.endswith("\\") else inside


class Nothing:
    """Has every attribute and can be called: all of them are nothing again."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __contains__(self, item: object):
        return False


def notebook_names() -> dict:
    """What IPython defines in each notebook, by name: here without effect."""
    return {"display": Nothing(), "get_ipython": Nothing()}


def run_cells(cells: Iterable[str], names: dict) -> list[tuple[int, BaseException]]:
    """Run the cells' code in the name space `names`; list what they raised, with their numbers.

    They are counted from 1. As in a notebook, one that fails does not keep the next from running.
    """
    errors = []
    for number, source in enumerate(cells, start=1):
        try:
            run_cell(source, number, names)
        except BaseException as error:
            errors.append((number, error))
    return errors


def run_cell(source: str, number: int, names: dict) -> None:
    """Run one cell's code in the name space `names`; what it raises comes through."""
    place = f"<cell {number}>"
    # where `inspect` looks, and with it tf.function, which rewrites the source that it is given
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    exec(compile(source, place, "exec"), names)
