"""Going on with a run that was cut off, to the same end, bit for bit.

The inner state of gymnasium's environments cannot be saved, but it can be reached again: with the
same seeds they answer the same actions in the same way. So the actions are saved, and replayed in
the environment, which fills the replay buffer too. Everything else that a run holds, networks,
moments and the state of each random generator, is saved with every checkpoint.
"""

import json
import zlib
from pathlib import Path

import numpy as np

from ddpg_tf.agents.checkpoint import restore_agent
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.run_files import all_checkpoints, readable

RUN_FILE = "run.json"
ACTIONS_FILE = "actions.npy"
EXPLORER_FILE = "explorer.npz"


def write_run_state(run, directory: Path) -> None:
    """Write all that `restore_run` needs: the actions since the last checkpoint, and all states."""
    np.save(directory / ACTIONS_FILE, np.stack(run.actions_taken))
    np.savez(directory / EXPLORER_FILE, **run.explorer.state())
    state = {
        "step": run.step,
        "generators": {name: g.bit_generator.state for name, g in run.generators.items()},
        "replay": checksum(run.replay),
    }
    (directory / RUN_FILE).write_text(json.dumps(state, indent=2) + "\n")


def restore_run(run, run_dir: str | Path) -> None:
    """Bring a new `run` to the last checkpoint of the run in `run_dir`.

    A run without a checkpoint begins anew. Raises ValueError if the run is complete, if one
    of its files is damaged, or if its actions lead to other transitions when they are replayed.
    """
    checkpoints = all_checkpoints(run_dir)
    if not checkpoints:
        return
    with readable(checkpoints[-1] / RUN_FILE) as path:
        state = json.loads(path.read_text())
        step, replay = int(state["step"]), int(state["replay"])
        for name, generator in run.generators.items():
            generator.bit_generator.state = state["generators"][name]
    if step >= run.config.total_steps:
        raise ValueError(f"the run in {str(run_dir)!r} is complete: {step:,} steps")
    for checkpoint in checkpoints:
        with readable(checkpoint / ACTIONS_FILE) as path:
            actions_taken = np.load(path)
        for actions in actions_taken:
            run.take(actions)
    if run.step != step:
        raise ValueError(
            f"the checkpoints in {str(run_dir)!r} hold the actions of {run.step:,} steps and not "
            f"of {step:,}: is one missing? The agent is intact: ddpg-tf evaluate DIR"
        )
    if checksum(run.replay) != replay:
        raise ValueError(
            f"{run.config.env_id} did not answer the same actions in the same way again, so this "
            "run cannot be resumed; its agent is intact: ddpg-tf evaluate DIR"
        )
    run.episodes = run.episodes.next()
    restore_agent(run.agent, checkpoints[-1])
    with readable(checkpoints[-1] / EXPLORER_FILE) as path, np.load(path) as explorer_state:
        run.explorer.restore(explorer_state)


def checksum(replay: ReplayBuffer) -> int:
    """A checksum of the buffer's contents."""
    total = 0
    for array in replay.contents():
        total = zlib.crc32(np.ascontiguousarray(array), total)
    return total
