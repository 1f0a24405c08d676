"""What a run begins with besides its config: the agent of another run, transitions of another's.

config.json says where they came from, and a copy of both lies in the run's directory, in start/: a
run that is resumed does not need the source again.
"""

from pathlib import Path
from typing import TypeAlias

from ddpg_tf.acting.saved import description_of
from ddpg_tf.agents import DDPG
from ddpg_tf.agents.checkpoint import is_of_other_critics, write_agent
from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.clone import clone
from ddpg_tf.networks.own import UNNAMED
from ddpg_tf.run_files import AGENT_FILE, latest_checkpoint
from ddpg_tf.storage import packed, require_sums, whole_directory
from ddpg_tf.validation import require_path

START = "start"
AGENT = "agent"
REPLAY = "replay"
REPLAY_FILE = "replay.npz"

Trained: TypeAlias = str | Path | DDPG
"""A trained agent, or the directory of its run or of one of its checkpoints."""


def with_start(config: DDPGConfig, init_from: Trained | None, replay: object) -> DDPGConfig:
    """The config, which names the agent and the transitions that were given besides it.

    Raises FileNotFoundError if there is no agent in the directory that is named, and ValueError if
    one is needed and missing.
    """
    names = {}
    agent = config.init_from if init_from is None else init_from
    if agent is None and config.init_optimizers:
        raise ValueError("init_optimizers goes with init_from, whose optimisers are to go on")
    if isinstance(agent, DDPG):
        names["init_from"] = UNNAMED
    elif agent not in (None, UNNAMED):
        require_path("init_from", agent)
        # the checkpoint itself: the run that it is of may go on
        names["init_from"] = str(latest_checkpoint(agent))
    if replay is not None:
        names["replay"] = str(replay) if isinstance(replay, str | Path) else UNNAMED
    return DDPGConfig.from_dict(config.to_dict() | names) if names else config


def saved_start(config: DDPGConfig, run_dir: str | Path) -> tuple[Path | None, Path | None]:
    """Where the agent and the transitions lie that the run in `run_dir` began with.

    Raises DamagedError if the transitions are not those that were written there.
    """
    start = Path(run_dir) / START
    if config.replay is not None:
        require_sums(start / REPLAY)
    return (
        None if config.init_from is None else start / AGENT,
        None if config.replay is None else start / REPLAY / REPLAY_FILE,
    )


def begin_from(agent: DDPG, trained: Trained, optimizers: bool) -> None:
    """Give a new agent what a trained one has learned: networks, targets and running moments.

    optimizers: also the state of the optimisers, but not their learning rates.
    Raises ValueError, with the shapes, if the two do not fit.
    """
    if isinstance(trained, DDPG):
        name, other = "the agent", trained
    elif trained == UNNAMED:
        raise ValueError(
            "this config's run began with an agent that was given in Python; hand it over again: "
            "train(..., init_from=...)"
        )
    else:
        name, other = f"the agent in {str(trained)!r}", loaded_beside(agent, trained)
    require_alike(name, other, agent, optimizers)
    if optimizers and not isinstance(trained, DDPG):
        require_present_critics(name, other, latest_checkpoint(trained))
    for role, network in agent.networks.items():
        network.set_weights(other.networks[role].get_weights())
    if agent.observation_moments is not None and other.observation_moments is not None:
        agent.observation_moments.restore(other.observation_moments.state())
    pairs = []
    if agent.return_moments is not None:
        pairs += zip(agent.return_moments.variables, other.return_moments.variables, strict=True)
    if optimizers:
        for one, its in zip(optimizers_of(agent), optimizers_of(other), strict=True):
            pairs += zip(optimizer_state(one), optimizer_state(its), strict=True)
    for own, theirs in pairs:
        own.assign(theirs)


def loaded_beside(agent: DDPG, directory: str | Path) -> DDPG:
    """The agent of a directory; where its networks have no name, they are taken to be `agent`'s."""
    config = description_of(latest_checkpoint(directory))["config"]
    # an older config has no such field, and the networks that its sizes describe
    own = {
        role: clone(getattr(agent, role))
        for role in ("actor", "critic")
        if config.get(role) == UNNAMED
    }
    return DDPG.load(directory, **own)


def require_alike(name: str, other: DDPG, agent: DDPG, optimizers: bool) -> None:
    """Raise ValueError unless `other`, called `name`, can be what `agent` begins from."""
    for field in ("algorithm", "activation", "normalize_observations", "normalize_returns"):
        theirs, ours = getattr(other.config, field), getattr(agent.config, field)
        if theirs != ours:
            raise ValueError(
                f"{name} has {field} {theirs}, so its weights mean something else in this run, "
                f"which has {field} {ours}; use the same in both"
            )
    for role, network in agent.networks.items():
        theirs, ours = shapes(other.networks[role]), shapes(network)
        if theirs != ours:
            raise ValueError(
                f"the {role} of {name} has weights of the shapes {theirs}, and this run's of "
                f"{ours}; use the same sizes to begin from it"
            )
    bounds = [[each.action_low.tolist(), each.action_high.tolist()] for each in (other, agent)]
    if bounds[0] != bounds[1]:
        raise ValueError(
            f"{name} acts between {bounds[0][0]} and {bounds[0][1]}, and this run's environment "
            f"takes actions between {bounds[1][0]} and {bounds[1][1]}; they must be the same"
        )
    if optimizers and other.config.optimizer != agent.config.optimizer:
        raise ValueError(
            f"{name} was trained with optimizer {other.config.optimizer}, whose state is of no use "
            f"to this run's {agent.config.optimizer}; use the same, or leave out init_optimizers"
        )


def require_present_critics(name: str, other: DDPG, checkpoint: Path) -> None:
    """Raise ValueError if `other` was read from a checkpoint whose optimisers are of no use."""
    if is_of_other_critics(other, checkpoint):
        raise ValueError(
            f"{name} was made by a version of ddpg-tf whose critic saw actions in other units, so "
            "its optimisers are of no use; leave out init_optimizers"
        )


def shapes(network) -> str:
    """The shapes of all weights of a Keras model, in one line."""
    return ", ".join("x".join(map(str, weight.shape)) or "1" for weight in network.weights)


def optimizers_of(agent: DDPG) -> tuple:
    """The actor's and the critics'."""
    return agent.actor_optimizer, agent.critic_optimizer


def optimizer_state(optimizer) -> list:
    """What a Keras optimiser has counted and averaged; its learning rate is the config's."""
    return [variable for variable in optimizer.variables if variable.name != "learning_rate"]


def write_start(run, run_dir: Path) -> None:
    """Write what a run that has made no step yet begins with, to its directory."""
    if run.config.init_from is not None:
        with whole_directory(run_dir / START / AGENT, AGENT_FILE, "an agent") as directory:
            write_agent(run.agent_for_now, directory)
    if run.config.replay is not None:
        with whole_directory(run_dir / START / REPLAY, REPLAY_FILE, "transitions") as directory:
            arrays = run.replay_for_now.contents().arrays()
            (directory / REPLAY_FILE).write_bytes(packed(arrays))
