"""One run on several processes or machines, as OpenAI Baselines did it with MPI.

Every worker plays the same run with environments, noise and a replay ring of its own, and draws
its share of each batch, B / N transitions, from its own ring. Between gradients and optimiser
the gradients are averaged over the N workers. All workers start from the weights of the first, the
chief, and make equal steps from there: so their weights stay equal, and none has to be sent.

    cluster.py      who takes part: TensorFlow's environment variable TF_CONFIG
    collectives.py  average, gather and copy between workers, on MultiWorkerMirroredStrategy
    agent.py        the same agents, with averaged gradients and shared moments
    worker.py       one worker's part of a run
    launch.py       N workers on this machine, each a process with a TF_CONFIG of its own
    child.py        how such a process talks to the one that started it
"""


def train_together(config, run_dir=None, progress=None):
    """Train as `ddpg_tf.train` does, with `config.workers` workers.

    With TF_CONFIG in the environment this process is one of them; else all are started here.
    Besides what `train` raises, raises ConnectionError or ChildProcessError if a worker is lost,
    and ValueError if TF_CONFIG lists another number of workers.
    """
    from ddpg_tf.distributed.cluster import cluster_for
    from ddpg_tf.distributed.launch import train_on_this_machine
    from ddpg_tf.distributed.worker import train_as_worker

    cluster = cluster_for(config.workers)
    if cluster is None:
        return train_on_this_machine(config, run_dir, progress)
    return train_as_worker(config, cluster, run_dir, progress)
