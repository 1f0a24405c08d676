"""The study of the presets: it runs what its table says, and its claims can be refuted."""

from dataclasses import replace

import pytest

from comparisons import presets
from comparisons.presets import measure
from comparisons.presets.claims import MARK, mean_and_spread, not_better, values
from comparisons.presets.measure import PENDULUM, WITH_BATCH_NORM, preset_commands
from comparisons.presets.runs import TargetsByMovingMoments, training
from comparisons.registry import get_study
from comparisons.runs import config_of, random_returns
from ddpg_tf import PRESETS
from tests.comparisons.committed import assert_refuted, committed
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return presets.run(quick=True, track=lambda items, note: items)


def test_the_commands_are_those_of_the_presets():
    commands = preset_commands()
    assert list(commands) == list(PRESETS)
    for name, command in commands.items():
        expected = PRESETS[name].config.to_dict() | {"seed": 2}
        assert replace(config_of(command), seed=2).to_dict() == expected


def test_batch_norm_is_left_out_where_it_is():
    having = [name for name, preset in PRESETS.items() if preset.config.normalization == "batch"]
    assert list(WITH_BATCH_NORM) == having
    for name, command in preset_commands(having, " --normalization none").items():
        assert config_of(command) == replace(PRESETS[name].config, normalization="none")


def test_moving_moments_are_another_run(data):
    for name, member in data["moving_moments"].items():
        assert member["command"] == data["presets"][name]["command"]
        (run,), (usual,) = member["runs"], data["presets"][name]["runs"]
        assert run["return"] != usual["return"]
    again = training(member["command"], 0, member["episodes"], TargetsByMovingMoments)
    assert again["return"] == run["return"]


def test_the_two_that_must_reach_the_mark():
    td3, ddpg = (replace(config_of(PENDULUM[name]), seed=4) for name in ("td3", "fujimoto"))
    assert (td3.algorithm, ddpg.algorithm) == ("td3", "ddpg")
    assert {td3.env_id, ddpg.env_id} == {"Pendulum-v1"}
    published = PRESETS["fujimoto"].config
    for field in ("actor_learning_rate", "critic_learning_rate", "batch_size", "tau"):
        assert getattr(ddpg, field) == getattr(published, field)


def test_the_tables_command_gives_the_tables_numbers(data):
    member = data["presets"]["emami"]
    (run,) = member["runs"]
    again = training(member["command"], 0, member["episodes"])
    assert again["return"] == run["return"]
    assert again["eval_returns"] == run["eval_returns"]
    assert f"`{member['command']} --seed 0`" in get_study("presets").finding(data)


def test_random_actions_leave_the_pendulum_down(data):
    # hanging down at rest costs pi^2 a step: 200 steps cost 1974 at most about
    assert -1_974 < data["random_returns"]["Pendulum-v1"] < -800
    assert random_returns("Pendulum-v1", 2).mean() == data["random_returns"]["Pendulum-v1"]


def test_a_missing_environment_ends_the_study_before_any_training(monkeypatch):
    def missing(*arguments):
        raise ValueError("pip install gymnasium[box2d]")

    monkeypatch.setattr(measure, "random_returns", missing)
    monkeypatch.setattr(measure, "trained", lambda *arguments, **options: pytest.fail("trained"))
    with pytest.raises(ValueError, match="box2d"):
        presets.run(quick=False, track=lambda items, note: items)


def with_returns(*returns):
    return {"env_id": "Pendulum-v1", "runs": [{"return": value} for value in returns]}


def test_mean_and_spread_by_hand():
    # 10, 0 and 10 away from the mean of three: the sample's variance is 200 / 2
    assert mean_and_spread(with_returns(-150, -140, -160)) == "-150 ± 10"
    assert mean_and_spread(with_returns(-150)) == "-150"


def test_one_seed_no_better_than_random_actions_is_enough():
    members = {"good": with_returns(-10, -99), "bad": with_returns(-10, -100)}
    assert not_better({"presets": members, "random_returns": {"Pendulum-v1": -100}}) == ["bad"]


def test_the_values_by_hand():
    data = committed("presets")
    for member in data["pendulum"].values():
        for run in member["runs"]:
            run.update({"return": -150.0, "first_return": -160.0, "standard_deviation": 80.0})
    data["pendulum"]["td3"]["runs"][0].update({"return": -155.0, "first_return": -165.0})
    known = values(data)
    assert known["worst"] == {"td3": -155.0, "fujimoto": -150.0}
    assert known["best"] == {"td3": -150.0, "fujimoto": -150.0}
    assert known["standard_error"] == pytest.approx(80 / 20**0.5)
    assert (known["worst_first"], known["best_first"]) == (-165.0, -160.0)
    assert known["first_lower"] == pytest.approx(10)
    assert known["preset_count"] == known["better_count"] + len(known["not_better"]) == len(PRESETS)


def test_a_quick_run_fills_the_template(data):
    study = get_study("presets")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def set_returns(data, group, name, value, key="return"):
    for run in data[group][name]["runs"]:
        run[key] = value


REFUTED_BY = {
    "every seed of all presets": lambda data: set_returns(data, "presets", "yoon", -1_300),
    "leaving out batch norm": lambda data: set_returns(data, "without_batch_norm", "emami", -300),
    "moving moments": lambda data: set_returns(data, "moving_moments", "emami", -175),
    "reaches the mark": lambda data: data["pendulum"]["td3"]["runs"][3].update(
        {"return": MARK - 0.1}
    ),
    "the first episodes": lambda data: [
        set_returns(data, "pendulum", name, -100, "first_return") for name in PENDULUM
    ],
}


def test_each_claim_can_be_refuted():
    assert_refuted("presets", REFUTED_BY)


def test_figures_have_a_panel_and_a_curve_for_each(data):
    for example in (committed("presets"), data):
        for name, figure in presets.figures(example).items():
            panels = [axis for axis in figure.axes if axis.get_title()]
            assert [axis.get_title().split(":")[0] for axis in panels] == list(example[name])
            # random actions are a curve too
            assert all(
                len(axis.lines) > len(member["runs"])
                for axis, member in zip(panels, example[name].values(), strict=True)
            )
