"""The page's way with an environment of one's own: its code and its commands, in their order."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OWN = (ROOT / "tutorials" / "your_own_environment.md").read_text()
CODE, COMMANDS = re.findall(r"^```\w*\n(.*?)^```$", OWN, re.M | re.S)
PAGE = (ROOT / "tutorials" / "use_the_policy.md").read_text()
PLAY = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)[0]


@pytest.mark.whole
def test_from_a_file_of_ones_own_to_a_policy_without_this_library(tmp_path):
    (tmp_path / "my_world.py").write_text(CODE)
    for line in COMMANDS.splitlines():
        program, *arguments = shlex.split(line)
        assert Path(program).name == "ddpg-tf"
        command = [sys.executable, "-m", "ddpg_tf.cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), line
    rows = (tmp_path / "runs/my_world-Reach/ddpg-mean_q-s2/metrics.csv").read_text().splitlines()
    assert rows[-1].startswith("6000,")
    assert list(tmp_path.glob("runs/my_world-Reach/figures/learning.png"))
    # the page's loop, on this environment and without ddpg_tf
    play = PLAY.replace("import gymnasium as gym", "import sys; sys.modules['ddpg_tf'] = None")
    play = play.replace('gym.make("Pendulum-v1")', "TimeLimit(Reach(), 100)")
    play = f"from gymnasium.wrappers import TimeLimit\nfrom my_world import Reach\n{play}"
    command = [sys.executable, "-c", play]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    # standing still where it began would cost about 77
    assert float(re.search(r"return (-[\d.]+)", done.stdout)[1]) > -20, done.stderr
