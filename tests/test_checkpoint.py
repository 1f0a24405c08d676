import contextlib
import json
import shutil
import subprocess

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box
from keras import layers

from ddpg_tf import DDPG, DDPGConfig, make_agent
from ddpg_tf.acting.saved import FORMAT, box_from, described_box, saved_policy
from ddpg_tf.agents.checkpoint import restore_agent
from ddpg_tf.networks.build import build_critic
from ddpg_tf.run_files import latest_checkpoint
from ddpg_tf.storage import DamagedError, seal
from ddpg_tf.training.start import begin_from
from tests.eager import eager
from tests.errors import refused
from tests.sizes import small_version

NETWORKS = ("actor", "critic", "target_actor", "target_critic")
OBSERVATIONS = Box(-np.inf, np.inf, (3,), np.float32)
ACTIONS = Box(np.float32([-0.1, 0.5]), np.float32([1 / 3, 0.75]))


def build(seed=0, **settings):
    networks = {name: settings.pop(name) for name in ("actor", "critic") if name in settings}
    config = DDPGConfig(hidden_sizes=(8, 6), seed=seed, **settings)
    return shaken(DDPG(OBSERVATIONS, ACTIONS, config, **networks), seed)


def shaken(agent, seed=0):
    """Other weights in each of the four networks, moving moments included."""
    generator = np.random.default_rng(seed)
    for name in NETWORKS:
        model = getattr(agent, name)
        model.set_weights([generator.uniform(0.1, 1, size=w.shape) for w in model.weights])
    return agent


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with an agent as it is saved now, `agent`, and as format 3 was, `format 3`."""
    folder = tmp_path_factory.mktemp("kept")
    build().save(folder / "agent")
    save_as(build(), folder / "format 3", format=3)
    return folder


@pytest.fixture
def saved(kept, tmp_path):
    """A folder with a saved agent, that may be damaged."""
    return shutil.copytree(kept / "agent", tmp_path / "agent")


def assert_equal_agents(a, b):
    assert a.config == b.config
    np.testing.assert_array_equal(a.action_low, b.action_low)
    np.testing.assert_array_equal(a.action_high, b.action_high)
    for name in NETWORKS:
        pairs = zip(getattr(a, name).weights, getattr(b, name).weights, strict=True)
        for one, other in pairs:
            np.testing.assert_array_equal(one.numpy(), other.numpy())
    observations = np.random.default_rng(1).normal(size=(20, 3))
    for observation in observations:
        np.testing.assert_array_equal(a.act(observation), b.act(observation))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"normalization": "layer", "action_layer": 1, "strategy": "get_updates"},
        {"normalization": "batch", "noise_sigma_final": 0.1, "action_gradient": "invert"},
    ],
    ids=["plain", "layer norm", "batch norm"],
)
def test_a_loaded_agent_is_the_saved_one_to_the_bit(settings, tmp_path):
    agent = build(seed=3, **settings)
    agent.save(tmp_path / "here")
    again = DDPG.load(tmp_path / "here")
    assert_equal_agents(agent, again)
    assert not np.array_equal(again.actor.get_weights()[0], again.target_actor.get_weights()[0])
    assert again.observation_size == 3


def test_strings_are_paths_too(tmp_path):
    agent = build()
    agent.save(str(tmp_path / "here"))
    assert_equal_agents(agent, DDPG.load(str(tmp_path / "here")))


def test_a_loaded_agent_learns_on(tmp_path, make_batch):
    agent = eager(build(optimizer="sgd"))
    agent.save(tmp_path / "here")
    again = eager(DDPG.load(tmp_path / "here"))
    batch = make_batch(0, 16)
    # plain sgd has no memory, so that the very next update is the same, too
    assert agent.update(batch) == again.update(batch)
    assert_equal_agents(agent, again)


def test_nothing_is_pickled(saved):
    files = {"agent.json", "policy.npz", "state.npz"}
    names = {"networks.npz", "SHA256SUMS"} | files
    assert {path.name for path in saved.iterdir()} == names
    description = json.loads((saved / "agent.json").read_text())
    assert description["config"]["hidden_sizes"] == [8, 6]


def test_saving_again_replaces(tmp_path):
    build(seed=1).save(tmp_path / "here")
    second = build(seed=2)
    second.save(tmp_path / "here")
    assert_equal_agents(second, DDPG.load(tmp_path / "here"))
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_saving_does_not_delete_a_directory_that_is_no_checkpoint(tmp_path):
    thesis = tmp_path / "thesis.tex"
    thesis.write_text("years of work")
    # refusing is as good as writing beside it
    with contextlib.suppress(FileExistsError, ValueError):
        build().save(tmp_path)
    assert thesis.read_text() == "years of work"


def test_a_run_s_directory_gives_its_latest_checkpoint(tmp_path):
    for step in (900, 1000, 10_000):
        build(seed=step).save(tmp_path / "checkpoints" / f"step_{step:09d}")
    assert latest_checkpoint(tmp_path).name == "step_000010000"
    assert_equal_agents(DDPG.load(tmp_path), build(seed=10_000))
    one = tmp_path / "checkpoints" / "step_000000900"
    assert_equal_agents(DDPG.load(one), build(seed=900))


def test_a_half_written_checkpoint_is_ignored(tmp_path):
    build(seed=1).save(tmp_path / "checkpoints" / "step_000000100")
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(checkpoints / "step_000000100", checkpoints / "step_000000200.unfinished")
    (checkpoints / "step_000000300").mkdir()  # and one without its agent.json
    assert latest_checkpoint(tmp_path).name == "step_000000100"
    assert_equal_agents(DDPG.load(tmp_path), build(seed=1))


def test_a_save_that_fails_leaves_the_last_one(tmp_path, monkeypatch):
    first = build(seed=1)
    first.save(tmp_path / "here")
    second = build(seed=2)

    def disk_full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("ddpg_tf.storage.np.savez", disk_full)
    with pytest.raises(OSError):
        second.save(tmp_path / "here")
    assert_equal_agents(first, DDPG.load(tmp_path / "here"))
    monkeypatch.undo()
    second.save(tmp_path / "here")  # what the failure left behind is no obstacle
    assert_equal_agents(second, DDPG.load(tmp_path / "here"))


@pytest.mark.parametrize("name", ["missing", "."])
def test_no_agent_there(name, tmp_path):
    with refused(FileNotFoundError, tmp_path):
        DDPG.load(tmp_path / name)


def own_networks():
    actor = keras.Sequential([keras.Input((3,)), layers.Dense(4, "elu"), layers.Dense(2, "tanh")])
    observations, actions = keras.Input((3,)), keras.Input((2,))
    x = layers.Dense(5, "elu")(layers.Concatenate()([observations, actions]))
    return {"actor": actor, "critic": keras.Model([observations, actions], layers.Dense(1)(x))}


def test_networks_of_the_user_s_own(tmp_path):
    agent = build(**own_networks())
    agent.save(tmp_path / "here")
    networks = own_networks()
    again = DDPG.load(tmp_path / "here", **networks)
    assert again.actor is networks["actor"] and again.critic is networks["critic"]
    assert_equal_agents(agent, again)


@pytest.mark.parametrize("name", ["agent.json", "state.npz", "target_critic.weights.h5"])
@pytest.mark.parametrize("size", [0, 20, 200])
def test_a_file_of_format_3_that_was_cut_short_is_named(name, size, kept, tmp_path):
    path = shutil.copytree(kept / "format 3", tmp_path / "agent") / name
    path.write_bytes(path.read_bytes()[:size])
    with refused(ValueError, path):
        DDPG.load(tmp_path / "agent")


def test_an_agent_that_lacks_what_it_learned_is_damaged(saved):
    np.savez(saved / "state.npz", nothing=0)
    seal(saved)
    with refused(ValueError, saved / "state.npz"):
        DDPG.load(saved)


def save_as(agent, directory, **changes):
    """Save it as an earlier version did, which had no checksums and kept weights in HDF5.

    changes: to agent.json; None removes a key.
    """
    agent.save(directory)
    path = directory / "agent.json"
    description = json.loads(path.read_text()) | changes
    kept = {key: value for key, value in description.items() if value is not None}
    path.write_text(json.dumps(kept))
    for name, network in agent.networks.items():
        network.save_weights(directory / f"{name}.weights.h5")
    for name in ("networks.npz", "SHA256SUMS"):
        (directory / name).unlink()


@pytest.mark.parametrize("where", ["networks.npz", "state.npz", "policy.npz", "actor.weights.h5"])
def test_numbers_that_are_not_finite_are_refused(where, tmp_path):
    agent = build()
    if where == "state.npz":
        agent.critic_optimizer.variables[3].assign(
            np.full(agent.critic_optimizer.variables[3].shape, np.inf)
        )
    else:
        agent.actor.weights[0].assign(np.full(agent.actor.weights[0].shape, np.nan))
    if where == "actor.weights.h5":
        save_as(agent, tmp_path / "here", format=3)
    else:
        agent.save(tmp_path / "here")
    load = saved_policy if where == "policy.npz" else DDPG.load
    with refused(ValueError, tmp_path / "here" / where, "diverged"):
        load(tmp_path / "here")


@pytest.mark.parametrize("name", ["networks.npz", "state.npz", "policy.npz", "agent.json"])
def test_a_bit_that_flipped_is_found(name, saved):
    path = saved / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    for load in (DDPG.load, saved_policy):
        with refused(DamagedError, path):
            load(saved)


def test_checksums_are_those_of_sha256sum(saved):
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=saved, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": OK\n") == 4
    (saved / "SHA256SUMS").unlink()
    with refused(DamagedError, saved / "SHA256SUMS"):
        DDPG.load(saved)


def test_a_checkpoint_says_which_format_it_has(tmp_path):
    build().save(tmp_path / "here")
    assert json.loads((tmp_path / "here" / "agent.json").read_text())["format"] == FORMAT


def test_one_of_format_1_is_loaded(tmp_path):
    """What was written before formats had numbers."""
    config = DDPGConfig(hidden_sizes=(8, 6))
    agent = shaken(DDPG(OBSERVATIONS, Box(-1, 1, (2,), np.float32), config))
    changes = {"format": None, "observation_space": None, "observation_size": 3}
    save_as(agent, tmp_path / "here", **changes)
    again = DDPG.load(tmp_path / "here")
    assert_equal_agents(agent, again)
    assert again.observation_space == Box(-np.inf, np.inf, (3,))


@pytest.mark.parametrize("action_layer", [0, 1])
@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_critics_of_format_2_are_the_same_functions_in_half_ranges(
    algorithm, action_layer, tmp_path
):
    """Before format 3 the layers of a critic saw actions in the environment's units."""
    config = DDPGConfig(hidden_sizes=(8, 6), algorithm=algorithm, action_layer=action_layer)
    agent = shaken(make_agent(OBSERVATIONS, ACTIONS, config))
    save_as(agent, tmp_path / "here", format=2)
    old = build_critic(3, 2, (8, 6), action_layer=action_layer)
    generator = np.random.default_rng(3)
    states = generator.normal(size=(20, 3)).astype(np.float32)
    actions = generator.uniform(ACTIONS.low, ACTIONS.high, (20, 2)).astype(np.float32)
    again = DDPG.load(tmp_path / "here")
    for name in ("critic", "target_critic", "second_critic", "target_second_critic"):
        if name in agent.networks:
            old.set_weights(agent.networks[name].get_weights())
            q = again.networks[name]([states, actions])
            np.testing.assert_allclose(q, old([states, actions]), rtol=1e-5)


def test_optimisers_of_critics_of_format_2_begin_anew(tmp_path):
    agent = eager(build())
    batch = {
        "observations": np.ones((8, 3)),
        "actions": np.full((8, 2), ACTIONS.low),
        "rewards": np.ones(8),
        "next_observations": np.ones((8, 3)),
        "terminated": np.zeros(8),
    }
    agent.update(batch)
    save_as(agent, tmp_path / "here", format=2)
    again = DDPG.load(tmp_path / "here")
    new = DDPG(OBSERVATIONS, ACTIONS, agent.config).critic_optimizer.variables
    for one, other in zip(again.critic_optimizer.variables, new, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    assert int(again.actor_optimizer.iterations) == int(again.updates) == 1
    with refused(ValueError, tmp_path / "here", "init_optimizers"):
        begin_from(build(seed=1), tmp_path / "here", optimizers=True)
    begin_from(build(seed=1), tmp_path / "here", optimizers=False)


@pytest.mark.parametrize("version", small_version([FORMAT + 1, 0, -1, "2", 1.5], 2))
def test_an_unknown_format_is_never_loaded(version, tmp_path):
    agent = build(seed=4)
    save_as(agent, tmp_path / "here", format=version)
    other = build(seed=5)
    before = other.critic.get_weights()
    for load in (DDPG.load, lambda path: restore_agent(other, path)):
        with refused(ValueError, tmp_path / "here", version, FORMAT):
            load(tmp_path / "here")
    for now, then in zip(other.critic.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    "space",
    [
        Box(-np.inf, np.inf, (3,), np.float32),
        Box(np.array([-1.0, -np.inf, 0.1]), np.array([1.0, np.inf, 1 / 3]), dtype=np.float64),
        Box(np.float32([0.1, 1e-30, -3e38]), np.float32([0.3, 1e30, 3e38])),
        Box(0, 255, (4, 5, 3), np.uint8),
        Box(0, 2**63 - 1, (2,), np.int64),
        Box(-np.inf, np.inf, (2,), np.int64),
        Box(
            np.arange(6, dtype=np.int64).reshape(2, 3), np.full((2, 3), 7, np.int64), dtype=np.int64
        ),
    ],
    ids=str,
)
def test_a_space_comes_back_as_it_was(space):
    described = json.loads(json.dumps(described_box(space), allow_nan=False))
    again = box_from(described)
    assert again == space and again.dtype == space.dtype
