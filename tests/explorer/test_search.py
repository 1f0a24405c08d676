"""How the site's search ranks what it has found: its scorer under Node."""

import json
import subprocess
from pathlib import Path

from tests.explorer.page import NODE, needs_node

SCORER = Path(__file__).parents[2] / "tutorials" / "site" / "scorer.js"
pytestmark = needs_node


def test_a_question_comes_before_another_page_that_fits_as_well():
    found = [
        ["tutorials/03_by_hand", "title", "", None, 9, "file", "text"],
        ["results/questions/divide_by_n", "title", "", None, 5, "file", "text"],
        ["results/README", "title", "", None, 40, "file", "title"],
    ]
    scores = f"JSON.stringify({json.dumps(found)}.map(Scorer.score))"
    program = f"{SCORER.read_text()}\nconsole.log({scores})"
    said = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True)
    other, question, by_its_title = json.loads(said.stdout)
    assert other < question < by_its_title
