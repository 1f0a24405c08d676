"""One worker's process, started by `launch.py`: trains as it is ordered to."""

import sys

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.child import Parent, obey
from ddpg_tf.distributed.cluster import cluster_of_environment
from ddpg_tf.startup import import_tensorflow_quietly


def train(order: dict, parent: Parent) -> None:
    """Take part in the run that `order` describes; the chief tells of its progress."""
    import_tensorflow_quietly()
    from ddpg_tf.distributed.worker import train_as_worker

    def report(progress):
        parent.tell({"step": progress.step, "row": progress.row})
        # the parent has callbacks, which may stop the run
        progress.stopped |= parent.hear()

    config = DDPGConfig.from_dict(order["config"])
    train_as_worker(config, cluster_of_environment(), order["run_dir"], [report])


if __name__ == "__main__":
    sys.exit(obey(train))
