"""The study of the presets: it runs what its table says, and its claims can be refuted."""

import copy
import functools
from dataclasses import replace

import numpy as np
import pytest

from comparisons import presets
from comparisons.presets import measure
from comparisons.presets.claims import (
    MARK,
    MARKS,
    clearly_above,
    learned,
    mean_and_spread,
    minutes,
    values,
)
from comparisons.presets.measure import (
    CAR,
    HOERETH,
    PENDULUM,
    WITH_BATCH_NORM,
    full_throttle,
    in_short,
    planned,
    planned_trials,
    preset_commands,
)
from comparisons.presets.moving_moments import TargetsByMovingMoments
from comparisons.registry import get_study
from comparisons.runs import Trial, complete, config_of
from ddpg_tf import PRESETS
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return presets.run(quick=True, track=lambda items, note: items)


def test_the_commands_are_those_of_the_presets():
    commands = preset_commands()
    assert list(commands) == list(PRESETS)
    for name, command in commands.items():
        expected = PRESETS[name].config.to_dict() | {"seed": 2}
        assert config_of(f"{command} --seed 2").to_dict() == expected


def test_batch_norm_is_left_out_where_it_is():
    having = [name for name, preset in PRESETS.items() if preset.config.normalization == "batch"]
    assert list(WITH_BATCH_NORM) == having
    for name, command in preset_commands(having, " --normalization none").items():
        assert config_of(command) == replace(PRESETS[name].config, normalization="none")


def test_hoereth_s_variants():
    script, twice = PRESETS["hoereth"].config, config_of(HOERETH["twice_the_l2"])
    assert twice == replace(script, critic_l2=2 * script.critic_l2)
    notebook = config_of(HOERETH["notebook"])
    assert (notebook.activation, notebook.batch_size, notebook.critic_l2) == ("selu", 100, 0)
    # its epsilon falls to a tenth
    assert notebook.noise_sigma == 0.4
    assert notebook.noise_sigma_final == pytest.approx(0.1 * notebook.noise_sigma)
    assert (notebook.hidden_sizes, notebook.total_steps) == ((100, 50), script.total_steps)


def test_the_two_that_must_reach_the_mark():
    td3, ddpg = (config_of(PENDULUM[name]) for name in ("td3", "fujimoto"))
    assert (td3.algorithm, ddpg.algorithm) == ("td3", "ddpg")
    assert {td3.env_id, ddpg.env_id} == {"Pendulum-v1"}
    published = PRESETS["fujimoto"].config
    for field in ("actor_learning_rate", "critic_learning_rate", "batch_size", "tau"):
        assert getattr(ddpg, field) == getattr(published, field)


def test_the_first_seed_of_everything_comes_first(tmp_path):
    groups = {
        "presets": {"yoon": planned("ddpg-tf train --preset yoon", False)},
        "moving_moments": {"emami": planned("ddpg-tf train --preset emami", False)},
    }
    trials = planned_trials(groups, tmp_path, quick=False)
    assert [seed for _, seed, _ in trials] == [0, 0, 1, 1, 2, 2, 3, 4]
    assert len({trial.run_dir for *_, trial in trials}) == len(trials)
    for member, seed, trial in trials:
        assert config_of(trial.command).seed == seed
        moving = member is groups["moving_moments"]["emami"]
        assert trial.agent_class is (TargetsByMovingMoments if moving else None)
        assert (trial.episodes, member["limit"]) == (200, 200)


def test_a_result_in_short_by_hand():
    result = {
        "steps": [10, 20],
        "eval_returns": [1.0, 2.0],
        "returns": [0.0] * 20 + [3.0] * 20,
        "lengths": [200] * 30 + [7] * 10,
        "seconds": [1.5, 2.5],
    }
    short = in_short(result, 200)
    assert (short["return"], short["first_return"], short["standard_deviation"]) == (1.5, 0, 1.5)
    assert (short["whole_episodes"], short["seconds"]) == (30, 4)
    assert in_short(result | {"seconds": [None, 2.5]}, 200)["seconds"] is None


def test_full_throttle_leaves_the_track():
    pytest.importorskip("Box2D", reason="Box2D is not installed: .[box2d]")
    assert full_throttle(1)[0] < MARKS["lau"] / 2


def test_moving_moments_are_another_run(data, tmp_path):
    for name, member in data["moving_moments"].items():
        assert member["command"] == data["presets"][name]["command"]
        (run,), (usual,) = member["runs"], data["presets"][name]["runs"]
        assert run["return"] != usual["return"]
    trial = Trial(f"{member['command']} --seed 0", tmp_path / "again", 2, TargetsByMovingMoments)
    assert np.mean(complete(trial)["returns"]) == run["return"]


def test_the_tables_command_gives_the_tables_numbers(data, tmp_path):
    member = data["presets"]["emami"]
    (run,) = member["runs"]
    again = complete(Trial(f"{member['command']} --seed 0", tmp_path / "again", 2))
    assert np.mean(again["returns"]) == run["return"]
    assert again["eval_returns"] == run["eval_returns"]
    assert f"`{member['command']} --seed 0`" in get_study("presets").finding(data)


def test_a_missing_environment_ends_the_study_before_any_training(monkeypatch):
    def missing(*arguments):
        raise ValueError("pip install gymnasium[box2d]")

    monkeypatch.setattr(measure, "random_returns", missing)
    monkeypatch.setattr(measure, "completed", lambda *arguments, **options: pytest.fail("trained"))
    with pytest.raises(ValueError, match="box2d"):
        presets.run(quick=False, track=lambda items, note: items)


# ---- what is made of the data -------------------------------------------------------------------


def member_of(command, returns, **changed):
    """A member of a group whose seeds end at `returns`."""
    run = {
        "steps": [100, 200],
        "eval_returns": [0.0, 1.0],
        "standard_deviation": 80.0,
        "whole_episodes": 20,
        "seconds": 60.0,
    } | changed
    runs = [
        run | {"seed": seed, "return": float(value), "first_return": value - 10.0}
        for seed, value in enumerate(returns)
    ]
    return planned(command, False) | {"runs": runs}


def invented():
    """Data of which every claim is true, to be changed."""
    return copy.deepcopy(true_of_all_claims())


@functools.cache
def true_of_all_claims():
    ends = dict.fromkeys(PRESETS, (-150, -151, -152, -153, -154))
    ends |= {"lau": (1_000, 1_001, 1_002, 1_003, 50), "hoereth": (200, 201, 202, 203, -100)}
    ends |= dict.fromkeys(("baselines", "fujimoto", "spinningup"), (1_000,) * 5)
    commands = preset_commands()
    others = preset_commands(WITH_BATCH_NORM)
    data = {
        "presets": {name: member_of(commands[name], ends[name]) for name in PRESETS},
        "hoereth": {name: member_of(HOERETH[name], (100,) * 3) for name in HOERETH},
        "without_batch_norm": {
            name: member_of(others[name], (-140, -150, -165)) for name in others
        },
        "moving_moments": {name: member_of(others[name], (-800, -900, -850)) for name in others},
        "pendulum": {name: member_of(PENDULUM[name], (-150,) * 5) for name in PENDULUM},
        "full_throttle": {"mean": 85.0, "standard_deviation": 1.0},
    }
    environments = {preset.config.env_id for preset in PRESETS.values()}
    random = {env_id: {"mean": -10.0, "standard_deviation": 5.0} for env_id in environments}
    random["Pendulum-v1"] = {"mean": -1_200.0, "standard_deviation": 300.0}
    return data | {"random_returns": random}


def test_mean_and_spread_by_hand():
    # 10, 0 and 10 away from the mean of three: the sample's variance is 200 / 2
    assert mean_and_spread(member_of(PENDULUM["td3"], (-150, -140, -160))) == "-150 ± 10"
    assert mean_and_spread(member_of(PENDULUM["td3"], (-150,))) == "-150"


def test_minutes_are_those_of_the_runs_whose_time_is_known():
    member = member_of(PENDULUM["td3"], (-150, -140, -160))
    member["runs"][1]["seconds"], member["runs"][2]["seconds"] = 180.0, None
    assert minutes(member) == "2.0"
    assert minutes(member_of(PENDULUM["td3"], (-150,), seconds=None)) == ""


@pytest.mark.parametrize(
    ("name", "returns", "learns"),
    [
        # four of five seeds at a mark
        ("lau", (1_000, 1_000, 1_000, 1_000, -5), True),
        ("lau", (5_000, 5_000, 5_000, 999, 999), False),
        # elsewhere every seed above -1,200 + 3 * 300
        ("yoon", (-299,) * 5, True),
        ("yoon", (-100, -100, -100, -100, -300), False),
    ],
)
def test_what_counts_as_learned(name, returns, learns):
    data = invented()
    data["presets"][name] = member_of(preset_commands()[name], returns)
    assert (name in learned(data)) is learns
    assert clearly_above(data["random_returns"]["Pendulum-v1"]) == -300


def test_the_values_by_hand():
    data = invented()
    data["pendulum"]["td3"]["runs"][0].update({"return": -155.0, "first_return": -165.0})
    known = values(data)
    assert known["worst"] == {"td3": -155.0, "fujimoto": -150.0}
    assert known["best"] == {"td3": -150.0, "fujimoto": -150.0}
    assert known["standard_error"] == pytest.approx(80 / 20**0.5)
    assert (known["worst_first"], known["best_first"]) == (-165.0, -160.0)
    assert known["first_lower"] == pytest.approx(10)
    assert known["learned_count"] == known["preset_count"] == len(PRESETS) == 11
    assert (known["at_mark"], known["at_least"]) == ({"lau": 4, "hoereth": 4}, 4)


def test_a_car_that_leaves_the_track_has_not_learned():
    data = invented()
    assert "lau" not in values(data)["not_learned"]
    data["presets"]["lau"]["runs"][0]["whole_episodes"] = 10
    known = values(data)
    assert (known["at_mark"]["lau"], known["not_learned"]) == (3, ["lau"])


def test_a_quick_run_fills_the_template(data):
    study = get_study("presets")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def set_in(data, group, name, value, key="return"):
    for run in data[group][name]["runs"]:
        run[key] = value


REFUTED_BY = {
    "all presets learn": lambda data: data["presets"]["yoon"]["runs"][4].update({"return": -301}),
    "neither random actions": lambda data: data["full_throttle"].update({"mean": 1_000}),
    "leaving out batch norm": lambda data: set_in(data, "without_batch_norm", "emami", -300),
    "moving moments": lambda data: set_in(data, "moving_moments", "emami", -152),
    "reaches the mark": lambda data: data["pendulum"]["td3"]["runs"][3].update(
        {"return": MARK - 0.1}
    ),
    "the first episodes": lambda data: [
        set_in(data, "pendulum", name, -100, "first_return") for name in PENDULUM
    ],
}


def test_each_claim_can_be_refuted():
    study = get_study("presets")
    assert study.false_claims(invented()) == []
    for claim, (part, change) in zip(study.claims, REFUTED_BY.items(), strict=True):
        assert part in claim.sentence
        data = invented()
        change(data)
        assert any(line.startswith(claim.sentence) for line in study.false_claims(data)), part


@pytest.mark.parametrize("mean", [{"full_throttle": 1_000}, {"random_returns": 1_000}])
def test_a_mark_that_needs_no_learning_is_none(mean):
    data = invented()
    ((key, value),) = mean.items()
    (data[key] if key == "full_throttle" else data[key][CAR])["mean"] = value
    assert any("lau's mark" in line for line in get_study("presets").false_claims(data))


def test_the_page_says_what_counts():
    page = get_study("presets").finding(invented())
    assert "11 of 11" in page and "8,577" in page
    for name in PRESETS:
        assert f"`ddpg-tf train --preset {name} --seed 0`" in page


def test_each_table_asks_for_its_own_return():
    known = values(invented())
    asked = {
        part: [row.split(" | ")[6] for row in known[part].splitlines()]
        for part in ("rows", "hoereth_rows", "pendulum_rows")
    }
    assert asked["hoereth_rows"] == ["200"] * 2
    assert asked["pendulum_rows"] == [str(MARK)] * 2
    assert dict(zip(PRESETS, asked["rows"], strict=True)) | {"lau": "1,000"} == {
        name: {"Pendulum-v1": "-300", "HalfCheetah-v5": "5"}.get(preset.config.env_id)
        or f"{MARKS[name]:,}"
        for name, preset in PRESETS.items()
    }
    # what the paper has is HalfCheetah's
    assert "8,577" in known["rows"] and "8,577" not in known["pendulum_rows"]


def test_figures_have_a_panel_and_a_curve_for_each():
    example = invented()
    for name, figure in presets.figures(example).items():
        panels = [axis for axis in figure.axes if axis.get_title()]
        assert [axis.get_title().split(":")[0] for axis in panels] == list(example[name])
        # random actions are a curve too
        assert all(
            len(axis.lines) > len(member["runs"])
            for axis, member in zip(panels, example[name].values(), strict=True)
        )
