"""The texts of the mistakes that the page can make, from the catalogue of `diagnosis`.

python -m ddpg_tf.explorer.catalogue > ddpg_tf/explorer/catalogue.js
"""

import json
import re
from pathlib import Path

from ddpg_tf.diagnosis.mistakes import CATALOGUE

PAGE = Path(__file__).parent


def names() -> list[str]:
    """The mistakes that `mistakes.js` makes, in the catalogue's order."""
    program = (PAGE / "mistakes.js").read_text(encoding="utf-8")
    made = program[program.index("export const MISTAKES = {") :]
    found = set(re.findall(r"^  (\w+): ", made[: made.index("\n};")], re.MULTILINE))
    return [name for name in CATALOGUE if name in found]


def module() -> str:
    """The text of catalogue.js."""
    texts = {
        name: {
            "explanation": CATALOGUE[name].explanation,
            "equation": CATALOGUE[name].equation,
            "hint": CATALOGUE[name].hint,
        }
        for name in names()
    }
    return (
        "// Written by `python -m ddpg_tf.explorer.catalogue` from ddpg_tf/diagnosis/mistakes.\n\n"
        f"export const CATALOGUE = {json.dumps(texts, indent=2, ensure_ascii=False)};\n"
    )


if __name__ == "__main__":
    print(module(), end="")
