"""The page of the mistakes that `diagnose` knows by name, made of the catalogue itself."""

from types import ModuleType

from ddpg_tf.diagnosis import mistakes
from ddpg_tf.diagnosis.mistakes import CATALOGUE, Mistake

HEAD = f"""# Mistakes by name

{len(CATALOGUE)} ways to get the actor's gradient wrong. `ddpg-tf diagnose FILE.py:FUNCTION` says
which of them is in your code, or that it is right. What each does to learning is shown in
[notebook 8](tutorials/08_what_goes_wrong.ipynb); [the explorer](explorer.md) makes most of them.
"""


def page() -> str:
    """The page, in MyST's Markdown: a section for each module of the catalogue."""
    parts = [HEAD]
    for module in lists():
        parts.append(f"## {heading(module)}\n")
        parts += [entry(mistake) for mistake in module.MISTAKES]
    return "\n".join(parts)


def lists() -> list[ModuleType]:
    """The modules of the catalogue that hold a list, in its order."""
    order = list(CATALOGUE)
    found = [module for module in vars(mistakes).values() if hasattr(module, "MISTAKES")]
    return sorted(found, key=lambda module: order.index(module.MISTAKES[0].name))


def heading(module: ModuleType) -> str:
    """What the mistakes of a module have in common: the first sentence of its docstring."""
    sentence = " ".join(module.__doc__.split("\n\n")[0].split())
    return sentence.rstrip(".")


def entry(mistake: Mistake) -> str:
    """One mistake: what is wrong, what would be right, a question to ask, who made it."""
    lines = [
        f"### {mistake.name.replace('_', ' ')}",
        mistake.explanation,
        f"It should be: `{mistake.equation}`",
        f"*Ask yourself:* {mistake.hint}",
    ]
    if mistake.threads:
        lines.append(f"Seen in: {', '.join(map(link, mistake.threads))}")
    return "\n\n".join(lines) + "\n"


def link(thread: str) -> str:
    """The thread "owner/repository #number", linked."""
    repository, number = thread.split(" #")
    return f"[{thread}](https://github.com/{repository}/issues/{number})"
