"""python -m comparisons: the list, the errors, and results that are whole or absent."""

import json

import pytest
from matplotlib.figure import Figure

from comparisons import __main__ as command
from comparisons import registry
from comparisons.registry import STUDIES, get_study
from comparisons.report import write_report


class Coin:
    """A study small enough to be seen through."""

    @staticmethod
    def run(quick, track):
        return {"heads": sum(1 for _ in track(range(3 if quick else 5), "tossing"))}

    @staticmethod
    def figures(data):
        return {"coin": Figure()}

    @staticmethod
    def finding(data):
        return f"Heads: {data['heads']}."


class Interrupted(Coin):
    @staticmethod
    def run(quick, track):
        raise KeyboardInterrupt


class BadFigure(Coin):
    @staticmethod
    def figures(data):
        raise ValueError("no figure")


def run_with(study, monkeypatch, tmp_path, *options):
    monkeypatch.setattr(command, "get_study", lambda name: study)
    return command.main(["coin", "--results", str(tmp_path), *options])


def test_without_a_name_the_studies_are_listed(capsys):
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(STUDIES)]] == list(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_the_three_functions(name):
    study = get_study(name)
    assert all(callable(getattr(study, part)) for part in ("run", "figures", "finding"))


def test_an_unknown_study_lists_the_known_ones(capsys):
    assert command.main(["bogus"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert all(name in error for name in STUDIES)


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(
        registry, "import_module", lambda name: type("S", (), {"REQUIRES": ["torch"]})
    )
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install -e '.\[comparisons\]'"):
        get_study("benchmark")


def test_a_study_writes_its_data_figure_and_finding(monkeypatch, tmp_path, capsys):
    assert run_with(Coin, monkeypatch, tmp_path, "--quick") == 0
    folder = tmp_path / "coin"
    assert {path.name for path in folder.iterdir()} == {"README.md", "coin.png", "data.json"}
    assert json.loads((folder / "data.json").read_text()) == {"heads": 3}
    page = (folder / "README.md").read_text()
    assert "Heads: 3." in page
    assert "python -m comparisons coin --quick" in page
    assert "tensorflow 2." in page
    assert "Heads: 3." in capsys.readouterr().out


@pytest.mark.parametrize(("study", "code"), [(Interrupted, 130), (BadFigure, 2)])
def test_a_study_that_breaks_off_leaves_the_old_results(study, code, monkeypatch, tmp_path):
    run_with(Coin, monkeypatch, tmp_path)
    assert run_with(study, monkeypatch, tmp_path) == code
    assert [path.name for path in tmp_path.iterdir()] == ["coin"]
    assert json.loads((tmp_path / "coin" / "data.json").read_text()) == {"heads": 5}


def test_results_are_replaced_as_a_whole(tmp_path):
    (tmp_path / "coin").mkdir()
    (tmp_path / "coin" / "stale.png").write_text("")
    write_report("coin", Coin, {"heads": 1}, "command", tmp_path)
    assert not (tmp_path / "coin" / "stale.png").exists()


def test_all_runs_every_study_but_the_long_ones(monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(command, "get_study", lambda name: Coin)
    monkeypatch.setattr(command, "run_study", lambda name, *rest: ran.append(name))
    assert command.main(["all", "--results", str(tmp_path)]) == 0
    assert ran == [name for name in STUDIES if name not in registry.LONG]
    assert set(registry.LONG) < set(STUDIES)
