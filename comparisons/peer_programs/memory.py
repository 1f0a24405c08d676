"""The memory of a run of this project on HalfCheetah-v5 whose replay buffer fills up.

    python -m comparisons.peer_programs.memory STEPS         prints JSON, in bytes

The run is real, but seldom learns: 50 updates in one call every 50,000 steps, as many as a block
has. That takes the same memory in a hundredth of the time.
"""

import json
import sys
import tempfile
from pathlib import Path

from comparisons.peer_programs.__main__ import peak_bytes
from comparisons.peer_programs.setting import LEARNING_RATE, WIDTHS
from ddpg_tf.startup import import_tensorflow_quietly

BLOCK = 50


def main(steps: int) -> dict:
    """The peak of resident memory so far, in bytes, after each stage of a run of so many steps.

    imports: TensorFlow and the library. networks: agent and environments, buffer still empty.
    first_updates: the first block, which is compiled. whole_run: the buffer full, checkpoints
    written. buffer: what the replay buffer says that it holds, which is part of the last.
    """
    import_tensorflow_quietly()
    from ddpg_tf.training.loop import TrainingRun

    peaks = {"imports": peak_bytes()}
    with tempfile.TemporaryDirectory() as folder, TrainingRun(config_of(steps)) as run:
        peaks["networks"] = peak_bytes()
        run.record_to(Path(folder) / "run")
        for progress in run:
            if progress.metrics is not None:
                peaks.setdefault("first_updates", peak_bytes())
        peaks["whole_run"] = peak_bytes()
        return peaks | {"buffer": run.replay.nbytes, "transitions": len(run.replay)}


def config_of(steps: int):
    """A run whose buffer is full at its end, with an evaluation and a checkpoint every 20th."""
    from ddpg_tf import DDPGConfig

    block = min(50_000, steps // 2)
    return DDPGConfig(
        env_id="HalfCheetah-v5",
        total_steps=steps,
        buffer_size=steps,
        warmup_steps=min(10_000, block),
        batch_size=256,
        hidden_sizes=WIDTHS,
        actor_learning_rate=LEARNING_RATE,
        critic_learning_rate=LEARNING_RATE,
        update_every=block,
        updates_per_step=BLOCK / block,
        eval_every=block,
        eval_episodes=1,
    )


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
