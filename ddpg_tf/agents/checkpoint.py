"""An agent on disk: arrays beside one JSON file. Nothing is pickled."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import gymnasium as gym
import keras
import numpy as np

from ddpg_tf.acting.saved import (
    FORMAT,
    box_from,
    described_box,
    description_of,
    finite_arrays,
    not_finite,
    write_policy,
)
from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.build import layer_after_join, middle_and_half_range, reads_half_ranges
from ddpg_tf.networks.own import Network
from ddpg_tf.run_files import AGENT_FILE, NETWORKS_FILE, STATE_FILE, latest_checkpoint
from ddpg_tf.storage import DAMAGE, damaged, packed, readable, whole_directory


def save_agent(agent, directory: str | Path) -> None:
    """Write `agent` to `directory`; a new directory appears whole or not at all.

    An agent that was saved there before is replaced. Raises FileExistsError if the directory holds
    anything else, so that nothing but an agent is ever removed.
    """
    with whole_directory(directory, AGENT_FILE, "an agent") as unfinished:
        write_agent(agent, unfinished)


def write_agent(agent, directory: Path) -> None:
    """Write the networks, what else was learned, and what is needed to rebuild the agent."""
    weights = {
        f"{name}/{index}": weight.numpy()
        for name, network in agent.networks.items()
        for index, weight in enumerate(network.weights)
    }
    (directory / NETWORKS_FILE).write_bytes(packed(weights))
    (directory / STATE_FILE).write_bytes(packed(agent_state(agent)))
    description = {
        "format": FORMAT,
        "config": agent.config.to_dict(),
        "observation_space": described_box(agent.observation_space),
        "action_low": agent.action_low.tolist(),
        "action_high": agent.action_high.tolist(),
    }
    if (policy := agent.numpy_policy()) is not None:
        description["policy"] = write_policy(directory, *policy)
    (directory / AGENT_FILE).write_text(json.dumps(description, indent=2) + "\n")


def agent_state(agent) -> dict[str, np.ndarray]:
    """The optimisers' moments, the running moments and the count of updates, by name."""
    state = {name: variable.numpy() for name, variable in agent.variables().items()}
    if agent.observation_moments is not None:
        for name, array in agent.observation_moments.state().items():
            state[f"observation_moments/{name}"] = array
    return state


def restore_state(agent, state: Mapping[str, np.ndarray]) -> None:
    """Set what `agent_state` gave. Raises KeyError if something is missing."""
    for name, variable in agent.variables().items():
        variable.assign(state[name])
    if agent.observation_moments is not None:
        names = agent.observation_moments.state()
        moments = {name: state[f"observation_moments/{name}"] for name in names}
        agent.observation_moments.restore(moments)


def load_agent(
    class_for: Callable[[str], type],
    directory: str | Path,
    actor: Network | None = None,
    critic: Network | None = None,
):
    """The agent that `save_agent` wrote, see `DDPG.load`.

    class_for: the config's algorithm -> the agent's class.
    """
    directory = latest_checkpoint(directory)
    description = description_of(directory)
    with readable(directory / AGENT_FILE):
        low, high = (np.float32(description[key]) for key in ("action_low", "action_high"))
        observations = box_from(description["observation_space"])
        actions = gym.spaces.Box(low, high)
        config = DDPGConfig.from_dict(description["config"])
    agent = class_for(config.algorithm)(observations, actions, config, actor, critic)
    restore_agent(agent, directory)
    return agent


def restore_agent(agent, directory: Path) -> None:
    """Give `agent` everything that the checkpoint in `directory` holds.

    Raises ValueError if the checkpoint is of other networks or of an unknown format, or if one of
    its numbers is not finite.
    """
    has_other_critics = is_of_other_critics(agent, directory)
    if description_of(directory)["format"] < 4:
        load_hdf5(agent, directory)
    else:
        load_weights(agent, directory)
    state = finite_arrays(directory / STATE_FILE)
    if has_other_critics:
        for network in (*agent.critics, *agent.target_critics):
            read_half_ranges(network, agent.action_low, agent.action_high)
        # the moments of Adam and its like are in the old units: the critics' optimiser begins anew
        state |= {name: v for name, v in agent_state(agent).items() if "critic_optimizer" in name}
    with readable(directory / STATE_FILE):
        restore_state(agent, state)


def load_weights(agent, directory: Path) -> None:
    """Set the networks' weights, all of them or none."""
    arrays = finite_arrays(directory / NETWORKS_FILE)
    found = {}
    for name, network in agent.networks.items():
        own = [array for key, array in arrays.items() if key.startswith(f"{name}/")]
        if [array.shape for array in own] != [weight.shape for weight in network.weights]:
            raise other_layers(name, directory)
        found[name] = own
    for name, network in agent.networks.items():
        network.set_weights(found[name])


def load_hdf5(agent, directory: Path) -> None:
    """Set the networks' weights from the files that formats before 4 have."""
    for name, network in agent.networks.items():
        path = directory / f"{name}.weights.h5"
        try:
            network.load_weights(path)
        except ValueError as error:
            raise other_layers(name, directory) from error
        except DAMAGE as error:
            raise damaged(path, error) from error
        if not all(np.isfinite(values).all() for values in network.get_weights()):
            raise not_finite(path)


def other_layers(name: str, directory: Path) -> ValueError:
    """The error for a network that is not the agent's."""
    return ValueError(
        f"the {name} in {str(directory)!r} has other layers; an agent with networks of your own is "
        "loaded with DDPG.load(directory, actor=..., critic=...)"
    )


def is_of_other_critics(agent, directory: Path) -> bool:
    """Whether critics and optimiser there are for actions in units that are no longer used."""
    is_old = description_of(directory).get("format", 1) < 3
    return is_old and agent.config.critic is None and reads_half_ranges(agent.critic)


def read_half_ranges(critic: keras.Model, low: np.ndarray, high: np.ndarray) -> None:
    """Give a critic whose weights are for actions in the environment's units those for half ranges.

    a W = (a - middle) / h (h W) + middle W: Q stays the same function, up to rounding.
    """
    middle, half_range = middle_and_half_range(low, high)
    layer = layer_after_join(critic)
    kernel, bias = layer.get_weights()
    rows = kernel[-len(low) :].copy()
    kernel[-len(low) :] = half_range[:, np.newaxis] * rows
    layer.set_weights([kernel, bias + middle @ rows])
