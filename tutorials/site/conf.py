"""The site, by one command:  python -m sphinx -W -b html tutorials/site tutorials/site/build

Its pages are the repository's own: `repository.py` copies them to a folder in the build, where
Sphinx reads them. What is written for the site alone lies beside this file: the first page, and
the pages that code fills.
"""

import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

import ddpg_tf  # noqa: E402
from ddpg_tf.startup import import_tensorflow_quietly  # noqa: E402

import_tensorflow_quietly()  # which what follows would import with all its messages

from tutorials.site import pictures, repository  # noqa: E402

project = "ddpg-tf"
author = "the ddpg-tf contributors"
version = release = ddpg_tf.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]

nb_execution_mode = "off"
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

# one file, which draws equations without fonts and without the network
MATHJAX = Path(
    str(
        distribution("sphinx-mathjax-offline").locate_file(
            "sphinx-mathjax-offline/static/mathjax/tex-svg.js"
        )
    )
)
mathjax_path = MATHJAX.name
mathjax3_config = {"options": {"enableMenu": False}}

# the docstrings are prose with code in single backticks
default_role = "code"
# the values of PRESETS and the like are pages long
autodoc_default_options = {"no-value": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 70

html_theme = "furo"
html_title = "ddpg-tf"
html_static_path = [str(HERE / "static"), str(MATHJAX)]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = str(HERE / "static" / "icon.svg")
html_search_scorer = str(HERE / "scorer.js")
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False


# a bar or an asterisk that is neither in code nor the end of an emphasised *word*
PLAIN = re.compile(r"(`[^`]*`|\*\w[\w ]*\*)|[|*]")


def as_restructured(app, what, name, obj, options, lines) -> None:
    """Tell reStructuredText what a docstring means, in place.

    What is indented after an empty line is code; elsewhere |Q| and [B, *shape] are plain text.
    """
    text: list[str] = []
    in_code = False
    for line in lines:
        if line.startswith("    ") and not in_code and text and not text[-1]:
            text += ["::", ""]
            in_code = True
        elif line and not line.startswith(" "):
            in_code = False
        text.append(line if in_code else PLAIN.sub(lambda it: it[1] or rf"\{it[0]}", line))
    lines[:] = text


def copy_explorer(app, exception) -> None:
    """Put the page of `ddpg-tf explore` into the site, without its Python."""
    if exception is None:
        shutil.copytree(
            ROOT / "ddpg_tf" / "explorer",
            app.outdir / "explorer",
            ignore=shutil.ignore_patterns("*.py", "__pycache__", "package.json"),
            dirs_exist_ok=True,
        )


def setup(app) -> None:
    """Gather the pages, and have Sphinx read those."""
    pages = app.outdir / ".pages"
    repository.gather(ROOT, pages)
    app.srcdir = pages
    app.connect("autodoc-process-docstring", as_restructured)
    app.connect("doctree-read", pictures.tell)
    app.connect("build-finished", copy_explorer)
