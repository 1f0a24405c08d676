"""One worker's process, started by `launch.py`: trains as it is ordered to."""

import sys
from collections.abc import Callable

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.child import obey
from ddpg_tf.distributed.cluster import cluster_of_environment
from ddpg_tf.startup import import_tensorflow_quietly


def train(order: dict, tell: Callable[[dict], None]) -> None:
    """Take part in the run that `order` describes; the chief tells of each step and row."""
    import_tensorflow_quietly()
    from ddpg_tf.distributed.worker import train_as_worker

    def report(progress):
        tell({"step": progress.step, "row": progress.row})

    config = DDPGConfig.from_dict(order["config"])
    train_as_worker(config, cluster_of_environment(), order["run_dir"], [report])


if __name__ == "__main__":
    sys.exit(obey(train))
