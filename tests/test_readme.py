"""The README speaks of what is there: its paths, its commands and its numbers."""

import re
import shlex
from pathlib import Path

import pytest

from comparisons.registry import STUDIES
from ddpg_tf.cli.main import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/ddpg-tf (.+)$", README, re.MULTILINE)
FINDINGS = re.findall(r"^- (?:.|\n(?!\n|- |#))*", README.partition("## What was found")[2], re.M)


def test_every_path_that_is_linked_exists():
    paths = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command):
    assert parse(shlex.split(command)) is not None


def test_the_two_commands_are_one_line_each():
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    ends = ("/ddpg-tf compare", "/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder")
    assert all(line.endswith(end) for line, end in zip(lines, ends, strict=True))
    assert all(line.count("&&") == 2 for line in lines)


def test_it_is_short():
    assert README.count("\n") < 200


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_number_of_a_finding_stands_in_the_results_that_it_links(finding):
    """A number may be written there with more digits, never with others."""
    pages = re.findall(r"\((results/[^)]+\.md)\)", finding)
    assert pages
    assert all(page.split("/")[1] in STUDIES for page in pages)
    measured = "\n".join((ROOT / page).read_text() for page in pages)
    text = re.sub(r"`[^`]*`|\([^)]*\)", "", finding)
    numbers = re.findall(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![\w])", text)
    absent = [n for n in numbers if not re.search(rf"(?<![\d.,]){re.escape(n)}(?!\d)", measured)]
    assert absent == []


def test_the_updates_where_bits_part_are_those_of_the_results():
    """Small numbers stand in any page: these are held to their sentence."""
    page = (ROOT / "results/lockstep/README.md").read_text()
    plain, batch_norm = re.findall(r"at update (\d+)", " ".join("".join(FINDINGS).split()))
    assert f"at batch 64, output_gradients (update {plain})" in page
    assert f"at batch 64, batch norm, output_gradients (update {batch_norm})" in page
