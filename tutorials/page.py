"""What every notebook here begins with: a quiet TensorFlow, one style of picture, and words.

A number in a sentence is put there by the code that measured it: `say(f"... {number:.3f} ...")`.
"""

import sys
from html import escape
from io import BytesIO
from pathlib import Path

from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.figures import COLOURS

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))  # a notebook runs in this directory, `comparisons` lies beside it

RESULTS = ROOT / "results"
"""Where `python -m comparisons` and `ddpg-tf compare` have left what they measured."""

STYLE = {
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "figure.constrained_layout.use": True,
    "figure.figsize": (8.5, 3.8),
    "font.size": 10.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = list(COLOURS.values())[:6]
GREY = "#555555"
"""Okabe and Ito's palette, safe for colour-blind readers."""


def begin() -> None:
    """Load TensorFlow without its start-up messages and set the style of the pictures."""
    import_tensorflow_quietly()
    import matplotlib.pyplot as plt

    plt.rcParams.update(STYLE)


def say(text: str) -> None:
    """Show `text` as Markdown."""
    from IPython.display import Markdown, display

    display(Markdown(text))


def show(figure, alt: str) -> None:
    """Show a figure; alt: what it shows, in words, for a reader who cannot see it."""
    import matplotlib.pyplot as plt
    from IPython.display import Image, display

    png = BytesIO()
    figure.savefig(png, format="png")
    display(Image(png.getvalue(), alt=alt))
    plt.close(figure)


def table(header: list[str], rows: list[list]) -> None:
    """Show a table; floats with four significant digits."""
    lines = [header, ["---"] * len(header), *rows]
    say("\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines))


def cell(value) -> str:
    """Return the text of one cell of a table."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def beside(**codes: str) -> None:
    """Show pieces of code beside each other, each under its keyword."""
    from IPython.display import HTML, display

    pre = "text-align:left;font:78%/1.3 monospace;white-space:pre"
    heads = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in codes)
    cells = "".join(
        f"<td style='vertical-align:top;text-align:left;padding:0 0.3em'>"
        f"<pre style='{pre}'>{escape(code.strip(chr(10)))}</pre></td>"
        for code in codes.values()
    )
    display(HTML(f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"))
