"""What a run may begin with: a trained agent, and transitions in its replay buffer."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import gymnasium as gym
import h5py
import numpy as np
import pytest

from ddpg_tf import DDPG, Batch, DDPGConfig, ReplayBuffer, make_agent, train
from ddpg_tf.cli.main import main
from ddpg_tf.run_files import all_checkpoints
from ddpg_tf.runs import resume
from ddpg_tf.storage import DamagedError, seal
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.start import begin_from
from ddpg_tf.training.transitions import begin_with, transitions_from
from tests.conftest import TwoEndings
from tests.errors import assert_exits, refused
from tests.test_resuming import assert_same_run, cut_off

CONFIG = DDPGConfig(
    env_id="TwoEndings-v0",
    total_steps=40,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=5,
    eval_every=20,
    eval_episodes=1,
    jit_compile=False,
)
MOMENTS = replace(CONFIG, normalize_observations=True, normalize_returns=True)
SPACES = TwoEndings.observation_space, TwoEndings.action_space
LOW, HIGH = [-1.0, 0.5], [3.0, 0.75]


def weights(agent):
    return [w for network in agent.networks.values() for w in network.get_weights()]


def assert_same_arrays(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run, and one with moments and two critics."""
    folder = tmp_path_factory.mktemp("trained")
    return train(CONFIG, folder / "plain"), train(MOMENTS, folder / "moments")


# ---- a trained agent --------------------------------------------------------------------------


def test_a_run_begins_with_the_networks_and_moments_of_another(trained):
    source = trained[1]
    agent = TrainingRun(replace(MOMENTS, seed=5), init_from=source.run_dir).agent
    assert agent.config.init_from == str(all_checkpoints(source.run_dir)[-1])
    assert_same_arrays(weights(agent), weights(source.agent))
    for moments in ("observation_moments", "return_moments"):
        own, theirs = getattr(agent, moments), getattr(source.agent, moments)
        assert float(own.count) == float(theirs.count) > 0
        np.testing.assert_array_equal(own.mean, theirs.mean)
    assert int(agent.updates) == 0
    assert int(agent.critic_optimizer.iterations) == 0


def test_the_optimisers_come_along_if_they_are_asked_for_without_their_rates(trained):
    source = trained[0]
    agent = make_agent(*SPACES, replace(CONFIG, actor_learning_rate=0.5))
    begin_from(agent, source.agent, optimizers=True)
    for name in ("actor_optimizer", "critic_optimizer"):
        own, theirs = (
            [v for v in getattr(each, name).variables if v.name != "learning_rate"]
            for each in (agent, source.agent)
        )
        assert len(own) > 4
        assert_same_arrays(map(np.asarray, own), map(np.asarray, theirs))
    assert int(agent.actor_optimizer.iterations) == 20
    assert float(agent.actor_optimizer.learning_rate) == 0.5


def test_config_json_says_where_it_came_from_and_the_sources_are_not_needed_again(
    trained, tmp_path
):
    source = shutil.copytree(trained[1].run_dir, tmp_path / "source")
    config = replace(MOMENTS, init_optimizers=True, seed=3, buffer_size=30)
    whole = train(config, tmp_path / "whole", init_from=source, replay=source).run_dir
    written = json.loads((whole / "config.json").read_text())
    assert written["init_from"] == str(source / "checkpoints" / "step_000000040")
    assert written["replay"] == str(source)
    shutil.rmtree(source)
    # cut off after its first evaluation, and before it
    for name, step in (("later", 20), ("at once", 0)):
        part = cut_off(whole, tmp_path / name, step)
        resume(part)
        assert_same_run(whole, part)


def test_init_from_is_an_option(trained, tmp_path, capsys):
    run_dir = tmp_path / "run"
    given = ["--init-from", str(trained[0].run_dir), "--run-dir", str(run_dir), *OPTIONS]
    assert main(["train", *given]) == 0
    assert capsys.readouterr().err == ""
    expected = train(replace(CONFIG, seed=7), init_from=trained[0].run_dir).agent
    assert_same_arrays(weights(DDPG.load(run_dir)), weights(expected))


OPTIONS = ["--env-id", "TwoEndings-v0", "--total-steps", "40", "--warmup-steps", "20"]
OPTIONS += ["--batch-size", "8", "--hidden-sizes", "4", "--update-every", "5", "--seed", "7"]
OPTIONS += ["--eval-every", "20", "--eval-episodes", "1", "--jit-compile", "False"]


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"hidden_sizes": (5,)}, ["actor", "2x4", "2x5"]),
        ({"activation": "selu"}, ["activation", "relu", "selu"]),
        ({"algorithm": "td3"}, ["algorithm", "ddpg", "td3"]),
        ({"normalize_observations": True}, ["normalize_observations", False, True]),
        ({"normalize_returns": True}, ["normalize_returns"]),
        ({"optimizer": "sgd", "init_optimizers": True}, ["optimizer", "adam", "sgd"]),
        ({"env_id": "Pendulum-v1"}, ["actor", "2x4", "3x4"]),
    ],
)
def test_an_agent_that_does_not_fit_is_refused(settings, names, trained):
    config = replace(CONFIG, **settings)
    spaces = SPACES
    if config.env_id == "Pendulum-v1":
        spaces = gym.spaces.Box(-8, 8, (3,)), gym.spaces.Box(-2, 2, (1,))
    with refused(ValueError, *names):
        begin_from(make_agent(*spaces, config), trained[0].agent, config.init_optimizers)


def test_an_agent_that_does_not_fit_is_refused_before_anything_is_written(trained, tmp_path):
    config = replace(CONFIG, hidden_sizes=(5,))
    with refused(ValueError, trained[0].run_dir, "2x4"):
        train(config, tmp_path / "run", init_from=trained[0].run_dir)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_with_init_from_is_refused_without_it(tmp_path, capsys):
    with refused(ValueError, "init_optimizers", "init_from"):
        train(replace(CONFIG, init_optimizers=True))
    with refused(ValueError, "init_optimizers", "learning_rate_schedule"):
        replace(CONFIG, init_optimizers=True, init_from="x", learning_rate_schedule="linear")
    nowhere = tmp_path / "nowhere"
    with refused(FileNotFoundError, nowhere):
        train(CONFIG, init_from=nowhere)
    assert_exits(main(["train", "--init-from", str(nowhere)]), capsys, nowhere)


def test_one_that_was_saved_before_networks_could_be_named_fits(trained, tmp_path):
    """An agent.json without what is newer; its critics see actions as today's do."""
    trained[0].agent.save(tmp_path / "old")
    path = tmp_path / "old" / "agent.json"
    description = json.loads(path.read_text())
    for field in ("actor", "critic", "n_step"):
        del description["config"][field]
    path.write_text(json.dumps(description))
    seal(tmp_path / "old")
    agent = make_agent(*SPACES, CONFIG)
    begin_from(agent, tmp_path / "old", optimizers=False)
    assert_same_arrays(weights(agent), weights(trained[0].agent))


def test_workers_are_not_given_an_agent_in_memory(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("ddpg_tf.runs.train_together", lambda *order: pytest.fail("started"))
    with refused(ValueError, "2 workers", "agent.save", "init_from"):
        train(replace(CONFIG, workers=2), tmp_path / "run", init_from=trained[0].agent)
    assert list(tmp_path.iterdir()) == []


def test_an_agent_in_memory_is_asked_for_again(trained):
    config = TrainingRun(CONFIG, init_from=trained[0].agent).config
    with refused(ValueError, "init_from"):
        TrainingRun(config)


# ---- transitions ------------------------------------------------------------------------------


def made(n, seed=0):
    generator = np.random.default_rng(seed)
    return Batch(
        observations=np.float32(generator.normal(size=(n, 2))),
        actions=np.float32(generator.uniform(LOW, HIGH, size=(n, 2))),
        rewards=np.float32(generator.normal(size=n)),
        next_observations=np.float32(generator.normal(size=(n, 2))),
        terminated=generator.random(n) < 0.3,
    )


@pytest.fixture(scope="module")
def stored(trained):
    """A function: what a new replay buffer holds that begins with a source."""

    def held(source, buffer_size=1_000):
        given = transitions_from(source, trained[0].agent)
        replay = ReplayBuffer(buffer_size, 2, 2)
        begin_with(replay, given, trained[0].agent)
        return replay.contents()

    return held


def npz(batch, path):
    np.savez(path, **batch.arrays())
    return path


def rows_of(batch, first, last):
    return batch.map(lambda rows: rows[first:last])


def in_buffer(batch):
    """In a full buffer that has gone round once."""
    buffer = ReplayBuffer(len(batch.rewards), 2, 2)
    buffer.extend(made(3, seed=9))
    buffer.extend(batch)
    assert buffer.position == 3
    return buffer


SOURCES = {
    "a batch": lambda batch, path: batch,
    "a mapping of lists": lambda batch, path: {k: v.tolist() for k, v in batch.arrays().items()},
    "a replay buffer": lambda batch, path: in_buffer(batch),
    "a file": lambda batch, path: npz(batch, path / "given.npz"),
    "two parts": lambda batch, path: [rows_of(batch, 0, 5), rows_of(batch, 5, 12)],
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_replay_buffer_is_filled_beforehand(source, stored, tmp_path):
    batch = made(12)
    given = SOURCES[source](batch, tmp_path)
    assert_same_arrays(stored(given), batch)


def test_the_last_ones_are_kept_where_there_are_too_many(stored, capsys):
    batch = made(30)
    kept = stored(in_buffer(batch), buffer_size=10)
    assert_same_arrays(kept, batch.map(lambda rows: rows[-10:]))
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "10" in said and "30" in said and "buffer_size" in said


def episodes(count):
    """Episodes as Minari has them, and the transitions in them."""
    generator, found, parts = np.random.default_rng(1), [], []
    for length in range(3, 3 + count):
        observations = np.float32(generator.normal(size=(length + 1, 2)))
        batch = made(length, seed=length)._replace(
            observations=observations[:-1], next_observations=observations[1:]
        )
        found.append(
            {
                "observations": observations,
                "actions": batch.actions,
                "rewards": batch.rewards,
                "terminations": batch.terminated,
                "truncations": ~batch.terminated,
            }
        )
        parts.append(batch)
    fields = zip(*[part.arrays().values() for part in parts], strict=True)
    return found, Batch(*map(np.concatenate, fields))


def test_episodes_of_minari_in_memory_and_in_its_file(stored, tmp_path):
    # eleven of them: episode_10 comes after episode_9, not after episode_1
    found, expected = episodes(11)
    assert_same_arrays(stored(found), expected)
    assert_same_arrays(stored([SimpleNamespace(**each) for each in found]), expected)
    path = tmp_path / "set" / "data" / "main_data.hdf5"
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:
        for index, each in enumerate(found):
            file.create_group(f"episode_{index}").create_group("infos")
            for name, array in each.items():
                file[f"episode_{index}"][name] = array
    for given in (path, tmp_path / "set"):
        assert_same_arrays(stored(given), expected)


def test_the_transitions_of_a_run_are_read_again(stored, tmp_path):
    whole = []
    config = replace(CONFIG, buffer_size=25, num_envs=2)
    run = train(config, tmp_path / "run", callbacks=[whole.append])
    kept = whole[-1].replay.contents()
    again = stored(run.run_dir)
    order = np.roll(np.arange(25), -whole[-1].replay.position)
    assert_same_arrays(again, kept.map(lambda rows: rows[order]))
    # and those of a run that began with these
    second = train(replace(CONFIG, seed=1), tmp_path / "second", replay=run.run_dir)
    assert len(stored(second.run_dir).rewards) == 25 + 40


def test_the_transitions_of_a_run_need_no_environment(tmp_path):
    def world():
        return TwoEndings()

    ran = train(CONFIG, tmp_path / "run", env=world)
    with TrainingRun(replace(CONFIG, seed=1), replay=ran.run_dir) as run:
        assert len(run.replay) == 40
    shutil.rmtree(ran.run_dir / "steps")
    with refused(DamagedError, "step_000000020.npz"):
        TrainingRun(CONFIG, replay=ran.run_dir)


def test_the_moments_are_those_of_what_is_stored_however_it_came():
    """In float64 and two parts at first; in float32 and one when it is read again."""
    precise = made(40)._replace(observations=np.random.default_rng(0).normal(size=(40, 2)))
    source, states = [rows_of(precise, 0, 17), rows_of(precise, 17, 40)], []
    for _ in range(2):
        agent, replay = make_agent(*SPACES, MOMENTS), ReplayBuffer(30, 2, 2)
        begin_with(replay, transitions_from(source, agent), agent)
        source = replay.contents()
        states.append(agent.observation_moments.state())
    assert states[0]["count"] == 30
    assert_same_arrays(*(state.values() for state in states))


def test_what_is_learned_from_comes_from_the_buffer_at_once():
    config = replace(CONFIG, warmup_steps=0, normalize_observations=True)
    seen = []
    result = train(config, replay=made(50), callbacks=[seen.append])
    # without it the first update would need eight stored steps
    assert seen[0].step == 5 and len(seen[0].metrics["q"]) == 5
    assert result.agent.observation_moments.count == 50 + 40


@pytest.mark.whole
def test_a_resumed_run_begins_with_the_same_arrays(tmp_path):
    whole = train(replace(CONFIG, buffer_size=30), tmp_path / "whole", replay=made(40)).run_dir
    part = cut_off(whole, tmp_path / "part", 20)
    resume(part)
    assert_same_run(whole, part)


def with_nan(batch):
    rewards = batch.rewards.copy()
    rewards[4] = np.nan
    return batch._replace(rewards=rewards)


WRONG = {
    "a field is missing": (lambda b: {"observations": b.observations}, ["actions", "rewards"]),
    "other observations": (
        lambda b: b._replace(observations=np.zeros((12, 3))),
        ["observations", (12, 2), (12, 3)],
    ),
    "other lengths": (lambda b: b._replace(actions=b.actions[:5]), ["actions", (12, 2), (5, 2)]),
    "not a number": (with_nan, ["rewards", "row 4", "nan"]),
    "infinite once it is stored": (
        lambda b: b._replace(observations=np.where(b.actions > 9, 0.0, 1e300)),
        ["observations", "float32", "row 0", "1e+300"],
    ),
    "one reward for all": (lambda b: b._replace(rewards=1.0), ["rewards", "(n,)"]),
    "one reward of an episode": (
        lambda b: {"observations": b.observations, "rewards": 1.0, "actions": b.actions},
        ["next_observations"],
    ),
    "one observation": (
        lambda b: {**b._asdict(), "observations": 5.0},
        ["observations", (12, 2), ()],
    ),
    "ragged observations": (
        lambda b: b._replace(observations=[[1.0, 2.0]] * 11 + [[1.0]]),
        ["observations", "shapes"],
    ),
    "ragged rewards": (
        lambda b: b._replace(rewards=[1.0] * 11 + [[1.0, 2.0]]),
        ["rewards", "shapes"],
    ),
    "discounts of other steps": (
        lambda b: b._replace(discounts=np.full(12, 0.5)),
        ["discounts", "n_step"],
    ),
    "discounts as an attribute": (
        lambda b: SimpleNamespace(**b._asdict() | {"discounts": np.full(12, 0.5)}),
        ["discounts", "n_step"],
    ),
    "a ragged episode": (
        lambda b: {"observations": [[1.0, 2.0]] * 12 + [[1.0]], "rewards": b.rewards},
        ["observations", "shapes"],
    ),
    "text": (lambda b: b._replace(rewards=["one"] * 12), ["rewards", "numbers"]),
    "endings that are none": (
        lambda b: b._replace(terminated=np.full(12, 0.5)),
        ["terminated"],
    ),
    "actions out of bounds": (
        lambda b: b._replace(actions=b.actions + 5),
        ["actions", "bounds", "row 0"],
    ),
    "nothing": (lambda b: b.map(lambda rows: rows[:0]), ["rewards"]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_transitions_that_do_not_fit_are_refused(wrong, trained):
    change, names = WRONG[wrong]
    with refused(ValueError, "replay", *names):
        transitions_from(change(made(12)), trained[0].agent)


def test_images_that_would_not_survive_as_bytes_are_refused():
    config = replace(CONFIG, actor="conv", critic="conv")
    agent = SimpleNamespace(
        config=config,
        observation_shape=(2, 2, 1),
        observation_dtype=np.uint8,
        action_low=np.float32([-1]),
        action_high=np.float32([1]),
    )
    images = np.random.default_rng(0).integers(256, size=(3, 2, 2, 1))
    zeros = np.zeros(3)
    fields = Batch(images, zeros, zeros, images, zeros)
    assert_same_arrays(transitions_from(fields, agent)[0].observations, images)
    for wrong in (images / 255, images - 1.0 - images.min(), images + 256):
        with refused(ValueError, "replay", "next_observations", 255):
            transitions_from(fields._replace(next_observations=wrong), agent)


def test_wrong_transitions_are_refused_before_anything_is_written(tmp_path):
    with refused(ValueError, "replay", "row 4"):
        train(CONFIG, tmp_path / "run", replay=with_nan(made(12)))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_source_is_refused(tmp_path, trained, capsys):
    for source in (5, [], object(), np.zeros((9, 2))):
        with refused(TypeError, "replay"):
            transitions_from(source, trained[0].agent)
    nowhere = tmp_path / "nowhere.npz"
    with refused(FileNotFoundError, nowhere):
        transitions_from(nowhere, trained[0].agent)
    np.save(tmp_path / "array.npy", np.zeros(9))
    with refused(ValueError, "replay", "array.npy", ".npz", "main_data.hdf5"):
        transitions_from(tmp_path / "array.npy", trained[0].agent)
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["observations"] = np.zeros((9, 2))
    with refused(ValueError, "replay", "other.hdf5", "Minari", "episode_0"):
        transitions_from(tmp_path / "other.hdf5", trained[0].agent)
    (tmp_path / "broken.npz").write_bytes(b"PK")
    assert_exits(main(["train", "--replay", str(tmp_path / "broken.npz")]), capsys, "broken.npz")
    with refused(ValueError, "replay", "workers"):
        replace(CONFIG, replay="x.npz", workers=2)
    config = TrainingRun(CONFIG, replay=made(9)).config
    with refused(ValueError, "replay"):
        TrainingRun(config)
