"""What lies where in a run's directory, and how to read and write it safely.

    config.json  metrics.csv  checkpoints/step_000001000/  videos/  figures/

Needs neither TensorFlow nor Keras, so that a mistyped path is reported at once.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ddpg_tf.config import CHECKSUM, DDPGConfig
from ddpg_tf.startup import note_once
from ddpg_tf.storage import SUMS_FILE, DamagedError, readable, require_sums, sha256, write_file

CONFIG_FILE = "config.json"
METRICS_FILE = "metrics.csv"
"""In a run's directory: a row for each evaluation so far."""

HISTORY_FILE = "history.csv"
"""In a checkpoint: what metrics.csv held then."""

AGENT_FILE = "agent.json"
"""The file that makes a directory a checkpoint."""

NETWORKS_FILE = "networks.npz"
"""In a checkpoint: the weights of all networks."""

STATE_FILE = "state.npz"
"""In a checkpoint: what the agent has learned besides its networks' weights."""

FAULT_FILE = "fault.txt"
"""What ended the run, in a checkpoint that holds the agent alone: no run can go on from it."""


def write_config(run_dir: Path, config: DDPGConfig) -> None:
    """Write config.json, which is whole at any time and says if it was edited."""
    values = config.to_dict()
    text = json.dumps(values | {CHECKSUM: checksum_of(values)}, indent=2) + "\n"
    write_file(run_dir / CONFIG_FILE, text.encode())


def checksum_of(values: dict) -> str:
    """The SHA-256 of a config's values."""
    return sha256(json.dumps(values, sort_keys=True).encode())


def saved_config(run_dir: str | Path) -> DDPGConfig:
    """The config of the run in `run_dir`. Raises FileNotFoundError if there is none.

    Raises DamagedError for one that was edited or damaged, which names the field where a checkpoint
    says what it was.
    """
    run_dir = Path(run_dir)
    path = run_dir / CONFIG_FILE
    if not path.is_file():
        if all_checkpoints(run_dir):
            raise DamagedError(f"{str(path)!r} is missing; its run cannot go on without it")
        raise FileNotFoundError(
            f"no run in {str(run_dir)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    with readable(path):
        values = json.loads(path.read_text())
        # versions before this one wrote no checksum
        checksum = values.pop(CHECKSUM, None)
        config = DDPGConfig.from_dict(values)
    is_edited = checksum is not None and checksum != checksum_of(values)
    require_unedited(path, config, is_edited)
    return config


def require_unedited(path: Path, config: DDPGConfig, is_edited: bool) -> None:
    """Raise DamagedError if `config`, read from `path`, is not the one that its run has.

    is_edited: whether it has another checksum. The run may have been made longer by resuming it
    since its newest checkpoint.
    """
    kept = config_in_newest(path.parent)
    now, before = config.to_dict(), {} if kept is None else kept[1].to_dict()
    changed = [name for name in before if now[name] != before[name]]
    if not is_edited and changed in ([], ["total_steps"]):
        return
    if not changed:
        raise DamagedError(f"{str(path)!r} was edited or damaged: its checksum is another")
    name, advice = changed[0], "a run's settings cannot be changed; set it back"
    if name == "total_steps":
        advice = f"set it back, and make the run longer with --resume {path.parent} --total-steps N"
    checkpoint = kept[0] if kept else None
    raise DamagedError(
        f"{str(path)!r} was edited or damaged: {name} is {now[name]} there, and {before[name]} in "
        f"{str(checkpoint)!r}; {advice}"
    )


def config_in_newest(run_dir: Path) -> tuple[Path, DDPGConfig] | None:
    """The newest intact checkpoint and the config in it, if there is one."""
    for checkpoint in reversed(all_checkpoints(run_dir)):
        try:
            require_intact(checkpoint)
            with readable(checkpoint / AGENT_FILE) as path:
                return checkpoint, DDPGConfig.from_dict(json.loads(path.read_text())["config"])
        except DamagedError:
            continue
    return None


# ---- checkpoints ------------------------------------------------------------------------------


def latest_checkpoint(directory: str | Path) -> Path:
    """`directory` if it is a checkpoint, else the newest intact one in the run's directory.

    A newer one that is damaged is named in a line. Raises FileNotFoundError if there is neither,
    and DamagedError if none is intact.
    """
    directory = Path(directory)
    if any((directory / name).is_file() for name in (AGENT_FILE, NETWORKS_FILE, STATE_FILE)):
        require_intact(directory)
        return directory
    checkpoints = all_checkpoints(directory)
    if not checkpoints:
        raise FileNotFoundError(
            f"no agent in {str(directory)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    return newest(checkpoints, require_intact)


def newest(checkpoints: Sequence[Path], require: Callable[[Path], object]) -> Path:
    """The last of the checkpoints that `require` does not refuse with a DamagedError.

    What was refused is said in one line. Raises DamagedError if none is left.
    """
    damages: list[DamagedError] = []
    for checkpoint in reversed(checkpoints):
        try:
            require(checkpoint)
        except DamagedError as damage:
            damages.append(damage)
            continue
        if damages:
            note_once(f"{damages[0]}; {checkpoint.name} is used in place of {checkpoints[-1].name}")
        return checkpoint
    raise DamagedError(f"{damages[0]}; there is no intact checkpoint before it") from damages[0]


def require_intact(checkpoint: Path) -> None:
    """Raise DamagedError unless a checkpoint's files are those that were written.

    Formats before 4 have no checksums: of their files only what cannot be read is found out.
    """
    if (checkpoint / SUMS_FILE).exists() or (checkpoint / NETWORKS_FILE).exists():
        require_sums(checkpoint)
    if not (checkpoint / AGENT_FILE).is_file():
        raise DamagedError(f"{str(checkpoint / AGENT_FILE)!r} is missing")


def all_checkpoints(run_dir: str | Path) -> list[Path]:
    """The directories of a run's checkpoints, oldest first."""
    return sorted(path for path in Path(run_dir).glob("checkpoints/step_*[0-9]") if path.is_dir())


def checkpoint_at(run_dir: str | Path, step: int) -> Path:
    """The directory of a run's checkpoint of that step."""
    return Path(run_dir) / "checkpoints" / f"step_{step:09d}"


def resumable_checkpoints(run_dir: str | Path) -> list[Path]:
    """Those that a run can go on from, oldest first."""
    return [path for path in all_checkpoints(run_dir) if not (path / FAULT_FILE).exists()]


def step_of(checkpoint: Path) -> int:
    """The step that a checkpoint was made at."""
    return int(checkpoint.name.removeprefix("step_"))
