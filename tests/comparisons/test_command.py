"""python -m comparisons: the list, the errors, and results that are whole or absent."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from comparisons import __main__ as command
from comparisons import registry
from comparisons.registry import STUDIES, get_study
from comparisons.report import circumstances, read_report, write_report
from comparisons.study import Claim, Prose, Study, in_words, table_rows


def toss(quick, track):
    return {"heads": sum(1 for _ in track(range(3 if quick else 5), "tossing"))}


COIN = Study(
    name="coin",
    title="Heads or tails",
    run=toss,
    figures=lambda data: {"coin": Figure()},
    values=lambda data: {"sides": ["heads", "tails"], "twice": 2 * data["heads"]},
    claims=[
        Claim("it lands", lambda heads: heads > 0),
        Claim("it lands five times", lambda heads, twice: (heads, twice) == (5, 10), False),
    ],
    template="Of {sides}, {heads} heads: twice that is {twice:.1f}.",
)
"""A study small enough to be seen through."""


def interrupted(*_):
    raise KeyboardInterrupt


def broken(*_):
    raise ValueError("no figure")


def run_with(study, monkeypatch, tmp_path, *options):
    monkeypatch.setattr(command, "get_study", lambda name: study)
    monkeypatch.setitem(STUDIES, "coin", "How often it shows heads.")
    return command.main(["coin", "--results", str(tmp_path), *options])


def test_without_a_name_the_studies_are_listed(capsys):
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(STUDIES)]] == list(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_its_parts(name):
    study = get_study(name)
    assert all(callable(part) for part in (study.run, study.figures, study.values))
    assert study.template


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch, tmp_path, capsys):
    study = replace(COIN, requires=("torch",))
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    assert run_with(study, monkeypatch, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "pip install -e '.[comparisons]'" in error


def test_a_study_writes_its_data_figure_and_finding(monkeypatch, tmp_path, capsys):
    assert run_with(COIN, monkeypatch, tmp_path, "--quick") == 0
    folder = tmp_path / "coin"
    assert {path.name for path in folder.iterdir()} == {"README.md", "coin.png", "data.json"}
    data, measured = read_report("coin", tmp_path)
    assert data == {"heads": 3}
    assert measured["quick"]
    assert measured["command"] == "python -m comparisons coin --quick"
    page = (folder / "README.md").read_text()
    finding = "Of heads and tails, 3 heads: twice that is 6.0."
    assert finding in page and page.startswith("# Heads or tails\n")
    assert all(measured[key] in page for key in ("command", "with"))
    printed = capsys.readouterr().out
    assert finding in printed
    assert "not checked in a quick run: it lands five times" in printed


@pytest.mark.parametrize(
    ("study", "code"),
    [(replace(COIN, run=interrupted), 130), (replace(COIN, figures=broken), 2)],
)
def test_a_study_that_breaks_off_leaves_the_old_results(study, code, monkeypatch, tmp_path):
    run_with(COIN, monkeypatch, tmp_path)
    assert run_with(study, monkeypatch, tmp_path) == code
    assert [path.name for path in tmp_path.iterdir()] == ["coin"]
    assert read_report("coin", tmp_path)[0] == {"heads": 5}


def test_results_are_replaced_as_a_whole(tmp_path):
    (tmp_path / "coin").mkdir()
    (tmp_path / "coin" / "stale.png").write_text("")
    write_report(COIN, {"heads": 5}, circumstances("command", quick=False), tmp_path)
    assert not (tmp_path / "coin" / "stale.png").exists()


def test_a_false_claim_fails_the_study_and_leaves_the_page(monkeypatch, tmp_path, capsys):
    run_with(COIN, monkeypatch, tmp_path)
    page = (tmp_path / "coin" / "README.md").read_text()
    unlucky = replace(COIN, run=lambda quick, track: {"heads": 4})
    capsys.readouterr()
    assert run_with(unlucky, monkeypatch, tmp_path) == 1
    captured = capsys.readouterr()
    assert "it lands five times (heads = 4, twice = 8)" in captured.err
    assert captured.out == ""
    assert read_report("coin", tmp_path)[0] == {"heads": 4}
    assert (tmp_path / "coin" / "README.md").read_text() == page


def test_rendering_measures_nothing_and_says_how_the_data_were_measured(monkeypatch, tmp_path):
    write_report(COIN, {"heads": 5}, {"command": "c", "quick": False, "with": "w"}, tmp_path)
    reworded = replace(COIN, run=broken, template="{heads} times heads.")
    assert run_with(reworded, monkeypatch, tmp_path, "--render") == 0
    page = (tmp_path / "coin" / "README.md").read_text()
    assert "5 times heads." in page
    assert "Produced by `c`" in page
    assert "Measured with w." in page


def test_rendering_without_data_is_a_users_mistake(monkeypatch, tmp_path, capsys):
    assert run_with(COIN, monkeypatch, tmp_path, "--render") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "study",
    [
        replace(COIN, template="{tails} tails"),
        replace(COIN, claims=[Claim("unknown", lambda tails: True)]),
    ],
)
def test_an_unknown_value_is_named(study, monkeypatch, tmp_path, capsys):
    assert run_with(study, monkeypatch, tmp_path) == 2
    assert "tails" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_lists_are_written_out_in_words():
    assert in_words([]) == "none"
    assert in_words(["a"]) == "a"
    assert in_words(["a", "b", "c"]) == "a, b and c"
    assert Prose().format("{sizes:,}", sizes=[1000, 2]) == "1,000 and 2"


def test_a_template_reaches_into_dicts_and_lists():
    errors = {"mean q": [[0.1, 0.25]], "3": 7}
    assert Prose().format("{e[mean q][0][-1]:.2f} {e[3]}", e=errors) == "0.25 7"


def test_rows_of_a_table():
    assert table_rows([["mean_q", 1], ["jacobian", 2]]) == "| mean_q | 1 |\n| jacobian | 2 |"


def test_all_runs_every_study_but_the_long_ones(monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(command, "get_study", lambda name: name)
    monkeypatch.setattr(command, "check_requirements", lambda study: None)
    monkeypatch.setattr(command, "run_study", lambda name, options: not ran.append(name))
    assert command.main(["all", "--results", str(tmp_path)]) == 0
    assert ran == [name for name in STUDIES if name not in registry.LONG]
    assert set(registry.LONG) < set(STUDIES)
