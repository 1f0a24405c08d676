"""What is due at which step of a run, as arithmetic on its config."""

from ddpg_tf.config import DDPGConfig


def updates_due(config: DDPGConfig, before: int, after: int) -> int:
    """How many updates follow the steps from `before` to `after`.

    The learner is called every `update_every` steps after the warm-up, and after the last step for
    the remaining ones.
    """
    learned_for, learns_for = (max(step - config.warmup_steps, 0) for step in (before, after))
    block = config.update_every
    steps = block * (learns_for // block - learned_for // block)
    if after >= config.total_steps:
        steps += left_over(config, after)
    return config.updates_after(steps)


def left_over(config: DDPGConfig, step: int) -> int:
    """Steps at the end of a run of `step` steps that do not fill a block of `update_every`."""
    return max(step - config.warmup_steps, 0) % config.update_every


def passes(every: int, before: int, after: int) -> bool:
    """Whether a multiple of `every` has come between two counts of steps."""
    return after // every > before // every


def next_evaluation(config: DDPGConfig, step: int) -> int:
    """The step of the first evaluation that does not come before `step`."""
    return min(-(-step // config.eval_every) * config.eval_every, config.total_steps)


def require_enough_for_a_batch(config: DDPGConfig, before: int = 0) -> None:
    """Raise ValueError if the first update would come before a batch can be drawn.

    before: transitions that are there when the run begins.
    """
    first = before + min(config.warmup_steps + config.update_every, config.total_steps)
    # the latest transitions of each environment wait for the steps that follow
    first = max(first - (config.n_step - 1) * config.num_envs, 0)
    if config.total_steps > config.warmup_steps and first < config.batch_size:
        waiting = f", of n_step {config.n_step}," if config.n_step > 1 else ""
        raise ValueError(
            f"the first update comes when {first} transitions{waiting} are stored, fewer than "
            f"batch_size {config.batch_size}; raise warmup_steps or lower batch_size"
        )
