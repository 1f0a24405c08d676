"""`ddpg-tf evaluate`: what a trained agent is worth."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro

from ddpg_tf.acting.saved import SavedPolicy, saved_policy
from ddpg_tf.cli.output import require_writable
from ddpg_tf.environments.evaluation import evaluate, require_episodes
from ddpg_tf.run_files import latest_checkpoint
from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.history import best_checkpoint


@dataclass
class Evaluate:
    """Let a trained agent act without noise and print its returns.

    Example:  ddpg-tf evaluate runs/Pendulum-v1/ddpg-mean_q-s0 --episodes 3 --video
    """

    run_dir: tyro.conf.Positional[Path]
    """Directory of a run (its latest agent) or of one of its checkpoints."""
    env_id: str | None = None
    """Environment to use instead of the run's own; needed if that came from a function:
    module:name."""
    episodes: int = 20
    """Number of episodes."""
    seed: int = 0
    """Source of the environment's randomness."""
    best: bool = False
    """Play the agent of the run's best evaluation instead of the latest one."""
    video: bool = False
    """Record the episodes, to DIR/videos/. This needs two packages more:
    pip install moviepy 'gymnasium[classic-control]'"""

    def run(self) -> int:
        if self.best:
            checkpoint = best_checkpoint(self.run_dir)
            print(f"the best of {self.run_dir}: {checkpoint.name}")
        else:
            checkpoint = latest_checkpoint(self.run_dir)
        agent = saved_policy(checkpoint) or loaded(checkpoint)
        config = agent.config
        if self.env_id is not None:
            config = replace(config, env_id=self.env_id)
        agent = SavedPolicy(config, agent.policy())
        if self.video:
            returns = self.recorded(agent, checkpoint.name)
        else:
            returns = evaluate(agent, config.env_id, self.episodes, self.seed)
        print(" ".join(f"{value:.1f}" for value in returns))
        print(
            f"{config.env_id}: mean {returns.mean():.1f}, standard deviation "
            f"{returns.std():.1f}, {self.episodes} episodes"
        )
        if self.video:
            print(f"videos: {self.run_dir / 'videos'}")
        return 0

    def recorded(self, agent: SavedPolicy, checkpoint: str) -> np.ndarray:
        """Make videos of the episodes that `evaluate` would play; return their returns."""
        from ddpg_tf.environments.video import record_videos, require_video

        require_writable(self.run_dir / "videos")
        require_episodes(self.episodes, self.seed)
        require_video(agent.config.env_id, agent.config)
        played = f"{checkpoint}_seed_{self.seed}_episode"
        names = [f"{played}_{index:03d}" for index in range(self.episodes)]
        return record_videos(agent, names, self.seed, self.run_dir / "videos")


def loaded(checkpoint: Path):
    """The agent itself, for a policy that needs TensorFlow."""
    import_tensorflow_quietly()
    from ddpg_tf.agents.ddpg import DDPG

    return DDPG.load(checkpoint)
