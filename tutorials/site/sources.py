"""Files and folders of the repository that a page links to, each as a page that shows it."""

from collections.abc import Iterable
from pathlib import Path

FRONT = "---\norphan: true\nnosearch: true\n---\n\n"
"""Such a page stands in no contents, and the search passes it by."""
LANGUAGES = {".py": "python", ".md": "markdown", ".js": "javascript", ".cff": "yaml"}
FENCE = "`" * 12


def place(path: str) -> str:
    """Where the page of a file or folder lies in the site."""
    return f"source/{path}.md"


def pages(paths: Iterable[str], root: Path) -> dict[str, str]:
    """The pages of these files, of these folders, and of the files in the folders."""
    paths = list(paths)
    folders = [path for path in paths if (root / path).is_dir()]
    within = {folder: shown_in(root / folder) for folder in folders}
    single = {path for path in paths if path not in within}
    single |= {f"{folder}/{name}" for folder, names in within.items() for name in names}
    made = {place(folder): page_of_folder(folder, within[folder]) for folder in folders}
    return made | {place(path): page_of_file(path, root) for path in single}


def shown_in(folder: Path) -> list[str]:
    """The names of the texts in a folder."""
    return sorted(
        path.name for path in folder.iterdir() if path.suffix in LANGUAGES and path.is_file()
    )


def page_of_folder(folder: str, names: list[str]) -> str:
    """A list of links to the pages of its files."""
    last = Path(folder).name
    links = "\n".join(f"- [`{name}`]({last}/{name}.md)" for name in names)
    return f"{FRONT}# {folder}\n\n{links}\n"


def page_of_file(path: str, root: Path) -> str:
    """Its text as it is."""
    language = LANGUAGES.get(Path(path).suffix, "text")
    text = (root / path).read_text("utf-8")
    return f"{FRONT}# {path}\n\n{FENCE}{{code-block}} {language}\n{text}\n{FENCE}\n"
