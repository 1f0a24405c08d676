"""The study of peers: its clocks on known times, what it keeps, its ratios and claims."""

import json
import math
import os
import tempfile
from importlib.util import find_spec
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

from comparisons import peers
from comparisons.peer_programs import keras_io
from comparisons.peer_programs.clock import EPISODES, Clock, Over
from comparisons.peer_programs.learner import PlainTD3, block_of, box, own_shapes
from comparisons.peer_programs.parts import PARTS, Parts
from comparisons.peer_programs.setting import NOISE, Setting
from comparisons.peers import measure
from comparisons.peers.goals import GOALS, Measured, faster_learner, measured_goals
from comparisons.peers.kept import Kept, code_of
from comparisons.peers.measure import (
    ALL_CORES,
    COLUMNS,
    CORES,
    ONE_BY_ONE_ONLY,
    PROGRAMS,
    WHOLE,
    answer_of,
    launched,
)
from comparisons.peers.tables import mark_cells
from comparisons.registry import gathered
from ddpg_tf import DDPG, DDPGConfig
from tests.sizes import IN_WHOLE_RUNS


class Time:
    """A clock that stands still but for what is spent."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


class Counter(gym.Env):
    """Episodes of two steps, each with reward `reward`; a step takes a second of `time`."""

    observation_space = gym.spaces.Box(-1, 1, (1,))
    action_space = gym.spaces.Box(-1, 1, (1,))

    def __init__(self, time, reward=-1.0):
        self.time, self.reward, self.count = time, reward, 0

    def reset(self, **_):
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.time.spend(1)
        self.count += 1
        return np.zeros(1, np.float32), self.reward, False, self.count % 2 == 0, {}


def played(clock, time, steps=1_000):
    """Step until it is over, with two seconds of something else before each step."""
    clock.reset()
    with pytest.raises(Over):
        for _ in range(steps):
            time.spend(2)
            if clock.step(np.zeros(1))[3]:
                clock.reset()


def test_a_part_does_not_count_what_it_calls():
    time = Time()
    parts = Parts(time)

    class Program:
        def sample(self):
            time.spend(3)

        def train(self):
            time.spend(1)
            self.sample()
            time.spend(4)

    class Heir(Program):
        pass

    parts.watch(Program, "sample", "sampling")
    parts.watch(Heir, "train", "learning")
    time.spend(10)
    Heir().train()
    # of a class that was not watched
    Program().train()
    assert parts.so_far() == {
        **dict.fromkeys(PARTS, 0.0),
        "learning": 5,
        "sampling": 6,
        "rest": 10 + 5,
    }


def test_a_part_ends_with_an_error_too():
    time = Time()
    parts = Parts(time)

    def fail():
        time.spend(2)
        raise ValueError

    with pytest.raises(ValueError):
        parts.timed("acting", fail)()
    time.spend(1)
    seconds = parts.so_far()
    assert (seconds["acting"], seconds["rest"]) == (2, 1)
    assert set(parts.ends) == {"acting"}


def test_the_clock_times_what_lies_between_two_steps():
    time = Time()
    parts = Parts(time)
    clock = Clock(Counter(time), Setting("", "ddpg", 1, 1, first=5, last=25), parts)
    played(clock, time)
    assert clock.steps == 25
    found = clock.seconds_a_step()
    assert found == {**dict.fromkeys(PARTS, 0.0), "environment": 1, "rest": 2}
    assert clock.returns == [-2.0] * 12


def test_a_training_is_over_when_its_last_episodes_reach_the_mark():
    time = Time()
    setting = Setting("", "ddpg", 1, 1, first=1, last=500, mark=-10.0)
    clock = Clock(Counter(time, reward=-20.0), setting, Parts(time))
    better = 13

    def step(action, inner=clock.inner_step):
        # episodes of -40, then of -2
        clock.unwrapped.reward = -20.0 if len(clock.returns) < better else -1.0
        return inner(action)

    clock.inner_step = step
    played(clock, time)
    # k good ones and 10 - k bad ones: (-2 k - 40 (10 - k)) / 10 >= -10 from k = 8 on
    assert len(clock.returns) == better + 8
    assert clock.reached_at is not None and clock.seconds_a_step() is None


def test_the_mark_takes_whole_ten_episodes_and_may_not_be_reached():
    time = Time()
    setting = Setting("", "ddpg", 1, 1, first=1, last=60, mark=-3.0)
    at_once = Clock(Counter(time), setting, Parts(time))
    played(at_once, time)
    assert len(at_once.returns) == EPISODES
    never = Clock(Counter(time, reward=-2.0), setting, Parts(time))
    played(never, time)
    assert never.steps == 60 and never.reached_at is None


def test_what_is_kept_is_not_measured_again(tmp_path):
    measured = []

    def measure():
        measured.append(1)
        return {"rounds": (1, 2), 3: len(measured)}

    kept = Kept(tmp_path / "folder")
    first = kept.get("name", {"steps": (1, 2)}, measure)
    assert first == {"rounds": [1, 2], "3": 1}
    assert Kept(tmp_path / "folder").get("name", {"steps": [1, 2]}, measure) == first
    assert kept.get("name", {"steps": [1, 3]}, measure)["3"] == 2
    assert kept.get("other", {"steps": [1, 3]}, measure)["3"] == 3
    kept.of = kept.of | {"code": "changed"}
    assert kept.get("other", {"steps": [1, 3]}, measure)["3"] == 4


def test_a_measurement_that_is_interrupted_leaves_the_old_one(tmp_path):
    kept = Kept(tmp_path)
    kept.get("name", {"steps": 1}, lambda: 5)

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.get("name", {"steps": 2}, interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["name.json"]
    assert json.loads((tmp_path / "name.json").read_text())["answer"] == 5
    assert kept.get("name", {"steps": 1}, interrupted) == 5


def test_the_digest_of_code_is_of_names_and_text(tmp_path):
    def digest():
        return code_of(tmp_path, ["a"])

    file = tmp_path / "a" / "b" / "c.py"
    file.parent.mkdir(parents=True)
    (tmp_path / "other.py").write_text("not asked for")
    seen = [digest()]
    for text in ("x = 1\n", "x = 2\n"):
        file.write_text(text)
        seen.append(digest())
    file.rename(file.with_name("d.py"))
    seen.append(digest())
    assert len(set(seen)) == 4 and digest() == seen[-1]


def test_keras_ios_way_is_the_same_update_as_ours(monkeypatch):
    # far larger than the usual one, so that targets that move otherwise are seen
    monkeypatch.setattr(keras_io.common, "TAU", 0.5)
    space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    memory = keras_io.Memory(3, 2, batch_size=16, seed=0)
    learner = keras_io.Learner(3, space, memory)
    config = DDPGConfig(batch_size=16, tau=0.5, jit_compile=False, noise_sigma=NOISE)
    agent = DDPG(gym.spaces.Box(-np.inf, np.inf, (3,), np.float32), space, config)
    for name in ("actor", "critic", "target_actor", "target_critic"):
        getattr(agent, name).set_weights(getattr(learner, name).get_weights())
    normal = np.random.default_rng(0).standard_normal
    batch = {
        "observations": normal((16, 3)),
        "actions": np.tanh(normal((16, 2))),
        "rewards": normal(16),
        "next_observations": normal((16, 3)),
        "terminated": np.arange(16) % 2,
    }
    for row in zip(*batch.values(), strict=True):
        memory.record(row)
    memory.generator = SimpleNamespace(choice=lambda count, size: np.arange(size))
    for _ in range(3):
        learner.learn()
        agent.update(batch)
    for name in ("actor", "critic", "target_actor", "target_critic"):
        pairs = getattr(learner, name).get_weights(), getattr(agent, name).get_weights()
        for theirs, ours in zip(*pairs, strict=True):
            np.testing.assert_allclose(theirs, ours, atol=2e-5)


def test_keras_ios_memory_overwrites_the_oldest(monkeypatch):
    monkeypatch.setattr(keras_io.common, "BUFFER", 3)
    memory = keras_io.Memory(1, 1, batch_size=64, seed=0)
    for number in range(5):
        memory.record(([number], [number], number, [number], False))
    observations, _, rewards, *_ = memory.sample()
    assert set(observations.numpy().ravel()) == set(rewards.numpy().ravel()) == {2, 3, 4}


@pytest.mark.parametrize("jit_compile", [False, True])
def test_what_goes_through_the_products_keeps_its_size(jit_compile):
    # the kernel is orthogonal: a product and its transpose bring back what went in
    normal = np.random.default_rng(0).standard_normal
    normal((256, 256))
    expected = normal((8, 256))
    np.testing.assert_allclose(own_shapes(8, jit_compile)(), expected, atol=2e-3)


def measured(seconds, ours):
    parts = {**dict.fromkeys(PARTS, 0.0), "learning": 0.8 * seconds, "acting": 0.2 * seconds}
    return {
        "seconds_a_step": parts,
        "first_update": 10.0 if ours else 5.0,
        "reached": None,
        "steps": 3_500,
        "peak_bytes": 900_000_000 if ours else 800_000_000,
    }


def ours(name):
    return name.startswith("ddpg-tf")


def invented(slower=10.0, rounds=3):
    """Data in which each program but ours is so many times slower, ever slower with the rounds."""
    columns = []
    for env_id, batch_size, block in COLUMNS:
        names = [name for name in PROGRAMS if block == 1 or name not in ONE_BY_ONE_ONLY]
        programs = {
            name: [
                measured(1e-3 * (k + 1) * (1 if ours(name) else slower + k), ours(name))
                for k in range(rounds)
            ]
            for name in names
        }
        column = {"env_id": env_id, "batch_size": batch_size, "block": block}
        columns.append(column | {"programs": programs})
    found = [{"reached": 20.0, "steps": 5_000}, {"reached": None, "steps": 15_000}]
    sizes = {"imports": 7e8, "networks": 8e8, "full_buffer": 9e8, "whole_run": 1e9}
    run = sizes | {"buffer": 1e8, "transitions": 1_000_000}
    two_cores = {"alone": 20.0, "learner": 40.0, "plain": 44.0, "large": 50.0, "own_shapes": 80.0}
    one_core = {"alone": 15.0, "learner": 30.0, "plain": 36.0, "large": 25.0, "own_shapes": 64.0}
    rates = {"all cores": two_cores, "one core": one_core}
    learners = [
        {
            "algorithm": algorithm,
            "env_id": env_id,
            "cores": cores,
            "flops": 2e7,
            "rounds": [dict(rates[cores]) for _ in range(rounds)],
        }
        for algorithm, env_id, cores in WHOLE.rates
    ]
    return {
        "rounds": rounds,
        "steps": [1_500, 3_500],
        "versions": {"jax": "1"},
        "columns": columns,
        "learning": dict.fromkeys(PROGRAMS, found),
        "learner": learners,
        "memory": {"ddpg": run, "td3": dict(run)},
    }


def test_ratios_are_formed_within_a_round():
    goals = measured_goals(invented(slower=3.0))
    assert len(goals) == 2 * len(GOALS)
    assert all((goal.median, goal.low, goal.high) == pytest.approx((4, 3, 5)) for goal in goals)
    assert [goal.is_reached for goal in goals] == [goal.asked <= 4 for goal in goals]


def test_a_goal_is_reached_missed_or_not_measured():
    assert not Measured("b", "P", 1.19, 1.0, 2.0, 1.2).is_reached
    assert Measured("a", "P", 1.2, 1.0, 9.0, 1.2).is_reached
    data = invented()
    data["columns"] = data["columns"][:1]
    known = [goal for goal in measured_goals(data) if goal.is_known]
    assert [(goal.env_id, "blocks" in goal.what) for goal in known] == 4 * [("Pendulum-v1", True)]


def test_a_goal_says_how_much_faster_the_learner_would_have_to_be():
    # 0.8 of a step in the learner
    own, peer = measured(1.0, True), measured(3.0, False)
    assert faster_learner([(own, peer)], asked=3.0) == pytest.approx(1)
    assert faster_learner([(own, peer)], asked=5.0) == pytest.approx(0.8 / (3 / 5 - 0.2))
    assert faster_learner([(own, peer)], asked=20.0) == math.inf
    goal = measured_goals(invented(slower=3.0))[0]
    assert goal.needed == pytest.approx(0.8 / (4 / 1.8 - 0.2))
    # the middle round's learner takes 1.6 ms; 2e7 operations at 80 a nanosecond take 0.25 ms
    assert goal.possible == pytest.approx(1.6 / 0.25)


def test_the_time_to_the_mark_is_that_of_the_seeds_that_reach_it():
    seeds = [
        {"reached": 10.0, "steps": 4_000},
        {"reached": None, "steps": 15_000},
        {"reached": 30.0, "steps": 6_000},
    ]
    assert mark_cells(seeds) == ["2 of 3", "20.0", "5,000"]
    assert mark_cells(seeds[1:2]) == ["0 of 1", "", ""]


def test_every_claim_is_true_of_a_fast_project_and_its_numbers_are_known():
    study, data = gathered("peers"), invented()
    assert study.false_claims(data) == []
    page = study.finding(data)
    assert page.count("| reached |") == 2 * len(GOALS)
    row = ["TD3, Pendulum-v1, B = 64", "one core", "15", "30", "36", "64", "25", "0.47", "1.20"]
    assert f"| {' | '.join(row)} |" in page


def hurry(data, words, parts=PARTS):
    """Let these parts take a hundredth of the time, in programs with these words in their names."""
    for column in data["columns"]:
        for name, rounds in column["programs"].items():
            for found in rounds if words in name else ():
                for part in parts:
                    found["seconds_a_step"][part] /= 100


def take(data, words, key, value):
    """Let programs with these words in their names have taken so much."""
    for column in data["columns"]:
        for name, rounds in column["programs"].items():
            for found in rounds if words in name else ():
                found[key] = value


def rates(data, cores, **changed):
    """Let the learner's study have found these rates."""
    for learner in data["learner"]:
        for found in learner["rounds"] if learner["cores"] == cores else ():
            found.update(changed)


REFUTED_BY = {
    "faster than Stable-Baselines3": [
        lambda data: hurry(data, "keras.io"),
        lambda data: hurry(data, "SB3 DDPG"),
    ],
    "faster than SBX": [lambda data: hurry(data, "SBX TD3")],
    "most of a step": [lambda data: hurry(data, "ddpg-tf", ("learning",))],
    "a second core": [lambda data: rates(data, "all cores", own_shapes=200.0)],
    "on one core already": [lambda data: rates(data, "one core", own_shapes=31.0)],
    "misses its goals": [lambda data: rates(data, "all cores", own_shapes=41.0)],
    "Adam and the targets": [lambda data: rates(data, "one core", plain=31.0)],
    "stays below": [
        lambda data: data["memory"]["td3"].update(whole_run=1.3e9),
        lambda data: data["memory"]["ddpg"].update(transitions=10_000),
    ],
    "most of that memory": [lambda data: data["memory"]["td3"].update(imports=4e8)],
    "the buffer is": [lambda data: data["memory"]["ddpg"].update(buffer=8e8)],
    "takes the most memory": [
        lambda data: take(data, "SBX DDPG", "peak_bytes", 1e9),
        lambda data: take(data, "SB3 TD3", "first_update", 11.0),
    ],
}


@pytest.mark.parametrize(("claim", "part"), [*zip(peers.CLAIMS, REFUTED_BY, strict=True)])
def test_each_claim_can_be_refuted(claim, part):
    assert part in claim.sentence
    for refute in REFUTED_BY[part]:
        data = invented()
        refute(data)
        false = gathered("peers").false_claims(data)
        assert any(line.startswith(claim.sentence) for line in false)


def test_plain_steps_move_the_weights_alone():
    config = DDPGConfig(algorithm="td3", batch_size=4, hidden_sizes=(8,))
    agent = PlainTD3(box(np.inf, 3), box(1.0, 1), config)
    before = [variable.numpy() for variable in agent.all_variables]
    block_of(agent)()
    changed = [
        not np.array_equal(old, variable.numpy())
        for old, variable in zip(before, agent.all_variables, strict=True)
    ]
    online = {id(v.value) for network in (agent.actor, *agent.critics) for v in network.variables}
    online.add(id(agent.updates))
    moved = {id(v) for v, new in zip(agent.all_variables, changed, strict=True) if new}
    # rounding hides so small a step in most weights, but not in those of the last layers
    assert len(moved) > 1 and moved <= online


def test_every_step_is_drawn_in_its_parts():
    figure = peers.figures(invented())["step"]
    assert len(figure.axes) == len(COLUMNS)
    for axis, (_, _, block) in zip(figure.axes, COLUMNS, strict=True):
        widths = sum(bar.get_width() for bar in axis.patches)
        names = [name for name in PROGRAMS if block == 1 or name not in ONE_BY_ONE_ONLY]
        # the middle round: 2 ms, or 11 times as much
        ours = sum(name.startswith("ddpg-tf") for name in names)
        assert widths == pytest.approx(2 * ours + 2 * 11 * (len(names) - ours))


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    pytest.importorskip("mujoco", reason="MuJoCo, of the extra `peers`, is not installed")
    return peers.run(quick=True, track=lambda items, note: items)


def test_a_quick_run_has_a_finding(data):
    study = gathered("peers")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)
    assert set(study.figures(data)) == {"ratios", "step", "start"}


def test_a_program_gets_the_threads_that_are_asked_for(monkeypatch, tmp_path):
    (tmp_path / "echo.py").write_text("import json, os\nprint(json.dumps(dict(os.environ)))\n")
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        monkeypatch.setenv(name, "7")
    assert answer_of("echo")["OMP_NUM_THREADS"] == str(os.cpu_count())
    assert answer_of("echo", threads=CORES["one core"])["TF_NUM_INTRAOP_THREADS"] == "1"


@pytest.mark.whole
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_part_of_every_program_is_seen(name, monkeypatch, tmp_path):
    module, algorithm = PROGRAMS[name]
    # looked for, not imported: JAX sets TensorFlow's log level for every program started after it
    if module in ("stable_baselines3", "sbx") and not find_spec(module):
        pytest.skip(f"{module}, of the extra `peers`, is not installed")
    # threads of PyTorch that wait for each other on busy cores take minutes
    monkeypatch.setitem(ALL_CORES, "OMP_NUM_THREADS", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    block = 1 if algorithm == "ddpg" else 10
    found = launched(name, Setting("Pendulum-v1", algorithm, 16, block, 40, 60, 100))
    assert found["steps"] == 100
    assert min(found["seconds_a_step"].values()) > 0
    assert found["first_update"] > 0 and found["peak_bytes"] > 1e8
    assert not [*tmp_path.iterdir()]
