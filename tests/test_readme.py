"""The README and the pages that it sends to speak of what is there: links, commands, numbers.

No sentence is held in place here. A number may stand in a finding only if a study measured it: the
numbers of each one in `results/README.md`, in the order in which they are written, are computed
again from the data that the study left beside it, and the README quotes some of them.
"""

import ast
import json
import re
import shlex
from configparser import ConfigParser
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import fmean, median

import pytest

from comparisons.registry import STUDIES
from ddpg_tf.cli.main import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = ("README.md", "results/README.md", "tutorials/your_own_environment.md")
PAGES += ("tutorials/several_workers.md",)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
PYTHON = [code for language, code in BLOCKS if language == "python"]
PAGE_BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)
]
SHELL = "".join(code for language, code in PAGE_BLOCKS if not language)
COMMANDS = sorted(set(re.findall(r"^(?:.*&& )?\S*\bddpg-tf (.+)$", SHELL, re.M)))
SPOKEN = " ".join(word for page in PAGES for word in (ROOT / page).read_text().split())
"""All texts as one line, so that a command broken across two is still one."""

FINDING = re.compile(r"^- (?:.|\n(?!\n|- |#))*", re.M)
FINDINGS = FINDING.findall((ROOT / "results/README.md").read_text())
QUOTATIONS = FINDING.findall(README)


# ---- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_linked_exists(page):
    paths = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / page).read_text())
    assert paths
    assert [path for path in paths if not ((ROOT / page).parent / path).exists()] == []


# ---- commands and code ------------------------------------------------------------------------


def test_the_install_commands_name_extras_that_exist():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    named = re.findall(r"(?<=[\s'`\"])\.\[([\w,]+)\]", README)
    assert named
    known = set(setup["options.extras_require"])
    assert {extra for extras in named for extra in extras.split(",")} <= known


@pytest.mark.parametrize("arguments", COMMANDS)
def test_every_command_of_ddpg_tf_is_understood(arguments):
    assert parse(shlex.split(arguments)) is not None


def test_every_module_that_is_run_exists():
    modules = re.findall(r"python3? -m ([\w.]+)", SPOKEN)
    assert {"pytest", "comparisons"} <= set(modules)
    assert [name for name in modules if name != "venv" and find_spec(name) is None] == []


def test_every_study_that_is_named_exists():
    named = re.findall(r"\bcomparisons ([a-z]\w*)`", SPOKEN)
    assert named
    assert set(named) <= set(STUDIES)


@pytest.mark.slow
def test_the_example_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = [code for code in PYTHON if "train(" in code]
    exec(example, {})
    # random actions return -1,200
    assert float(capsys.readouterr().out.split()[-1]) > -400
    assert (tmp_path / "runs/first/config.json").is_file()


@pytest.mark.parametrize("code", PYTHON)
def test_the_python_code_imports_what_exists(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            module = import_module(node.module)
            assert [n.name for n in node.names if not hasattr(module, n.name)] == []


# ---- numbers ----------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?!\w)")


def results(name):
    """What the study has left."""
    return json.loads((ROOT / "results" / name / "data.json").read_text())


def first_differences(groups, **group):
    """Strategy -> first update with another bit than mean_q's, in the one group that is meant."""
    (runs,) = [g["runs"] for g in groups if all(g[key] == value for key, value in group.items())]
    return {name: run["first_different_update"] for name, run in runs.items()}


def equivalence(data):
    walks = data["dead_bias"]["walks"]
    return [
        f"{max(row['eps_error'] for row in data['grid']):.1f}",
        f"{max(walk['bias_step'] / walk['kernel_step'] for walk in walks):.2%}".strip("%"),
    ]


def lockstep(data):
    def unfenced(normalization):
        group = {"fenced": False, "normalization": normalization, "batch_size": 64}
        return first_differences(data["groups"], **group)["output_gradients"]

    for normalization in ("none", "batch"):
        group = {"fenced": True, "normalization": normalization, "batch_size": 64}
        assert first_differences(data["groups"], **group)["output_gradients"] is None
    return [str(unfenced("none")), str(unfenced("batch"))]


def anatomy(data):
    built = data["strategies"]
    assert built["mean_q"]["fingerprint"] == built["get_updates"]["fingerprint"]
    (products,) = {s["xla_matrix_products"] for name, s in built.items() if name != "jacobian"}
    return [str(built["mean_q"]["xla_instructions"]), str(products)]


def ancestors(data):
    rows = data["rows"]
    alike = [min(d["relative"] for d in row["distances"].values()) < 1e-5 for row in rows]
    together = [row["apart"]["same_adam"][1]["relative"] < 1e-4 for row in rows]
    factors = sorted({int(row["factor"]) for row in rows})
    assert factors == [1, data["batch"], 3 * data["batch"]]
    system = [str(sum(alike)), str(len(rows)), "1", "3"]
    updates = data["updates"]["rows"]
    double = [row for row in updates if row["kind"] == "float64"]
    names = [row["system"] for row in double]
    ports = [row for row in updates if row["kind"] == "meant" and row["system"] in names]
    largest = [
        max(distances[0] for row in found for distances in row["apart"].values())
        for found in (double, ports)
    ]
    whole = [str(sum(row["kind"] == "meant" for row in updates)), *(f"{x:.1e}" for x in largest)]
    return [*system, str(sum(together)), str(len(rows)), *whole]


def theorem(data):
    def turned(part):
        """Degrees, at the largest error of Q that was tried."""
        assert data["critic"][part]["value_errors"][-1] == 1.0
        return data["critic"][part]["angles"][-1]

    assert turned("states only") < 1e-10
    angles = turned("state times action"), turned("action times action")
    return [
        f"{max(data['errors'].values()):.1e}",
        f"{data['states']['older']['alike']['angles'][0]:.1f}",
        "100",
        *(f"{angle:.1f}" for angle in angles),
    ]


def presets(data):
    def returned(part, seeds):
        runs = data[part]["lillicrap"]["runs"]
        assert len(runs) == seeds
        return f"{sum(run['return'] for run in runs) / len(runs):.0f}"

    seeds = {"presets": 5, "without_batch_norm": 3, "moving_moments": 3}
    return [returned(part, seeds[part]) for part in seeds]


def middle_of_five(returns):
    """The interquartile mean: the lowest and the highest are left out."""
    ordered = sorted(returns)
    assert len(ordered) == 5
    return f"{sum(ordered[1:4]) / 3:,.0f}"


def mujoco(data):
    members = [member for each in data["members"].values() for member in each.values()]
    (steps,) = {run["steps"][-1] for member in members for run in member["runs"]}
    ends = [[fmean(run["returns"]) for run in member["runs"]] for member in members]
    return [f"{steps:,}", *map(middle_of_five, ends)]


def defects(data):
    found, problems = data["defects"], data["problems"]
    shown = (
        found["no_mask"],
        problems["inverted_pendulum"],
        found["targets_learn"],
        problems["pendulum"],
    )
    return [middle_of_five(run["return"] for run in member["runs"]) for member in shown]


def cost(data):
    jacobian = data["jacobian"]
    (eager,) = [
        row["eager"]["get_updates"]["ratio"]
        for row, batch in zip(data["over_batch"], data["batches"], strict=True)
        if batch == data["batch_size"]
    ]
    largest = jacobian["rows"][-1]["xla"]["jacobian"]["ratio"]
    return [str(jacobian["batch_size"]), f"{largest:.1f}", f"{eager:.2f}"]


def peers(data):
    def times_as_fast(peer, env_id):
        """The median round's, one update a step."""
        (programs,) = [
            column["programs"]
            for column in data["columns"]
            if (column["env_id"], column["block"]) == (env_id, 1)
        ]
        steps = [
            [sum(found["seconds_a_step"].values()) for found in programs[name]]
            for name in (f"{peer} DDPG", "ddpg-tf DDPG")
        ]
        return f"{median(theirs / ours for theirs, ours in zip(*steps, strict=True)):.2f}"

    environments = "Pendulum-v1", "HalfCheetah-v5"
    return [times_as_fast(*pair) for pair in product(("SBX", "SB3", "keras.io"), environments)]


def questions(data):
    return [str(len(data.keys() - {"measured"}))]


QUOTED = {
    study.__name__: study
    for study in (
        equivalence,
        lockstep,
        anatomy,
        ancestors,
        theorem,
        presets,
        mujoco,
        defects,
        cost,
        peers,
        questions,
    )
}
"""Study -> the numbers that the README may quote from its data, as text, in the README's order."""


def numbers_of(finding, folder=""):
    """The numbers of a finding, and those that the studies that it links measured."""
    studies = re.findall(rf"\({folder}(\w+)/README\.md\)", finding)
    assert studies
    plain = re.sub(r"`[^`]*`|\([^)]*\)|\d+\^-?\w+|-v\d", "", finding)
    measured = [n for name in studies if name in QUOTED for n in QUOTED[name](results(name))]
    return NUMBER.findall(plain), measured


@pytest.mark.parametrize("finding", FINDINGS)
def test_the_numbers_of_a_finding_are_those_of_the_study_that_it_links(finding):
    numbers, measured = numbers_of(finding)
    assert numbers == measured


@pytest.mark.parametrize("finding", QUOTATIONS)
def test_the_readme_quotes_numbers_of_the_findings(finding):
    numbers, measured = numbers_of(finding, "results/")
    assert set(numbers) <= set(measured)


def test_the_comparison_at_the_top_is_what_its_data_say():
    """Bits at a batch of 64; at 100 one strategy differs, from the first update on."""
    groups = json.loads((ROOT / "results/compare/compare.json").read_text())["groups"]
    assert [group["batch_size"] for group in groups] == [64, 100]
    for group in groups:
        kept = ("same_weights", "same_returns", "same_transitions")
        same = [all(run[key] for key in kept) for run in group["runs"].values()]
        assert same.count(False) == (group["batch_size"] == 100)
    differing = first_differences(groups, batch_size=100)
    assert [update for update in differing.values() if update is not None] == [1]
