"""Going on with a run that was cut off, to the same end, bit for bit.

Networks, moments, the replay buffer, the state of each random generator: all that a run holds is
saved, but for the inner state of its environments, which cannot be. That is reached again: each
environment is reset as its generator was when the present episode began, and the episode's actions
are taken once more. Should it come to another observation, because something outlives its resets,
all actions of the run are taken again, from the very beginning.

A run that is lengthened goes on from the last evaluation that the longer run makes too. What a run
does only because it ends, an evaluation between two multiples of `eval_every` and the updates of a
block that is not full, a longer one does not do there; such a checkpoint says so
(`only_as_the_end`) and is set aside.
"""

import json
import zlib
from collections import deque
from pathlib import Path

import numpy as np

from ddpg_tf.agents.checkpoint import restore_agent
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.vector import Transitions
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.startup import note
from ddpg_tf.storage import packed, readable
from ddpg_tf.training.saved_run import ARRAYS_FILE, RUN_FILE, SavedRun


def write_run_state(run, files: dict[str, str], directory: Path) -> None:
    """Write all that `restore_run` needs beside the agent. files: name -> checksum of its steps."""
    arrays = {"observations": run.environments.observations}
    for name, part in (("explorer", run.explorer), ("episodes", run.episodes)):
        arrays |= {f"{name}/{key}": array for key, array in part.state().items()}
    state = {
        "step": run.step,
        "generators": {name: g.bit_generator.state for name, g in run.generators.items()},
        "environments": run.environments.place(),
        "replay": checksum(run.replay_for_now),
        "only_as_the_end": run.is_over and not run.on_schedule,
        "files": files,
    }
    (directory / ARRAYS_FILE).write_bytes(packed(arrays))
    (directory / RUN_FILE).write_text(json.dumps(state, indent=2) + "\n")


def restore_run(run, saved: SavedRun) -> None:
    """Bring a new `run` to where a saved one is.

    Raises ValueError if one of its files cannot be read, if something else than its steps went into
    its replay buffer, or if its actions lead to other transitions when all are taken again.
    """
    arrays, state = saved.arrays, saved.state
    with readable(saved.checkpoint / RUN_FILE):
        for name, generator in run.generators.items():
            generator.bit_generator.state = state["generators"][name]
    # before the explorer, which keeps a policy of the agent's
    restore_agent(run.agent_for_now, saved.checkpoint)
    with readable(saved.checkpoint / ARRAYS_FILE):
        for name, part in (("explorer", run.explorer), ("episodes", run.episodes)):
            start = f"{name}/"
            part.restore(
                {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
            )
    newest = [deque(maxlen=length) for length in state["environments"]["lengths"]]
    for steps in saved.steps():
        for batch in steps.complete(run.returns):
            run.replay_for_now.extend(batch)
        for index, rows in enumerate(newest):
            rows.extend(steps.newest(index, rows.maxlen or 0))
    if checksum(run.replay_for_now) != state["replay"]:
        raise ValueError(
            f"something besides its own steps went into the replay buffer of the run in "
            f"{str(saved.run_dir)!r}, such as a callback's transitions, which are not saved; it "
            "cannot go on, but its agent is intact: ddpg-tf evaluate DIR"
        )
    run.step, run.history = saved.step, saved.history
    if not reaches_its_place(run, saved, newest, arrays["observations"]):
        note(
            f"{run.config.env_id} does not come to the same place when its present episode is "
            f"played again: all {saved.step:,} steps are"
        )
        play_all_again(run, saved)


def reaches_its_place(run, saved: SavedRun, newest: list[deque], observations: np.ndarray) -> bool:
    """Play the present episode of each environment again; whether all has the same bits."""
    actions = [[action for action, _ in rows] for rows in newest]
    rewards = [[reward for _, reward in rows] for rows in newest]
    try:
        found = run.environments.begin_again(saved.state["environments"], actions)
    except FaultyEnvironmentError:
        return False
    same = run.environments.observations.tobytes() == observations.tobytes()
    return same and found == rewards


def play_all_again(run, saved: SavedRun) -> None:
    """Take all actions of the run again, in new environments.

    Raises ValueError unless each leads to the transition that was saved.
    """
    run.environments.close()
    run.begin_environments()
    run.step = 0
    for steps in saved.steps():
        for before in steps.one_by_one():
            actions = np.zeros((run.config.num_envs, before.batch.actions.shape[1]), np.float32)
            # an environment that is only reset ignores its action
            actions[before.indices] = before.batch.actions
            if not is_same(run.step_environments(actions), before):
                raise ValueError(
                    f"{run.config.env_id} did not answer the same actions in the same way again, "
                    "so this run cannot be resumed; its agent is intact: ddpg-tf evaluate DIR"
                )
            run.step += len(before.indices)


def is_same(found: Transitions, before: Transitions) -> bool:
    """Whether two steps have the same bits, observations as they are stored."""
    one, other = ((*each.batch[:5], *each[1:]) for each in (found, before))
    pairs = zip(one, other, strict=True)
    return all(
        one.shape == other.shape and one.astype(other.dtype).tobytes() == other.tobytes()
        for one, other in pairs
    )


def checksum(replay: ReplayBuffer) -> int:
    """A checksum of the buffer's contents."""
    total = 0
    for array in replay.pieces():
        total = zlib.crc32(np.ascontiguousarray(array), total)
    return total
