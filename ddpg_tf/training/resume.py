"""Going on with a run that was cut off, to the same end, bit for bit.

The inner state of gymnasium's environments cannot be saved, but it can be reached again: with the
same seeds they answer the same actions in the same way. So the actions are saved, and replayed in
the environment, which fills the replay buffer too. Everything else that a run holds, networks,
moments and the state of each random generator, is saved with every checkpoint.

A run that is lengthened goes on from the last evaluation that the longer run makes too. What a run
does only because it ends, an evaluation between two multiples of `eval_every` and the updates of a
block that is not full, a longer one does not do there; such a checkpoint says so
(`only_as_the_end`) and is set aside.
"""

import json
import zlib
from pathlib import Path

import numpy as np

from ddpg_tf.agents.checkpoint import is_of_other_critics, restore_agent
from ddpg_tf.config import DDPGConfig
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.run_files import readable, resumable_checkpoints
from ddpg_tf.training.history import reached_return, whole_rows

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
        "replay": checksum(run.replay_for_now),
        "only_as_the_end": run.is_over and not run.on_schedule,
    }
    (directory / RUN_FILE).write_text(json.dumps(state, indent=2) + "\n")


def require_unfinished(config: DDPGConfig, run_dir: str | Path, total_steps: int | None) -> None:
    """Raise ValueError if there is nothing left to do of the run in `run_dir`.

    config: as it was begun. total_steps: how long it is to become, or None.
    """
    checkpoints = resumable_checkpoints(run_dir)
    if not checkpoints:
        return
    done = read_state(checkpoints[-1])["step"]
    longer = f"ddpg-tf train --resume {run_dir} --total-steps"
    if total_steps is not None:
        if total_steps <= done:
            raise ValueError(
                f"total_steps {total_steps} is no more than the {done} steps that the run in "
                f"{str(run_dir)!r} has made; ask for more"
            )
        return
    if done >= config.total_steps:
        raise ValueError(
            f"the run in {str(run_dir)!r} is complete: {done:,} steps; for a longer one: {longer} N"
        )
    rows = {row["step"]: row for row in whole_rows(Path(run_dir) / "metrics.csv")}
    if reached_return(config, rows.get(done)):
        raise ValueError(
            f"the run in {str(run_dir)!r} is complete: at step {done:,} it reached its "
            f"stop_at_return {config.stop_at_return}; to go on until the next evaluation that "
            f"does: {longer} {max(config.total_steps, done + 1)}"
        )


def restore_run(run, run_dir: str | Path) -> None:
    """Bring a new `run` to the last checkpoint of the run in `run_dir` that it makes too.

    A run without one begins anew. Raises ValueError if one of its files is damaged, or if its
    actions lead to other transitions when they are replayed.
    """
    checkpoints = resumable_checkpoints(run_dir)
    state = read_state(checkpoints[-1]) if checkpoints else {}
    if state.get("only_as_the_end"):
        checkpoints = checkpoints[:-1]
    if not checkpoints:
        return
    if is_of_other_critics(run.agent_for_now, checkpoints[-1]):
        raise ValueError(
            f"the run in {str(run_dir)!r} was made by a version of ddpg-tf whose critic saw "
            "actions in other units, so it would go on as another run; its agent is intact: "
            "ddpg-tf evaluate DIR, or begin from it: train --init-from DIR"
        )
    state = read_state(checkpoints[-1])
    step, replay = state["step"], state["replay"]
    with readable(checkpoints[-1] / RUN_FILE):
        for name, generator in run.generators.items():
            generator.bit_generator.state = state["generators"][name]
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
    if checksum(run.replay_for_now) != replay:
        raise ValueError(
            f"{run.config.env_id} did not answer the same actions in the same way again, so this "
            "run cannot be resumed; its agent is intact: ddpg-tf evaluate DIR"
        )
    run.episodes = run.episodes.next()
    restore_agent(run.agent_for_now, checkpoints[-1])
    with readable(checkpoints[-1] / EXPLORER_FILE) as path, np.load(path) as explorer_state:
        run.explorer.restore(explorer_state)


def read_state(checkpoint: Path) -> dict:
    """What `write_run_state` wrote there, with the types it had. Raises ValueError for damage."""
    with readable(checkpoint / RUN_FILE) as path:
        # runs that could not be made longer yet did not say it
        state = {"only_as_the_end": False} | json.loads(path.read_text())
        kinds = {"step": int, "replay": int, "generators": dict, "only_as_the_end": bool}
        return {name: kind(state[name]) for name, kind in kinds.items()}


def checksum(replay: ReplayBuffer) -> int:
    """A checksum of the buffer's contents."""
    total = 0
    for array in replay.pieces():
        total = zlib.crc32(np.ascontiguousarray(array), total)
    return total
