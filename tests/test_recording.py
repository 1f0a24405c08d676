import json
import shutil

import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, evaluate, resume, train
from ddpg_tf.run_files import all_checkpoints
from ddpg_tf.storage import seal
from ddpg_tf.training.history import read_metrics
from tests.errors import refused

CONFIG = DDPGConfig(
    env_id="TwoEndings-v0",
    total_steps=30,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=5,
    eval_every=10,
    eval_episodes=2,
    jit_compile=False,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two results of the same config, in directories whose parents did not exist."""
    root = tmp_path_factory.mktemp("recording")
    return [train(CONFIG, run_dir=root / name / "run") for name in "ab"]


def test_metrics_csv_is_the_history(runs):
    rows = read_metrics(runs[0].run_dir)
    assert len(rows) == len(runs[0].history) == 3
    # repr: NaN is not equal to itself, its text is; and it shows that no digit was lost
    assert repr(rows) == repr(runs[0].history)


def test_two_runs_write_the_same_bytes(runs):
    first, second = (result.run_dir for result in runs)
    assert (first / "metrics.csv").read_bytes() == (second / "metrics.csv").read_bytes()
    assert (first / "config.json").read_bytes() == (second / "config.json").read_bytes()


def test_config_json_is_the_config(runs):
    values = json.loads((runs[0].run_dir / "config.json").read_text())
    assert DDPGConfig.from_dict(values) == CONFIG


def test_there_is_a_checkpoint_for_each_row_and_events(runs):
    run_dir = runs[0].run_dir
    names = sorted(path.name for path in (run_dir / "checkpoints").iterdir())
    assert names == ["step_000000010", "step_000000020", "step_000000030"]
    events = list(run_dir.glob("events.out.tfevents.*"))
    assert len(events) == 1 and events[0].stat().st_size > 0


def test_the_events_hold_the_rows(runs):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(runs[0].run_dir))
    events.Reload()
    points = events.Tensors("eval/return_mean")
    assert [point.step for point in points] == [10, 20, 30]
    values = [float(make_ndarray(point.tensor_proto)) for point in points]
    assert values == [row["eval_return_mean"] for row in runs[0].history]


def test_the_latest_checkpoint_is_the_final_agent(runs):
    again = DDPG.load(runs[0].run_dir)
    for name in ("actor", "critic", "target_actor", "target_critic"):
        pairs = zip(
            getattr(again, name).get_weights(),
            getattr(runs[0].agent, name).get_weights(),
            strict=True,
        )
        for a, b in pairs:
            np.testing.assert_array_equal(a, b)
    assert list(evaluate(again, CONFIG.env_id, 2)) == list(
        evaluate(runs[0].agent, CONFIG.env_id, 2)
    )


def contents(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_an_existing_run_is_refused_and_untouched(runs):
    before = contents(runs[0].run_dir)
    with refused(FileExistsError, runs[0].run_dir):
        train(CONFIG, run_dir=runs[0].run_dir)
    assert contents(runs[0].run_dir) == before


def test_an_empty_directory_may_be_used(tmp_path):
    config = DDPGConfig.from_dict(CONFIG.to_dict() | {"total_steps": 10})
    assert train(config, run_dir=str(tmp_path)).run_dir == tmp_path
    assert len(read_metrics(tmp_path)) == 1


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(NotADirectoryError):
        train(CONFIG, run_dir=tmp_path / "file" / "run")
    assert (tmp_path / "file").read_text() == "not a directory"


def test_a_run_that_stops_keeps_the_rows_it_had(tmp_path):
    def stop(moment):
        if moment.step == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, run_dir=tmp_path, callbacks=[stop])
    assert [row["step"] for row in read_metrics(tmp_path)] == [10, 20]
    assert DDPG.load(tmp_path).config == CONFIG


def test_a_row_that_was_being_written_is_left_out_and_a_damaged_file_named(tmp_path):
    path = tmp_path / "metrics.csv"
    header = "step,eval_return_mean,eval_return_std,episodes\n"
    path.write_text(header + "10,-1.5,0.5,2\n20,-1.")
    assert read_metrics(tmp_path) == [
        {"step": 10, "eval_return_mean": -1.5, "eval_return_std": 0.5, "episodes": 2}
    ]
    for text in ("x,y\n1,2\n", header + "10,-1.5,half,2\n", header + "1,2,3,4,5\n"):
        path.write_text(text)
        with refused(ValueError, path):
            read_metrics(tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    with refused(ValueError, path):
        read_metrics(tmp_path)


def test_no_metrics_there(tmp_path):
    with refused(FileNotFoundError, "metrics.csv", tmp_path):
        read_metrics(tmp_path)


def test_a_run_of_another_version_is_refused_before_anything_is_touched(runs, tmp_path):
    run_dir = shutil.copytree(runs[0].run_dir, tmp_path / "run")
    for checkpoint in all_checkpoints(run_dir):
        path = checkpoint / "history.csv"
        path.write_bytes(path.read_bytes().replace(b"gaussian_noise_std", b"noise_sigma", 1))
        seal(checkpoint)
    before = contents(run_dir)
    with refused(ValueError, "noise_sigma", "ddpg-tf evaluate"):
        resume(run_dir)
    assert contents(run_dir) == before
