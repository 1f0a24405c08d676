"""The memory of a run of this project on HalfCheetah-v5 that learns from a full replay buffer.

    python -m comparisons.peer_programs.memory ALGORITHM STEPS         prints JSON, in bytes

Random steps fill the buffer; the updates come at the end, a thousand in blocks of 50, so that the
learner is compiled beside all that a long run holds.
"""

import json
import sys
import tempfile
from pathlib import Path

from comparisons.peer_programs.__main__ import peak_bytes
from comparisons.peer_programs.setting import LEARNING_RATE, WIDTHS
from ddpg_tf.startup import import_tensorflow_quietly

BLOCK, UPDATES = 50, 1_000


def main(algorithm: str, steps: int) -> dict:
    """The peak of resident memory so far, in bytes, after each stage of a run.

    steps: as many as the buffer holds. imports: TensorFlow and the library. networks: agent and
    environments, buffer still empty. full_buffer: all steps before the first update, with an
    evaluation and a checkpoint after each 20th of them. whole_run: the updates too. buffer: what
    the replay buffer says that it holds, which is part of the last two.
    """
    import_tensorflow_quietly()
    from ddpg_tf.training.loop import TrainingRun

    peaks = {"imports": peak_bytes()}
    with tempfile.TemporaryDirectory() as folder, TrainingRun(config_of(algorithm, steps)) as run:
        peaks["networks"] = peak_bytes()
        run.record_to(Path(folder) / "run")
        for progress in run:
            if progress.metrics is None:
                peaks["full_buffer"] = peak_bytes()
        peaks["whole_run"] = peak_bytes()
        return peaks | {"buffer": run.replay.nbytes, "transitions": len(run.replay)}


def config_of(algorithm: str, steps: int):
    """A run that fills a buffer of so many steps and then learns."""
    from ddpg_tf import DDPGConfig

    return DDPGConfig(
        env_id="HalfCheetah-v5",
        algorithm=algorithm,
        total_steps=steps + UPDATES,
        buffer_size=steps,
        warmup_steps=steps,
        batch_size=256,
        hidden_sizes=WIDTHS,
        actor_learning_rate=LEARNING_RATE,
        critic_learning_rate=LEARNING_RATE,
        update_every=BLOCK,
        eval_every=steps // 20,
        eval_episodes=1,
    )


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
