"""`ddpg-tf export`: a trained policy for use without this library."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from ddpg_tf.cli.output import require_writable
from ddpg_tf.run_files import latest_checkpoint
from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.history import best_checkpoint


@dataclass
class Export:
    """Write the policy of a trained agent as a SavedModel and as a TFLite file.

    Both take observations as the environment gives them, float32 [n, obs_dim], and give actions in
    the environment's units. tutorials/use_the_policy.md plays one in twenty lines.

    Example:  ddpg-tf export runs/Pendulum-v1/ddpg-mean_q-s0 --out policy
    """

    run_dir: tyro.conf.Positional[Path]
    """Directory of a run (its latest agent) or of one of its checkpoints."""
    best: bool = False
    """The checkpoint with the best evaluation in place of the latest."""
    out: Path | None = None
    """Directory to write; by default DIR/policy."""

    def run(self) -> int:
        checkpoint = (best_checkpoint if self.best else latest_checkpoint)(self.run_dir)
        out = self.out or self.run_dir / "policy"
        require_writable(out)
        import_tensorflow_quietly()
        from ddpg_tf.agents.ddpg import DDPG

        agent = DDPG.load(checkpoint)
        agent.export(out)
        shape = ", ".join(map(str, agent.observation_space.shape))
        print(
            f"policy of {checkpoint}: observations [n, {shape}] -> actions [n, {agent.action_size}]"
        )
        print(f"SavedModel: {out}\nTFLite:     {out / 'policy.tflite'}")
        return 0
