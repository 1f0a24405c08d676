"""Every way to call this library wrongly, in one table: what is said, and that nothing was done.

A row is a call, what the error must name (a field, an argument, an option or a file), and what its
remedy must contain, an API name or a number rather than wording. Each is one line, raised or on
stderr with exit code 2, and leaves the folder as it was. Where the fault is in code of the user's
own its traceback is shown too: see test_own_networks.py and test_faults.py.
"""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box, Dict, Discrete, Graph, MultiDiscrete, Tuple

from comparisons.__main__ import main as comparisons
from comparisons.registry import STUDIES
from ddpg_tf import (
    DDPG,
    PRESETS,
    TD3,
    Batch,
    DDPGConfig,
    ReplayBuffer,
    TrainingRun,
    evaluate,
    make_agent,
    resume,
    saved_policy,
    train,
)
from ddpg_tf.cli.main import main as ddpg_tf
from ddpg_tf.diagnosis import diagnose, diagnose_file
from ddpg_tf.presets import get_preset
from ddpg_tf.strategies import STRATEGIES, get_strategy
from ddpg_tf.strategies.transforms import clip_by_norm, clip_by_value, inverting_gradients
from tests.errors import assert_one_line_that_names, refused


def homework(arguments):
    """The homework's command line; skips the test where its tools are not installed."""
    pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")
    from tutorials.homework.__main__ import main

    return main(arguments)


PROGRAMS = {"ddpg-tf": ddpg_tf, "comparisons": comparisons, "homework": homework}

OBSERVATIONS, ACTIONS = Box(-1, 1, (3,)), Box(-2, 2, (1,))
CONFIG = DDPGConfig(
    hidden_sizes=(4,),
    jit_compile=False,
    batch_size=8,
    total_steps=60,
    warmup_steps=50,
    eval_every=30,
    eval_episodes=1,
)

MODULE = """
import gymnasium as gym, numpy as np
from gymnasium.spaces import Box, Graph, Discrete, Tuple

number = 3
BOX = Box(-1, 1, (1,))

def nothing(*spaces):
    return None

def world(observations, actions):
    class World(gym.Env):
        observation_space, action_space = observations, actions
    return World

NoSpaces = world(None, BOX)
Graphs = world(Graph(Discrete(2), None), BOX)
Empty = world(Box(0, 1, (0,)), BOX)
Image = world(Box(0, 255, (8, 8, 3), np.uint8), BOX)
Unbounded = world(BOX, Box(-np.inf, 1, (1,)))
Whole = world(BOX, Box(-3, 3, (1,), int))
Several = world(BOX, Tuple([BOX]))
"""


@dataclass
class World:
    """What the rows of functions use."""

    agent: DDPG
    actor: keras.Model
    critic: keras.Model


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a run and files of every wrong kind; the folder of every test here."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        (folder / "my_world.py").write_text(MODULE)
        for name in ("empty", "folder.py", "folder.npz"):
            (folder / name).mkdir()
        for name in ("file.txt", "file.py", "file.npz", "file.ipynb"):
            (folder / name).write_text("hello")
        np.savez(folder / "other.npz", a=1)
        np.savez(folder / "nan.npz", **batch(rewards=np.full(8, np.nan)))
        (folder / "twice.txt").write_text("ada\nbob\nada\n")
        (folder / "path.txt").write_text("../ada\n")
        (folder / "bytes.txt").write_bytes(b"Ren\xe9\n")
        (folder / "built" / "td3").mkdir(parents=True)
        (folder / "built" / "td3" / "autograder.zip").touch()
        (folder / "in").mkdir()
        (folder / "in" / "ada.ipynb").touch()
        agent = train(CONFIG, "run").agent
        yield World(agent, actor(), critic())


def batch(rows=8, **changes):
    """A batch that the agent can learn from, but for the changes; None leaves a field out."""
    generator = np.random.default_rng(0)
    fields = {
        "observations": generator.normal(size=(rows, 3)),
        "actions": generator.uniform(-1, 1, size=(rows, 1)),
        "rewards": generator.normal(size=rows),
        "next_observations": generator.normal(size=(rows, 3)),
        "terminated": np.zeros(rows),
    }
    return {name: field for name, field in (fields | changes).items() if field is not None}


def actor(inputs=3, units=1):
    return keras.Sequential([keras.Input([inputs]), keras.layers.Dense(units, "tanh")])


def critic(units=1):
    states, actions = keras.Input([3]), keras.Input([1])
    joined = keras.layers.Concatenate()([states, actions])
    return keras.Model([states, actions], keras.layers.Dense(units)(joined))


def changed(network, **attributes):
    for name, value in attributes.items():
        setattr(network, name, value)
    return network


def nan_actor():
    network = actor()
    network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])
    return network


def buffer(rows=0):
    replay = ReplayBuffer(10, 3, 1)
    if rows:
        replay.extend(Batch(**batch(rows)))
    return replay


def used_optimizer():
    optimizer = keras.optimizers.Adam()
    optimizer.build(actor(units=2).trainable_variables)
    return optimizer


def begun():
    run = TrainingRun(CONFIG)
    next(iter(run))
    return run


def files():
    return sorted(map(str, Path().rglob("*")))


# ---- the command lines -------------------------------------------------------------------------

SMALL = "--run-dir new --total-steps 60 --warmup-steps 50 --batch-size 8 --hidden-sizes 4 "
SMALL += "--eval-every 30 --eval-episodes 1 --jit-compile False"

COMMANDS = [
    # (command, what it names, what the remedy contains)
    ("ddpg-tf bogus", "bogus", "compare, train, evaluate, plot, export, explore, diagnose"),
    ("ddpg-tf --seed 1", "--seed", "train"),
    ("ddpg-tf train extra", "extra", "ddpg-tf train --help"),
    ("ddpg-tf train --sede 3", "--sede", "--seed"),
    ("ddpg-tf train --learning-rate 1", "--learning-rate", "--actor-learning-rate"),
    ("ddpg-tf plot a --uot b.png", "--uot", "--out"),
    ("ddpg-tf compare --strategy mean_q", "--strategy", "ddpg-tf train has"),
    ("ddpg-tf train --seed", "--seed", "an integer of at least 0"),
    ("ddpg-tf train --seed 1.5", "--seed", "an integer of at least 0"),
    ("ddpg-tf train --seed -1", "seed", "of at least 0"),
    ("ddpg-tf train --total-steps many", "--total-steps", "an integer of at least 1"),
    ("ddpg-tf train --gamma 1.5", "gamma", "at most 1"),
    ("ddpg-tf train --gamma nan", "gamma", "finite"),
    ("ddpg-tf train --batch-size -1", "batch_size", "at least 1"),
    ("ddpg-tf train --hidden-sizes 64,64", "--hidden-sizes", "spaces"),
    ("ddpg-tf train --hidden-sizes", "hidden_sizes", "at least one"),
    ("ddpg-tf train --stop-at-return x", "--stop-at-return", "a finite number"),
    ("ddpg-tf train --jit-compile yes", "--jit-compile", "True"),
    ("ddpg-tf train --strategy bogus", "--strategy", "output_gradients"),
    ("ddpg-tf train --algorithm ppo", "--algorithm", "td3"),
    ("ddpg-tf train --exploration gausian", "--exploration", "parameter"),
    ("ddpg-tf train --optimizer bogus", "optimizer", "adam"),
    ("ddpg-tf train --optimizer LossScaleOptimizer", "LossScaleOptimizer", "use a Keras name"),
    ("ddpg-tf train --optimizer sgd --adam-epsilon 1e-8", "adam_epsilon", "optimizer adam"),
    ("ddpg-tf train --delta-clip 0", "delta_clip", "above 0"),
    ("ddpg-tf train --pop-art True", "pop_art", "normalize_returns"),
    ("ddpg-tf train --num-envs 100000000", "num_envs", "lower num_envs"),
    (f"ddpg-tf train {SMALL} --noise-sigma 0.1 0.2", "noise_sigma", "one for each"),
    ("ddpg-tf train --batch-size 5000", "batch_size 5000", "warmup_steps"),
    ("ddpg-tf train --strategy jacobian --hidden-sizes 2000 2000", "Jacobian", "small networks"),
    (f"ddpg-tf train --total-steps 1{'0' * 14} --buffer-size 1{'0' * 14}", "GB", "buffer_size"),
    ("ddpg-tf train --preset bogus", "bogus", "lillicrap"),
    ("ddpg-tf train --preset", "preset", "lillicrap"),
    ("ddpg-tf train --preset lau --preset=emami", "--preset", "one preset"),
    ("ddpg-tf train --seeds 3-1", "--seeds", "0-4"),
    ("ddpg-tf train --seeds 0,0", "--seeds", "once"),
    ("ddpg-tf train --seeds 0-99999999999", "--seeds", "10,000"),
    ("ddpg-tf train --seeds 0-2 --seed 1", "--seed 1", "leave out one"),
    ("ddpg-tf train --run-dir ''", "--run-dir", "leave it out"),
    (f"ddpg-tf train {SMALL} --run-dir run", "'run'", "--resume"),
    (f"ddpg-tf train {SMALL} --run-dir file.txt", "file.txt", "directory"),
    ("ddpg-tf train --resume", "--resume", "directory of a run"),
    ("ddpg-tf train --resume nowhere", "'nowhere'", "directory of a run"),
    ("ddpg-tf train --resume=now=here", "'now=here'", "directory of a run"),
    ("ddpg-tf train --resume run --tau 0.005", "--resume", "--total-steps"),
    ("ddpg-tf train --resume run --total-steps 10", "total_steps 10", "60"),
    ("ddpg-tf train --init-from nowhere", "'nowhere'", "directory of a run"),
    (f"ddpg-tf train {SMALL} --init-from run --hidden-sizes 5", "3x4", "same sizes"),
    (f"ddpg-tf train {SMALL} --init-from run --algorithm td3", "algorithm", "same in both"),
    (f"ddpg-tf train {SMALL} --init-optimizers True", "init_optimizers", "init_from"),
    (f"ddpg-tf train {SMALL} --replay nowhere", "'nowhere'", ".npz"),
    (f"ddpg-tf train {SMALL} --replay folder.npz", "folder.npz", "main_data.hdf5"),
    (f"ddpg-tf train {SMALL} --replay file.txt", "file.txt", "np.savez"),
    (f"ddpg-tf train {SMALL} --replay file.npz", "file.npz", "damaged"),
    (f"ddpg-tf train {SMALL} --replay other.npz", "replay", "observations"),
    (f"ddpg-tf train {SMALL} --replay nan.npz", "rewards", "finite"),
    ("ddpg-tf train --env-id Bogus-v0", "Bogus", "module:name"),
    ("ddpg-tf train --env-id :", "':'", "module:name"),
    ("ddpg-tf train --env-id 'Pend ulum'", "Pend ulum", "Pendulum-v1"),
    ("ddpg-tf train --env-id Pendulum-v0", "Pendulum-v0", "Pendulum-v1"),
    ("ddpg-tf train --env-id no_such:World", "no_such", "PYTHONPATH"),
    ("ddpg-tf train --env-id my_world:Grphs", "Grphs", "my_world:Graphs"),
    ("ddpg-tf train --env-id my_world:nothing", "my_world:nothing", "gymnasium.Env"),
    ("ddpg-tf train --env-id my_world:NoSpaces", "observation_space", "gymnasium.spaces"),
    ("ddpg-tf train --env-id my_world:Graphs", "Graph", "ObservationWrapper"),
    ("ddpg-tf train --env-id my_world:Empty", "observations", "at least one component"),
    ("ddpg-tf train --env-id my_world:Image", "(8, 8, 3)", "--actor"),
    ("ddpg-tf train --env-id my_world:Unbounded", "bounds", "BoundedActions"),
    ("ddpg-tf train --env-id my_world:Whole", "int64", "np.float32"),
    ("ddpg-tf train --env-id my_world:Several", "actions", "Box of shape (n,)"),
    ("ddpg-tf train --env-id CartPole-v1", "actions", "continuous"),
    ("ddpg-tf train --env-id FrozenLake-v1", "actions", "continuous"),
    ("ddpg-tf train --env-kwargs g", "--env-kwargs", "g=9.81"),
    ("ddpg-tf train --env-kwargs nosuch=3", "nosuch", "env_kwargs"),
    ("ddpg-tf train --workers 2 --env-id my_world:Grphs", "Grphs", "my_world:Graphs"),
    ("ddpg-tf train --wrappers Nope", "'Nope'", "my_module:Wrapper"),
    ("ddpg-tf train --wrappers RescaleActions", "'RescaleActions'", "RescaleAction"),
    ("ddpg-tf train --wrappers RescaleAction", "wrappers", "min_action"),
    ("ddpg-tf train --wrappers 'TimeLimit('", "'TimeLimit('", "RescaleAction(-1.0, 1.0)"),
    ("ddpg-tf train --wrappers \"TimeLimit(__import__('os'))\"", "__import__", "plain values"),
    ("ddpg-tf train --wrappers 'TimeLimit(3) + 1'", "TimeLimit(3) + 1", "plain values"),
    ("ddpg-tf train --wrappers no_such:Wrapper", "no_such", "PYTHONPATH"),
    ("ddpg-tf train --wrappers my_world:number", "my_world:number", "wrapper"),
    ("ddpg-tf train --actor my_world", "my_world", "module:name"),
    ("ddpg-tf train --actor no_such:f", "no_such", "PYTHONPATH"),
    ("ddpg-tf train --actor my_world:nope", "nope", "my_world"),
    ("ddpg-tf train --critic my_world:nothing", "critic", "keras.Model"),
    ("ddpg-tf train --critic my_world:number", "critic", "module:function"),
    ("ddpg-tf evaluate", "evaluate", "Directory of a run"),
    ("ddpg-tf evaluate nowhere", "'nowhere'", "directory of a run"),
    ("ddpg-tf evaluate file.txt", "'file.txt'", "directory of a run"),
    ("ddpg-tf evaluate empty --best", "'empty'", "directory of a run"),
    ("ddpg-tf evaluate run --episodes 0", "episodes", "at least 1"),
    ("ddpg-tf evaluate run --seed -1", "seed", "at least 0"),
    ("ddpg-tf evaluate run --env-id CartPole-v1", "CartPole-v1", "spaces"),
    ("ddpg-tf plot", "no run", "directory of a run"),
    ("ddpg-tf plot nowhere", "'nowhere'", "directory of a run"),
    ("ddpg-tf plot run ./run", "'run'", "once"),
    ("ddpg-tf plot run --out figures", "--out", ".png"),
    ("ddpg-tf plot run --out file.txt/x.png", "file.txt", "directory"),
    ("ddpg-tf export nowhere", "'nowhere'", "directory of a run"),
    ("ddpg-tf export run --out run", "'run'", "new directory"),
    ("ddpg-tf export run --out file.txt", "file.txt", "directory"),
    ("ddpg-tf compare --steps 10", "10 steps", "1000"),
    ("ddpg-tf compare --steps x", "--steps", "an integer"),
    ("ddpg-tf compare --batch-sizes", "batch size", "at least one"),
    ("ddpg-tf compare --batch-sizes 64 64", "(64, 64)", "once"),
    ("ddpg-tf compare --batch-sizes 64 9000", "9000", "warmup_steps"),
    ("ddpg-tf compare --out file.txt/x", "file.txt", "directory"),
    ("ddpg-tf diagnose file.py", "file.py", "FILE.py:FUNCTION"),
    ("ddpg-tf diagnose file.txt:f", "file.txt", ".ipynb"),
    ("ddpg-tf diagnose nowhere.py:f", "nowhere.py", ".py"),
    ("ddpg-tf diagnose folder.py:f", "folder.py", ".py"),
    ("ddpg-tf diagnose file.py:f --time-limit 0", "--time-limit", "above 0"),
    ("ddpg-tf diagnose file.py:f --memory-limit inf", "--memory-limit", "finite"),
    ("comparisons bogus", "bogus", ", ".join(STUDIES)),
    ("comparisons cost extra", "extra", "--help"),
    ("comparisons cost --quick --render", "--render", "--quick"),
    ("comparisons cost --results file.txt", "file.txt", "directory"),
    ("comparisons cost --render --results empty", "empty", "python -m comparisons cost"),
    ("homework build bogus", "bogus", "gradient"),
    ("homework build replay --variant -1", "-1", "0"),
    ("homework build replay --out file.txt", "file.txt", "directory"),
    ("homework build replay --students twice.txt", "'ada'", "an id of its own"),
    ("homework build replay --students path.txt", "'../ada'", "folder"),
    ("homework build replay --students bytes.txt", "bytes.txt", "UTF-8"),
    ("homework build replay --students empty", "empty", "a name a line"),
    ("homework build replay --students nowhere.txt", "nowhere.txt", "a name a line"),
    ("homework build replay --variant ada", "--variant", "int"),
    ("homework build replay --overlay empty", "empty", "replay/questions.md"),
    ("homework grade built/td3 in --roster nowhere.csv", "nowhere.csv", "expected"),
    ("homework grade bogus in", "bogus", "gradient"),
    ("homework grade built/td3 nowhere", "nowhere", "folder of the submissions"),
    ("homework grade empty in", "empty", "autograder.zip"),
    ("homework grade built/td3 in --seconds -1", "--seconds", "from 1"),
    ("homework grade built/td3 in --call-seconds nan", "--call-seconds", "from 0.1"),
    ("homework grade built in", "built", "td3"),
    ("homework grade built/td3 empty", "empty", ".ipynb"),
    ("homework grade built/td3 in --jobs 0", "--jobs", "from 1"),
    ("homework grade built/td3 in --memory-gb 0", "--memory-gb", "from 0.01"),
    ("homework grade in", "submissions", "--help"),
]


@pytest.mark.parametrize(("command", "named", "remedy"), COMMANDS, ids=[row[0] for row in COMMANDS])
def test_a_command_is_refused(command, named, remedy, world, capsys):
    before = files()
    program, *arguments = shlex.split(command)
    try:
        status = PROGRAMS[program](arguments)
    except SystemExit as ended:
        status = ended.code
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert_one_line_that_names(printed.err, named, remedy)
    inner = [word for word in ("Traceback", "tyro", "──", "errno", "Errno") if word in printed.err]
    assert inner == []
    assert files() == before


# ---- the functions -----------------------------------------------------------------------------

OBS = np.zeros((4, 3), np.float32)


def learning(**changes):
    """A row's call of `update` with a batch that is changed."""
    return lambda world: world.agent.update(batch(**changes))


def strategy(*arguments, name="mean_q"):
    """A row's call of `gradients`; None stands for what would be right there."""
    return lambda world: get_strategy(name).gradients(
        *right(arguments, (world.actor, world.critic, OBS))
    )


def right(arguments, others):
    return [
        other if given is None else given for given, other in zip(arguments, others, strict=True)
    ]


def stepping(optimizer):
    return lambda world: get_strategy("mean_q").update(world.actor, world.critic, optimizer(), OBS)


def transforming(transform, name="mean_q"):
    return lambda world: get_strategy(name, transform).gradients(world.actor, world.critic, OBS)


def agent(observations=OBSERVATIONS, actions=ACTIONS, config=CONFIG, **networks):
    return lambda world: DDPG(observations, actions, config, **networks)


FUNCTIONS = {
    # name: (call of the world, what it names, what the remedy contains)
    "an environment for spaces": (
        lambda w: DDPG(gym.make("Pendulum-v1"), CONFIG),
        "observation_space",
        "gymnasium.spaces",
    ),
    "numbers for spaces": (agent(3, 1), "observation_space", "gymnasium.spaces"),
    "no action space": (agent(OBSERVATIONS, None), "action_space", "gymnasium.spaces"),
    "Dict observations": (agent(Dict(a=OBSERVATIONS)), "observations", "FlattenObservation"),
    "Discrete observations": (agent(Discrete(4)), "observations", "FlattenObservation"),
    "Graph observations": (agent(Graph(Discrete(2), None)), "observations", "ObservationWrapper"),
    "scalar observations": (agent(Box(-1, 1, ())), "observations", "FlattenObservation"),
    "no observations": (agent(Box(-1, 1, (0,))), "observations", "at least one"),
    "images": (agent(Box(0, 255, (8, 8, 3), np.uint8)), "(8, 8, 3)", "actor="),
    "Discrete actions": (agent(OBSERVATIONS, Discrete(2)), "actions", "Box of shape (n,)"),
    "MultiDiscrete actions": (agent(OBSERVATIONS, MultiDiscrete([2])), "actions", "Box"),
    "Tuple actions": (agent(OBSERVATIONS, Tuple([ACTIONS])), "actions", "Box"),
    "a matrix of actions": (agent(OBSERVATIONS, Box(-1, 1, (2, 2))), "actions", "FlatActions"),
    "whole actions": (agent(OBSERVATIONS, Box(-1, 1, (2,), np.int32)), "actions", "np.float32"),
    "unbounded actions": (agent(OBSERVATIONS, Box(-1, np.inf, (2,))), "bounds", "BoundedActions"),
    "NaN for a bound": (
        agent(OBSERVATIONS, changed(Box(-1, 1, (1,)), low=np.float32([np.nan]))),
        "bounds",
        "BoundedActions",
    ),
    "equal bounds": (agent(OBSERVATIONS, Box(1, 1, (2,))), "bound", "below the upper"),
    "a dict for a config": (agent(config={"seed": 1}), "config", "DDPGConfig("),
    "an empty dict for a config": (agent(config={}), "config", "DDPGConfig("),
    "a preset for a config": (
        lambda w: make_agent(OBSERVATIONS, ACTIONS, PRESETS["lau"]),
        "config",
        ".config",
    ),
    "a name for a config": (
        lambda w: make_agent(OBSERVATIONS, ACTIONS, "td3"),
        "config",
        "DDPGConfig",
    ),
    "td3 for DDPG": (agent(config=replace(CONFIG, algorithm="td3")), "td3", "make_agent"),
    "ddpg for TD3": (lambda w: TD3(OBSERVATIONS, ACTIONS, CONFIG), "ddpg", "make_agent"),
    "an unknown optimizer": (agent(config=replace(CONFIG, optimizer="adma")), "adma", "adam"),
    "a number for an actor": (agent(actor=3), "actor", "keras.Model"),
    "a layer for an actor": (agent(actor=keras.layers.Dense(1)), "actor", "keras.Model"),
    "an agent for an actor": (lambda w: train(CONFIG, actor=w.agent), "actor", "keras.Model"),
    "an actor of other actions": (agent(actor=actor(units=2)), "actor", "(5, 1)"),
    "an actor of other observations": (agent(actor=actor(inputs=4)), "actor", "[B, 3]"),
    "a critic for an actor": (agent(actor=critic()), "actor", "[B, 3]"),
    "a frozen actor": (agent(actor=changed(actor(), trainable=False)), "actor", "trainable"),
    "NaN in an actor": (agent(actor=nan_actor()), "actor", "finite"),
    "an actor for a critic": (agent(critic=actor()), "critic", "critic([observations, actions])"),
    "a critic of two values": (agent(critic=critic(units=2)), "critic", "[B, 1]"),
    "an unnamed actor for workers": (
        lambda w: train(replace(CONFIG, workers=2), actor=w.actor),
        "actor",
        "module:function",
    ),
    "act on one number": (lambda w: w.agent.act(0.5), "observation", "(3,)"),
    "act on another size": (lambda w: w.agent.act(np.zeros(2)), "(2,)", "(3,)"),
    "act on what reset returns": (
        lambda w: w.agent.act(gym.make("Pendulum-v1").reset()),
        "observation",
        "env.reset()",
    ),
    "no batch": (lambda w: w.agent.update(None), "batch", "mapping"),
    "a replay buffer for a batch": (lambda w: w.agent.update(buffer(8)), "ReplayBuffer", "Batch"),
    "an empty batch": (lambda w: w.agent.update({}), "rewards", "nothing"),
    "done for terminated": (
        learning(terminated=None, done=np.zeros(8)),
        "lacks terminated",
        "done",
    ),
    "no rows": (lambda w: w.agent.update(batch(0)), "observations", "[B, 3]"),
    "rewards in a column": (learning(rewards=np.zeros((8, 1))), "rewards", "(8,)"),
    "actions without their axis": (learning(actions=np.zeros(8)), "actions", "(8, 1)"),
    "text for rewards": (learning(rewards=["a"] * 8), "rewards", "numbers"),
    "rows of several lengths": (learning(actions=[[0], [0, 1]]), "actions", "numbers"),
    "NaN in rewards": (learning(rewards=np.full(8, np.nan)), "rewards[0]", "finite"),
    "infinity in float32": (learning(rewards=np.full(8, 1e39)), "rewards[0]", "finite"),
    "terminated twice": (learning(terminated=np.full(8, 2)), "terminated", "from 0 to 1"),
    "a discount above 1": (learning(discounts=np.full(8, 1.5)), "discounts", "from 0 to 1"),
    "save to None": (lambda w: w.agent.save(None), "directory", "Path"),
    "save over a file": (lambda w: w.agent.save("file.txt"), "'file.txt'", "new directory"),
    "save over a run": (lambda w: w.agent.save("run"), "'run'", "new directory"),
    "load from nowhere": (lambda w: DDPG.load("nowhere"), "'nowhere'", "directory of a run"),
    "load an agent": (lambda w: DDPG.load(w.agent), "directory", "Path"),
    "load a DDPG as TD3": (lambda w: TD3.load("run"), "ddpg", "DDPG.load"),
    "load with another actor": (
        lambda w: DDPG.load("run", actor=actor(units=2)),
        "actor",
        "(5, 1)",
    ),
    "export to None": (lambda w: w.agent.export(None), "path", "Path"),
    "export over a file": (lambda w: w.agent.export("file.txt"), "'file.txt'", "new directory"),
    "a policy from nowhere": (lambda w: saved_policy("nowhere"), "'nowhere'", "directory of a run"),
    "a policy of an agent": (lambda w: saved_policy(w.agent), "directory", "Path"),
    "train an id": (lambda w: train("Pendulum-v1"), "config", "DDPGConfig("),
    "train an environment": (lambda w: train(gym.make("Pendulum-v1")), "config", "DDPGConfig("),
    "train an empty dict": (lambda w: train({}), "config", "DDPGConfig("),
    "a number for a run directory": (lambda w: train(CONFIG, 3), "run_dir", "Path"),
    "a run where one is": (lambda w: train(CONFIG, "run"), "'run'", "--resume"),
    "one environment": (lambda w: train(CONFIG, env=gym.make("Pendulum-v1")), "env", "lambda"),
    "a number for an environment": (lambda w: train(CONFIG, env=3), "env", "EnvSpec"),
    "a function of nothing": (
        lambda w: train(CONFIG, env=lambda: None),
        "<function lambda>",
        "gymnasium.Env",
    ),
    "a function of something": (
        lambda w: train(CONFIG, env=lambda size: size),
        "<function lambda>",
        "'size'",
    ),
    "a function for two workers": (
        lambda w: train(replace(CONFIG, workers=2), env=lambda: None),
        "<function lambda>",
        "env_id",
    ),
    "a function for callbacks": (
        lambda w: train(CONFIG, callbacks=print),
        "callbacks",
        "list of functions",
    ),
    "a number for a callback": (lambda w: train(CONFIG, callbacks=[3]), "callbacks", "Progress"),
    "a number for replay": (lambda w: train(CONFIG, replay=3), "replay", "ReplayBuffer"),
    "an empty list for replay": (lambda w: train(CONFIG, replay=[]), "replay", "episodes"),
    "replay of another size": (
        lambda w: train(CONFIG, replay=batch(observations=np.zeros((8, 4)))),
        "observations",
        "(8, 3)",
    ),
    "replay beyond the bounds": (
        lambda w: train(CONFIG, replay=batch(actions=np.full((8, 1), 9.0))),
        "actions",
        "np.clip",
    ),
    "replay without transitions": (lambda w: train(CONFIG, replay=buffer()), "replay", "empty"),
    "begin with a number": (lambda w: train(CONFIG, init_from=3), "init_from", "Path"),
    "begin with nowhere": (
        lambda w: train(CONFIG, init_from="nowhere"),
        "'nowhere'",
        "directory of a run",
    ),
    "a run of two workers by itself": (
        lambda w: TrainingRun(replace(CONFIG, workers=2)),
        "workers 2",
        "train(config)",
    ),
    "a run of a name": (lambda w: TrainingRun("Pendulum-v1"), "config", "DDPGConfig("),
    "record too late": (lambda w: begun().record_to("new"), "record_to", "before the first step"),
    "resume nowhere": (lambda w: resume("nowhere"), "'nowhere'", "directory of a run"),
    "resume a config": (lambda w: resume(CONFIG), "run_dir", "Path"),
    "resume what is complete": (lambda w: resume("run"), "60 steps", "--total-steps"),
    "resume for text": (lambda w: resume("run", "90"), "total_steps", "an integer"),
    "resume for less": (lambda w: resume("run", 30), "total_steps 30", "60"),
    "evaluate a directory": (lambda w: evaluate("run", "Pendulum-v1"), "agent", "saved_policy"),
    "evaluate a model": (lambda w: evaluate(w.actor, "Pendulum-v1"), "agent", "DDPG"),
    "evaluate elsewhere": (
        lambda w: evaluate(w.agent, "MountainCarContinuous-v0"),
        "MountainCarContinuous-v0",
        "(3,)",
    ),
    "evaluate on one environment": (
        lambda w: evaluate(w.agent, gym.make("Pendulum-v1")),
        "env",
        "lambda",
    ),
    "evaluate on an unknown version": (
        lambda w: evaluate(w.agent, "Pendulum-v99"),
        "'Pendulum-v99'",
        "v1",
    ),
    "no episodes": (lambda w: evaluate(w.agent, "Pendulum-v1", 0), "episodes", "at least 1"),
    "half an episode": (lambda w: evaluate(w.agent, "Pendulum-v1", 1.5), "episodes", "an integer"),
    "a negative seed": (lambda w: evaluate(w.agent, "Pendulum-v1", 1, -1), "seed", "at least 0"),
    "no seed": (lambda w: evaluate(w.agent, "Pendulum-v1", 1, None), "seed", "an integer"),
    "no capacity": (lambda w: ReplayBuffer(0, 3, 1), "capacity", "at least 1"),
    "half a capacity": (lambda w: ReplayBuffer(10.5, 3, 1), "capacity", "an integer"),
    "too much capacity": (lambda w: ReplayBuffer(10**14, 3, 1), "GB", "buffer_size"),
    "spaces for sizes": (
        lambda w: ReplayBuffer(10, OBSERVATIONS, 1),
        "observation_shape",
        "an integer",
    ),
    "no actions to store": (lambda w: ReplayBuffer(10, 3, 0), "action_size", "at least 1"),
    "no steps": (lambda w: ReplayBuffer(10, 3, 1, n_step=0), "n_step", "at least 1"),
    "add another size": (
        lambda w: buffer().add(np.zeros(4), [0], 0, np.zeros(3), False),
        "observations",
        "(1, 3)",
    ),
    "add another next size": (
        lambda w: buffer().add(np.zeros(3), [0], 0, np.zeros(4), False),
        "next_observations",
        "(1, 3)",
    ),
    "add a bare action": (
        lambda w: buffer().add(np.zeros(3), 0.5, 0, np.zeros(3), False),
        "actions",
        "(1, 1)",
    ),
    "add text": (
        lambda w: buffer().add(np.zeros(3), [0], "x", np.zeros(3), False),
        "rewards",
        "numbers",
    ),
    "add NaN": (
        lambda w: buffer().add(np.zeros(3), [0], np.nan, np.zeros(3), False),
        "rewards",
        "finite",
    ),
    "store a dict": (lambda w: buffer().extend(batch()), "dict", "Batch"),
    "store one row too many": (
        lambda w: buffer().extend(Batch(**batch(actions=np.zeros((9, 1))))),
        "actions",
        "(8, 1)",
    ),
    "store discounts": (
        lambda w: buffer().extend(Batch(**batch(discounts=np.ones(8)))),
        "discounts",
        "n_step",
    ),
    "sample with a seed": (
        lambda w: buffer(8).sample(0, 4),
        "generator",
        "np.random.default_rng(0)",
    ),
    "sample nothing": (
        lambda w: buffer(8).sample(np.random.default_rng(0), 0),
        "batch_size",
        "at least 1",
    ),
    "sample too many": (
        lambda w: buffer(8).sample(np.random.default_rng(0), 99),
        "99",
        "warmup_steps",
    ),
    "an unknown preset": (lambda w: get_preset("nope"), "nope", "lillicrap"),
    "an unknown strategy": (lambda w: get_strategy("meanq"), "meanq", ", ".join(STRATEGIES)),
    "strategies": (lambda w: get_strategy(["mean_q"]), "mean_q", ", ".join(STRATEGIES)),
    "an unknown field": (lambda w: DDPGConfig.from_dict({"lr": 1}), "lr", "actor_learning_rate"),
    "a config of a list": (lambda w: DDPGConfig.from_dict([1]), "list", "mapping"),
    "change a config": (lambda w: CONFIG.env_kwargs.update(a=1), "config", "dataclasses.replace"),
    "no actor": (strategy(3, None, None), "actor", "trainable_variables"),
    "a function for an actor of weights": (
        strategy(lambda states: states, None, None),
        "actor",
        "trainable_variables",
    ),
    "no critic": (strategy(None, 3, None), "critic", "[observations, actions]"),
    "actor and critic exchanged": (
        lambda w: strategy(w.critic, w.actor, OBS)(w),
        "actor",
        "observations",
    ),
    "other observations": (
        strategy(None, None, np.zeros((4, 4), np.float32)),
        "observations",
        "(4, 4)",
    ),
    "one observation": (strategy(None, None, OBS[0]), "observations", "[B, obs_dim]"),
    "no observations in a batch": (strategy(None, None, OBS[:0]), "observations", "[B, obs_dim]"),
    "text for observations": (strategy(None, None, "abc"), "observations", "[B, obs_dim]"),
    "a critic in NumPy": (strategy(None, lambda inputs: np.zeros(4), None), "critic", "[B, 1]"),
    "a critic of a list": (strategy(None, lambda inputs: [inputs[1]], None), "critic", "[B, 1]"),
    "a critic of one value": (
        strategy(None, lambda inputs: tf.reduce_sum(inputs[1]), None),
        "critic",
        "[B, 1]",
    ),
    "a critic of the mean alone": (
        strategy(None, lambda inputs: tf.reduce_sum(inputs[1], 0), None),
        "critic",
        "(4, 1)",
    ),
    "a critic of observations alone": (
        strategy(None, lambda inputs: inputs[0][:, 0], None),
        "critic",
        "actions",
    ),
    "a name for an optimizer": (stepping(lambda: "adam"), "optimizer", "keras.optimizers.Adam"),
    "an optimizer's class": (
        stepping(lambda: keras.optimizers.Adam),
        "optimizer",
        "keras.optimizers.Adam(",
    ),
    "another network's optimizer": (stepping(used_optimizer), "optimizer", "a new one"),
    "a name for a transform": (transforming("clip"), "action_gradient_transform", "clip_by_norm"),
    "a transform of nothing": (
        transforming(lambda dq_da, actions: None),
        "action_gradient_transform",
        "[B, act_dim]",
    ),
    "a transform that loses rows": (
        transforming(lambda dq_da, actions: dq_da[:1]),
        "action_gradient_transform",
        "(4, 1)",
    ),
    "a limit of 0": (lambda w: clip_by_value(0), "limit", "above 0"),
    "a limit of NaN": (lambda w: clip_by_norm(np.nan), "limit", "above 0"),
    "bounds that cross": (lambda w: inverting_gradients([0.0], [-1.0]), "bound", "below the upper"),
    "bounds of two sizes": (lambda w: inverting_gradients([0.0, 0.0], [1.0]), "bound", "one size"),
    "diagnose a file as a function": (
        lambda w: diagnose("file.py:f"),
        "file.py:f",
        "candidate(actor, critic",
    ),
    "diagnose other arguments": (lambda w: diagnose(lambda a: 0), "(a)", "candidate(actor, critic"),
    "diagnose on no case": (
        lambda w: diagnose(lambda actor, critic, observations: [], []),
        "cases",
        "make_case",
    ),
    "diagnose on numbers": (
        lambda w: diagnose(lambda actor, critic, observations: [], [3]),
        "cases",
        "make_case",
    ),
    "diagnose nowhere": (lambda w: diagnose_file("nowhere.py", "f"), "nowhere.py", ".ipynb"),
    "diagnose a text": (lambda w: diagnose_file("file.txt", "f"), "file.txt", ".ipynb"),
    "diagnose None": (lambda w: diagnose_file(None, "f"), "path", "Path"),
    "diagnose no function": (lambda w: diagnose_file("file.py", None), "function", "a name"),
    "diagnose for no time": (lambda w: diagnose_file("file.py", "f", 0), "time_limit", "above 0"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_is_refused(name, world):
    call, named, remedy = FUNCTIONS[name]
    before, weights = files(), [w.copy() for w in world.agent.actor.get_weights()]
    with refused((TypeError, ValueError, OSError), named, remedy):
        call(world)
    assert files() == before
    assert all(map(np.array_equal, weights, world.agent.actor.get_weights()))


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_refuses_the_same(name, world):
    """Those that override `update` or find dQ/da in another way included."""
    made = get_strategy(name)
    with refused(TypeError, "optimizer", "keras.optimizers.Adam"):
        made.update(world.actor, world.critic, "adam", OBS)
    with refused(ValueError, "actor", "(4, 5)"):
        made.gradients(world.actor, world.critic, np.zeros((4, 5), np.float32))
    with refused(ValueError, "critic", "[B, 1]"):
        made.gradients(world.actor, lambda inputs: [inputs[1]], OBS)
    with refused(ValueError, "action_gradient_transform", "[B, act_dim]"):
        transforming(lambda dq_da, actions: None, name)(world)
    with refused(ValueError, "optimizer", "a new one"):
        made.update(world.actor, world.critic, used_optimizer(), OBS)
