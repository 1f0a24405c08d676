"""Run a notebook's cells without a kernel: TensorFlow is imported once for all notebooks."""

import contextlib
import io
import linecache
import os
import sys
from unittest.mock import patch

import matplotlib.pyplot as plt
import nbformat
import tensorflow as tf

from tutorials import build


def run_here(notebook) -> None:
    """Run every code cell, in order, in a namespace of its own; what it printed is its output.

    As in a kernel, the current directory is the notebooks'. Pictures are drawn but not kept, and
    the style and the options of TensorFlow that the notebook sets end with it.
    """
    names = {"__name__": "__main__"}
    before = os.getcwd()
    with contextlib.ExitStack() as stack:
        plt.switch_backend("agg")
        stack.enter_context(plt.rc_context())
        stack.enter_context(patch.object(plt, "show"))
        stack.callback(os.chdir, before)
        unchanged = {
            "disable_meta_optimizer": False
        } | tf.config.optimizer.get_experimental_options()
        stack.callback(tf.config.optimizer.set_experimental_options, unchanged)
        os.chdir(build.HERE)
        sys.path.insert(0, str(build.HERE))
        stack.callback(sys.path.remove, str(build.HERE))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                run_cell(cell, names)


def run_cell(cell, names) -> None:
    # where `inspect` looks for the source of a function that a cell defines
    place = f"<cell {cell.get('id')}>"
    linecache.cache[place] = len(cell.source), None, cell.source.splitlines(True), place
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(cell.source, place, "exec"), names)
    plt.close("all")
    text = printed.getvalue()
    cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
