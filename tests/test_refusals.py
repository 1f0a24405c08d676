"""Mistakes at the library's doors: one line, that says what is wrong, before any work."""

import csv

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPGConfig, evaluate, make_agent, resume, train
from ddpg_tf.cli.main import main

SPACES = gym.spaces.Box(-1, 1, (3,)), gym.spaces.Box(-1, 1, (2,))
SMALL = DDPGConfig(
    total_steps=60, warmup_steps=50, eval_every=30, eval_episodes=1, hidden_sizes=(4,), batch_size=8
)


def one_line(error) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_what_is_no_config_is_refused():
    for call in (lambda: make_agent(*SPACES, {"seed": 1}), lambda: train("Pendulum-v1")):
        with pytest.raises(TypeError) as error:
            call()
        assert "DDPGConfig" in one_line(error)


def test_what_is_no_batch_is_refused():
    agent = make_agent(*SPACES, DDPGConfig(hidden_sizes=(4,), jit_compile=False))
    for batch in (None, (1, 2), [np.zeros(3)]):
        with pytest.raises(TypeError) as error:
            agent.update(batch)
        assert "batch" in one_line(error)


@pytest.mark.parametrize("limit", ["inf", "nan", "0", "-1"])
def test_a_memory_limit_that_is_none(limit, capsys):
    assert main(["diagnose", "file.py:function", "--memory-limit", limit]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and "--memory-limit" in printed


def test_evaluate_takes_an_id_a_spec_or_a_function():
    agent = make_agent(
        gym.spaces.Box(-8, 8, (3,)), gym.spaces.Box(-2, 2, (1,)), DDPGConfig(hidden_sizes=(4,))
    )
    by_id = evaluate(agent, "Pendulum-v1", episodes=1)
    assert evaluate(agent, gym.spec("Pendulum-v1"), episodes=1) == by_id
    assert evaluate(agent, lambda: gym.make("Pendulum-v1"), episodes=1) == by_id


def test_a_run_of_another_version_is_refused_before_anything_is_touched(tmp_path):
    run_dir = train(SMALL, tmp_path / "run").run_dir
    path = run_dir / "metrics.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    renamed = [
        {"noise_sigma" if k == "gaussian_noise_std" else k: v for k, v in row.items()}
        for row in rows[:1]
    ]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(renamed[0]))
        writer.writeheader()
        writer.writerows(renamed)
    before = path.read_bytes()
    with pytest.raises(ValueError) as error:
        resume(run_dir)
    assert "noise_sigma" in one_line(error)
    assert path.read_bytes() == before
