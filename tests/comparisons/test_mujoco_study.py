"""The study on MuJoCo's tasks: it trains what its commands say, each run once; numbers by hand."""

import json

import numpy as np
import pytest

from comparisons.mujoco import measure
from comparisons.mujoco.claims import (
    CLAIMS,
    beside_the_aim,
    compared,
    ends_beside_random_actions,
    row,
    values,
)
from comparisons.mujoco.measure import ALGORITHMS, command, each_made_once, in_short, measured
from comparisons.runs import Trial, config_of
from comparisons.study import Study


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_settings_are_those_that_the_page_names(algorithm):
    config = config_of(command("Hopper-v5", algorithm, quick=False) + " --seed 3")
    assert (config.env_id, config.algorithm, config.seed) == ("Hopper-v5", algorithm, 3)
    assert (config.total_steps, config.warmup_steps, config.eval_every) == (300_000, 10_000, 10_000)
    assert (config.batch_size, config.hidden_sizes, config.optimizer) == (256, (256, 256), "adam")
    assert config.actor_learning_rate == config.critic_learning_rate == 1e-3
    assert (config.exploration, config.noise_sigma) == ("gaussian", 0.1)
    assert (config.update_every, config.updates_per_step) == (50, 1)


@pytest.fixture
def trials(tmp_path):
    return [
        Trial(f"ddpg-tf train --seed {seed}", tmp_path / "Env-v0" / f"ddpg-s{seed}", 2)
        for seed in range(3)
    ]


RESULT = {"steps": [1, 2], "eval_returns": [3.0, 4.0], "returns": [5.0, 7.0], "seconds": [1.0, 2.0]}


def made_with(monkeypatch, made):
    """Let a run be no training, but its command in the list `made`."""

    def complete(trial):
        made.append(trial.command)
        seed = int(trial.command.split()[3])
        return RESULT | {"returns": [float(seed)], "lengths": [1]}

    monkeypatch.setattr("comparisons.runs.complete", complete)
    monkeypatch.setattr(measure, "late_q_bias", lambda run_dir: 2.5)


def test_what_is_kept_is_not_made_again(monkeypatch, tmp_path, trials):
    made = []
    made_with(monkeypatch, made)
    first = list(each_made_once(trials[1:2], tmp_path / "finished", together=1))
    results = list(each_made_once(trials, tmp_path / "finished", together=1))
    assert results[1:2] == first
    assert [result["returns"] for result in results] == [[0.0], [1.0], [2.0]]
    # the second of the three was there
    assert made == [trials[1].command, trials[0].command, trials[2].command]


def test_another_command_is_made_again(monkeypatch, tmp_path, trials):
    made = []
    made_with(monkeypatch, made)
    list(each_made_once(trials, tmp_path / "finished", together=1))
    other = trials[0]._replace(command="ddpg-tf train --seed 0 --gamma 0.9")
    list(each_made_once([other, *trials[1:]], tmp_path / "finished", together=1))
    assert made[3:] == [other.command]


def test_an_interruption_keeps_what_is_finished(monkeypatch, tmp_path, trials):
    made = []
    made_with(monkeypatch, made)
    results = each_made_once(trials, tmp_path / "finished", together=1)
    next(results)
    next(results)
    results.close()
    list(each_made_once(trials, tmp_path / "finished", together=1))
    assert made == [trial.command for trial in trials]


def test_what_another_process_keeps_meanwhile_is_not_taken_for_another_run(
    monkeypatch, tmp_path, trials
):
    made_with(monkeypatch, [])
    results = each_made_once(trials, tmp_path / "finished", together=1)
    next(results)
    measure.keep(trials[1], tmp_path / "finished", RESULT)
    assert [result["returns"] for result in results] == [[1.0], [2.0]]


def test_the_kept_result_of_a_run_names_its_command():
    for file in measure.FINISHED.glob("*.json"):
        kept = json.loads(file.read_text())
        config = config_of(kept["command"])
        assert file.stem == f"{config.env_id}-{config.algorithm}-s{config.seed}"
        line = command(config.env_id, config.algorithm, quick=False)
        assert kept["command"] == f"{line} --seed {config.seed}"
        assert kept["result"]["steps"][-1] == config.total_steps
        assert len(kept["result"]["returns"]) == measure.EPISODES
        assert "q_bias" in kept["result"]


def test_q_bias_is_the_mean_of_the_last_evaluations(monkeypatch):
    rows = [{"q_bias": float(number)} for number in range(30)]
    monkeypatch.setattr(measure, "read_metrics", lambda run_dir: rows)
    # 20 to 29
    assert measure.late_q_bias("a run") == 24.5


def test_seconds_are_known_of_the_whole_run_or_not_at_all():
    assert in_short(RESULT)["seconds"] == 3
    assert in_short(RESULT | {"seconds": [None, 2.0]})["seconds"] is None


# ---- what is made of the data -------------------------------------------------------------------


def member_of(ends, q_bias=0.0):
    """Runs of two episodes each, which return a little less and a little more than the end."""
    runs = [
        {
            "seed": seed,
            "steps": [150_000, 300_000],
            "eval_returns": [0.0, end],
            "returns": [end - 1, end + 1],
            "seconds": 600.0,
            "q_bias": None if seed == 4 else q_bias + seed,
        }
        for seed, end in enumerate(ends)
    ]
    return {"command": "ddpg-tf train", "runs": runs}


def invented():
    """Data of which every claim is true, to be changed."""
    members = {"ddpg": member_of([8_000.0, 7_000.0, 9_000.0, 8_100.0, 8_200.0], q_bias=50.0)}
    members |= {"td3": member_of([5_000.0] * 5, q_bias=-50.0)}
    return {"members": {"HalfCheetah-v5": members}, "random_returns": {"HalfCheetah-v5": -280.0}}


def test_the_numbers_of_a_row_by_hand():
    data = invented()
    known = values(data)
    # without 7,000 and 9,000
    assert known["middle"]["HalfCheetah-v5"]["ddpg"] == pytest.approx(8_100)
    cells = row("HalfCheetah-v5", "ddpg", data["members"]["HalfCheetah-v5"]["ddpg"], -280.0)
    low, high = (float(end.replace(",", "")) for end in cells[3].split(" to "))
    assert 7_000 <= low < 8_100 < high <= 9_000
    # 300,000 steps in 600 s
    assert (cells[9], cells[10]) == ("10", "500")
    # 50, 51, 52 and 53: of the fifth it is not known
    assert cells[6] == "52"
    assert known["bias"]["HalfCheetah-v5"]["ddpg"] == 51.5
    # evaluations of 0 and of the end: without 3,500 and 4,500
    assert cells[5] == "4,050"
    assert known["swing"]["HalfCheetah-v5"] == {"ddpg": 8_100, "td3": 5_000}


def test_the_two_algorithms_are_compared_by_means_and_intervals():
    data = invented()
    assert "0 of 1" in compared(data)
    # td3's interval is its one return
    assert compared(data).endswith("on HalfCheetah-v5.")
    data["members"]["HalfCheetah-v5"]["td3"] = member_of([8_150.0] * 5)
    assert "1 of 1" in compared(data)
    assert "HalfCheetah" not in compared(data)


def test_a_run_that_ends_no_better_than_random_actions_is_named():
    data = invented()
    assert ends_beside_random_actions(data) == "10 of the 10 runs end above them."
    data["members"]["HalfCheetah-v5"]["td3"]["runs"][3].update(
        returns=[-300.0], eval_returns=[1_234.0, -300.0]
    )
    told = ends_beside_random_actions(data)
    assert told.startswith("9 of the 10 runs")
    assert all(part in told for part in ("td3, seed 3,", "-300", "1,234"))


def test_the_aim_is_reached_or_missed_by_so_much():
    assert beside_the_aim(7_900) == "reaches it"
    assert "10.0%" in beside_the_aim(7_110)


REFUTED_BY = {
    "the aim": lambda members: members.update(ddpg=member_of([7_899.0] * 5)),
    "above random": lambda members: members["td3"]["runs"][3].update(eval_returns=[-281.0]),
    "too high": lambda members: members.update(ddpg=member_of([8_000.0] * 5, q_bias=-9.0)),
    "too low": lambda members: members.update(td3=member_of([5_000.0] * 5, q_bias=9.0)),
}


def test_each_claim_can_be_refuted():
    study = Study(
        "mujoco", "a title", run=None, figures=None, values=values, claims=CLAIMS, template=""
    )
    assert study.false_claims(invented()) == []
    for claim, (part, change) in zip(CLAIMS, REFUTED_BY.items(), strict=True):
        assert part in claim.sentence
        data = invented()
        change(data["members"]["HalfCheetah-v5"])
        assert [line for line in study.false_claims(data) if line.startswith(claim.sentence)]


def test_a_quick_run_trains(tmp_path):
    pytest.importorskip("mujoco", reason="MuJoCo is not installed: .[mujoco]")
    data = measured(True, tmp_path / "runs", tmp_path / "finished", lambda items, note: items)
    assert set(data) == set(invented())
    for name, member in data["members"]["HalfCheetah-v5"].items():
        (run,) = member["runs"]
        assert set(run) == {"seed", "steps", "eval_returns", "returns", "seconds", "q_bias"}
        assert run["steps"][-1] == 300
        assert np.isfinite(run["returns"]).all()
        assert (tmp_path / "finished" / f"HalfCheetah-v5-{name}-s0.json").is_file()
