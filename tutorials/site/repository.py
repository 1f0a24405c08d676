"""The pages of the site, gathered from the repository: each text is written once.

Pages keep their places, so that what they link to each other and to their figures holds as it is.
A link to a file or folder that is no page leads to a page that shows it.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tutorials.site import fields, mistakes, notebooks, questions, sources

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "tutorials/*.md",
    "tutorials/[0-9]*.ipynb",
    "tutorials/homework/README.md",
    "results/README.md",
    "results/*/README.md",
)
FIGURES = ("results/*/*.png",)
CONTENTS = {"tutorials/README.md": "[0-9]*", "results/README.md": "[!q]*/README"}
"""Page -> the pages that stand below it in the contents, as a pattern; questions have their own."""
MADE_FROM = {
    "ddpg_tf/config.py": "fields.md",
    "ddpg_tf/diagnosis": "mistakes.md",
    "ddpg_tf/diagnosis/mistakes": "mistakes.md",
}
"""File -> the page that says what stands in it."""
TITLES = {"README.md": "Install, compare, train"}
"""Page -> its title here, where the project's name is on every page."""
HEADING = re.compile(r"^# .*", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)(?=[)#\s])")
"""The path in `[text](path#heading)`, unless it is the address of another site."""


def gather(root: Path, target: Path) -> None:
    """Write all that Sphinx is to read to `target`; what is there and the same stays untouched."""
    pages = files(root, PAGES)
    texts = {page: (root / page).read_text("utf-8") for page in pages}
    texts |= questions.split(texts, root)
    texts |= {path.name: path.read_text("utf-8") for path in Path(__file__).parent.glob("*.md")}
    texts |= {"fields.md": fields.page(), "mistakes.md": mistakes.page()}
    texts |= {page: HEADING.sub(f"# {title}", texts[page], 1) for page, title in TITLES.items()}
    shown: set[str] = set()
    relinked = {
        page: relink(page, text, lambda path: place_of(path, texts, root, shown))
        for page, text in texts.items()
    }
    relinked |= sources.pages(shown, root)
    for page, pattern in CONTENTS.items():
        relinked[page] += f"\n```{{toctree}}\n:hidden:\n:glob:\n\n{pattern}\n```\n"
    written = {target / page: text.encode() for page, text in relinked.items()}
    written |= {target / figure: (root / figure).read_bytes() for figure in files(root, FIGURES)}
    write(written, target)


def files(root: Path, patterns: Iterable[str]) -> list[str]:
    """The files that the patterns name, relative to `root`, in order."""
    found = [sorted(root.glob(pattern)) for pattern in patterns]
    return [path.relative_to(root).as_posix() for paths in found for path in paths]


def relink(page: str, text: str, place: Callable[[str], str]) -> str:
    """The text of a page whose links lead to `place` of what they led to in the repository."""
    folder = posixpath.dirname(page)

    def relinked(link: re.Match) -> str:
        path = posixpath.normpath(posixpath.join(folder, link[1]))
        return posixpath.relpath(place(path), folder or ".")

    if not page.endswith(".ipynb"):
        return LINK.sub(relinked, text)
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(relinked, source)
        elif notebooks.only_shows(source):
            cell["metadata"].setdefault("tags", []).append("hide-input")
    return json.dumps(notebook, indent=1)


def place_of(path: str, pages: Iterable[str], root: Path, shown: set[str]) -> str:
    """Where the site has what `path` is in the repository; enters it in `shown` if it's no page."""
    for page in (MADE_FROM.get(path, path), f"{path}/README.md"):
        if page in pages:
            return page
    if path.endswith(".png") or not (root / path).exists():
        return path
    shown.add(path)
    return sources.place(path)


def write(contents: dict[Path, bytes], target: Path) -> None:
    """Make `target` hold these files and no others; Sphinx reads again only what has changed."""
    for path in set(target.rglob("*")) - set(contents):
        if path.is_file():
            path.unlink()
    for path, content in contents.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
