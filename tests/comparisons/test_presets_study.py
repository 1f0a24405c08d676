"""The study of the presets: it runs what its table says, and its words follow from its data."""

import re
from copy import deepcopy
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from comparisons import presets
from comparisons.presets.runs import (
    PENDULUM,
    WITH_BATCH_NORM,
    TargetsByMovingMoments,
    config_of,
    preset_commands,
    random_return,
    training,
)
from comparisons.presets.text import MARK, mean_and_spread
from ddpg_tf import PRESETS


@pytest.fixture(scope="module")
def data():
    return presets.run(quick=True, track=lambda items, note: items)


def studied(returns, usual=-160.0, env_id="Pendulum-v1", deviation=80.0):
    """What `study` and `training` would give, with these returns at the end."""
    runs = [
        {
            "seed": seed,
            "steps": [1_000, 2_000],
            "eval_returns": [-900.0, value + 5],
            "return": value,
            "usual_return": usual,
            "episode_deviation": deviation,
            "seconds": 10.0 + seed,
        }
        for seed, value in enumerate(returns)
    ]
    return {
        "command": "ddpg-tf train --preset it",
        "env_id": env_id,
        "image_side": None,
        "total_steps": 12_000,
        "episodes": 200,
        "runs": runs,
    }


@pytest.fixture
def made_up():
    return {
        "presets": {"one": studied([-150, -140, -160]), "two": studied([900, 1_100, 1_000])},
        "without_batch_norm": {"one": studied([-120, -130, -110])},
        "moving_moments": {"one": studied([-900, -910, -890])},
        "pendulum": {"td3": studied([-150.25, -140]), "fujimoto": studied([-169.9, -141])},
        "random_returns": {"Pendulum-v1": -1_200.0},
    }


def test_the_commands_are_those_of_the_presets():
    commands = preset_commands()
    assert list(commands) == list(PRESETS)
    for name, command in commands.items():
        assert config_of(command, seed=2).to_dict() == PRESETS[name].config.to_dict() | {"seed": 2}


def test_batch_norm_is_left_out_where_it_is():
    having = [name for name, preset in PRESETS.items() if preset.config.normalization == "batch"]
    assert list(WITH_BATCH_NORM) == having
    for name, command in preset_commands(having, " --normalization none").items():
        assert config_of(command, seed=0) == replace(PRESETS[name].config, normalization="none")


def test_moving_moments_are_another_run(data):
    for name, studied in data["moving_moments"].items():
        assert studied["command"] == data["presets"][name]["command"]
        (run,), (usual,) = studied["runs"], data["presets"][name]["runs"]
        assert run["return"] != usual["return"]
        again = training(studied["command"], 0, studied["episodes"], TargetsByMovingMoments)
        assert again["return"] == run["return"]


def test_the_two_that_are_held_to_a_mark():
    td3, ddpg = (config_of(PENDULUM[name], seed=4) for name in ("td3", "fujimoto"))
    assert (td3.algorithm, ddpg.algorithm) == ("td3", "ddpg")
    assert {td3.env_id, ddpg.env_id} == {"Pendulum-v1"}
    published = PRESETS["fujimoto"].config
    for field in ("actor_learning_rate", "critic_learning_rate", "batch_size", "tau"):
        assert getattr(ddpg, field) == getattr(published, field)


def test_the_table_s_command_gives_the_table_s_numbers(data):
    member = data["presets"]["emami"]
    (run,) = member["runs"]
    again = training(member["command"], 0, member["episodes"])
    assert again["return"] == run["return"]
    assert again["eval_returns"] == run["eval_returns"]
    assert f"`{member['command']} --seed 0`" in presets.finding(data)


def test_random_actions_leave_the_pendulum_down(data):
    # hanging down at rest costs pi^2 a step: 200 steps cost 1974 at most about
    assert -1_974 < data["random_returns"]["Pendulum-v1"] < -800
    assert random_return("Pendulum-v1", None, 2) == data["random_returns"]["Pendulum-v1"]


def test_a_missing_environment_ends_the_study_before_any_training(monkeypatch):
    def missing(*arguments):
        raise ValueError("pip install gymnasium[box2d]")

    monkeypatch.setattr(presets, "random_return", missing)
    monkeypatch.setattr(presets, "trained", lambda *arguments, **options: pytest.fail("trained"))
    with pytest.raises(ValueError, match="box2d"):
        presets.run(quick=False, track=lambda items, note: items)


def test_mean_and_spread_by_hand():
    # deviations 10, 0, 10 of three: the sample's variance is 200 / 2
    assert mean_and_spread(studied([-150, -140, -160])) == "-150 ± 10"
    assert mean_and_spread(studied([-150])) == "-150"


def test_the_finding_says_what_the_data_say(made_up):
    text = presets.finding(made_up)
    assert "With every seed, 2 of 2 presets end above random actions." in text
    row = "| two | Pendulum-v1 | 12,000 | 200 | 1,000 ± 100 | 900 to 1,100 | -1,200 | 11 | "
    assert row + "`ddpg-tf train --preset it --seed 0` |" in text
    assert (
        "Without batch norm (`--normalization none`) one returns -120 ± 10 instead of -150" in text
    )
    assert "the batch's own, one returns -900 ± 10 instead of -150 ± 10: the moments" in text
    assert f"at least {MARK} is reached by 2 of 2 seeds of td3 (-150.2 to -140.0)" in text
    # 80 / sqrt(20) = 17.9; returns have a mean of -150.3, those of 20 episodes one of -160
    assert "standard error of 18" in text
    assert "are harder than the rest" in text and "9.7 less on average" in text
    assert "misses" not in text


def test_other_data_have_other_words(made_up):
    worse = deepcopy(made_up)
    worse["presets"]["one"] = studied([-150, -1_300, -160])
    worse["pendulum"]["fujimoto"] = studied([-170.1, -140], usual=-100.0)
    text = presets.finding(worse)
    assert "1 of 2 presets end above random actions; not so one." in text
    assert "1 of 2 seeds of fujimoto (-170.1 to -140.0)" in text
    assert (
        "Seed 0 of fujimoto misses it with -170.1; the best evaluation on its way had -165.1."
        in (text)
    )
    assert "are easier than the rest" in text
    worse["pendulum"]["fujimoto"]["episodes"] = 20
    assert "than the rest" not in presets.finding(worse)


def test_figures_have_a_panel_for_each_and_labelled_axes(made_up, data):
    for example in (made_up, data):
        figures = presets.figures(example)
        assert set(figures) == {"presets", "pendulum"}
        for name, figure in figures.items():
            assert isinstance(figure, Figure)
            assert figure.get_suptitle()
            panels = [axis for axis in figure.axes if axis.get_title()]
            assert [re.match(r"\w+", axis.get_title())[0] for axis in panels] == list(example[name])
            assert all(axis.get_xlabel() == "steps of Pendulum-v1" for axis in panels)
            assert panels[0].get_ylabel()
            seeds = len(next(iter(example[name].values()))["runs"])
            assert all(len(axis.lines) >= seeds + 1 for axis in panels)
