"""Make the notebooks from their sources:  python tutorials/build.py [NAME ...]

Each `NN_name.py` is a notebook in jupytext's percent format. This runs it from top to bottom in a
kernel of its own and writes `NN_name.ipynb` beside it, outputs included. NAME is the beginning of a
file's name, as in `04`; without one, all are made. Built again from the same source, a notebook
differs from the last only where its outputs do: cells are named after their text, and nothing
tells the time.
"""

import argparse
import sys
import time
from hashlib import sha1
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent


def sources(names=()) -> list[Path]:
    """Return the sources in reading order; those whose name begins with one of `names`, if any.

    Raises ValueError for a name that fits none.
    """
    found = sorted(HERE.glob("[0-9][0-9]_*.py"))
    for name in names:
        if not any(source.name.startswith(name) for source in found):
            known = ", ".join(source.stem for source in found)
            raise ValueError(f"no notebook begins with {name!r}; there are: {known}")
    return [source for source in found if source.name.startswith(tuple(names) or "")]


def read(source: Path, **overrides) -> nbformat.NotebookNode:
    """Return the notebook of a source, not yet run.

    overrides: values for the names that its cell tagged "parameters" sets; they are set in a cell
    that follows it. Raises ValueError for a name that is not set there.
    """
    notebook = jupytext.read(source)
    if overrides:
        index, parameters = next(
            (index, cell)
            for index, cell in enumerate(notebook.cells)
            if "parameters" in cell.metadata.get("tags", [])
        )
        for name in overrides:
            if f"{name} = " not in parameters.source:
                raise ValueError(f"{source.name} has no parameter {name!r}")
        lines = [f"{name} = {value!r}" for name, value in overrides.items()]
        notebook.cells.insert(index + 1, nbformat.v4.new_code_cell("\n".join(lines)))
    name_cells(notebook)
    return notebook


def name_cells(notebook) -> None:
    """Give each cell an id that follows from its text, so that it outlives changes elsewhere."""
    seen = {}
    for cell in notebook.cells:
        digest = sha1(cell.source.encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def run(notebook) -> None:
    """Run every cell, in order, in a new kernel whose directory is this one.

    Raises CellExecutionError at the first cell that fails.
    """
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute()
    tidy(notebook)


def tidy(notebook) -> None:
    """Number the cells anew, as a kernel's message may have come before anybody listened.

    What the kernel said of its language stays: JupyterLab marks a page as changed, as soon as it
    is opened, unless it finds there what its own kernel says.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number


def main() -> int:
    """Make the notebooks that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="beginnings of file names; all if none is given")
    try:
        chosen = sources(parser.parse_args().names)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for source in chosen:
        start = time.perf_counter()
        notebook = read(source)
        try:
            run(notebook)
        except CellExecutionError as error:
            print(f"{source.name}: {error}", file=sys.stderr)
            return 1
        nbformat.write(notebook, source.with_suffix(".ipynb"))
        print(f"{source.stem}: {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
