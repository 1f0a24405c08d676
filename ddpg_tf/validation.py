"""What a config may hold: each field within its range, and no two that contradict each other."""

import math

import numpy as np

CHOICES = {
    "algorithm": ("ddpg", "td3"),
    "action_gradient": ("none", "clip_value", "clip_norm", "invert"),
    "learning_rate_schedule": ("constant", "linear", "cosine"),
    "normalization": ("none", "layer", "batch"),
    "exploration": ("gaussian", "ou", "parameter", "none"),
    "vectorization": ("sync", "async"),
    "autoreset": ("same_step", "next_step", "disabled"),
}
NAMES = ("env_id", "strategy", "optimizer")
SWITCHES = ("jit_compile", "normalize_observations", "normalize_returns", "pop_art")
POSITIVE_INTEGERS = (
    "total_steps",
    "batch_size",
    "buffer_size",
    "target_update_every",
    "policy_delay",
    "noise_anneal_steps",
    "parameter_noise_adapt_every",
    "num_envs",
    "workers",
    "update_every",
    "eval_every",
    "eval_episodes",
)
WHOLE_NUMBERS = ("seed", "warmup_steps", "actor_warmup_steps", "action_layer")
POSITIVE_NUMBERS = (
    "reward_scale",
    "actor_learning_rate",
    "critic_learning_rate",
    "action_gradient_limit",
    "observation_clip",
    "ou_theta",
    "ou_dt",
    "updates_per_step",
)
NUMBERS_FROM_ZERO = ("critic_l2", "noise_sigma", "target_noise_sigma", "target_noise_clip")
OPTIONAL = ("image_side", "record_every", "gradient_clip_norm", "delta_clip", "noise_sigma_final")


def check(config) -> None:
    """Raise ValueError or TypeError, in one line, for a config that means nothing."""
    check_fields(config)
    check_combinations(config)


def check_fields(config) -> None:
    """Raise for the first field that is not in its own range."""
    for name in NAMES:
        if not isinstance(getattr(config, name), str):
            raise TypeError(f"{name} must be a name; got {getattr(config, name)!r}")
    for name in SWITCHES:
        if not isinstance(getattr(config, name), bool):
            raise TypeError(f"{name} must be True or False; got {getattr(config, name)!r}")
    for name, choices in CHOICES.items():
        require_choice(name, getattr(config, name), choices)
    require_widths("hidden_sizes", config.hidden_sizes)
    if config.critic_hidden_sizes is not None:
        require_widths("critic_hidden_sizes", config.critic_hidden_sizes)
    for name in POSITIVE_INTEGERS:
        require_integer(name, getattr(config, name), at_least=1)
    for name in WHOLE_NUMBERS:
        require_integer(name, getattr(config, name), at_least=0)
    for name in POSITIVE_NUMBERS:
        require_number(name, getattr(config, name), above=0)
    for name in NUMBERS_FROM_ZERO:
        require_number(name, getattr(config, name), at_least=0)
    require_number("gamma", config.gamma, at_least=0, at_most=1)
    require_number("tau", config.tau, above=0, at_most=1)
    require_number("learning_rate_final", config.learning_rate_final, at_least=0, at_most=1)
    require_number("parameter_noise_factor", config.parameter_noise_factor, above=1)
    given = [name for name in OPTIONAL if getattr(config, name) is not None]
    for name in given:
        value = getattr(config, name)
        if name in ("image_side", "record_every"):
            require_integer(name, value, at_least=1)
        elif name == "noise_sigma_final":
            require_number(name, value, at_least=0)
        else:
            require_number(name, value, above=0)


def check_combinations(config) -> None:
    """Raise for the first pair of fields that contradict each other."""
    layers = len(config.critic_hidden_sizes or config.hidden_sizes)
    if config.action_layer > layers - 1:
        raise ValueError(
            f"action_layer {config.action_layer} is not one of the {layers} hidden layers of the "
            f"critic; count from 0 to {layers - 1}"
        )
    if config.batch_size > config.buffer_size:
        raise ValueError(
            f"batch_size {config.batch_size} is more than buffer_size {config.buffer_size}; "
            "the replay ring must hold at least one batch"
        )
    if config.pop_art and not config.normalize_returns:
        raise ValueError("pop_art needs the returns' moments; set normalize_returns too")
    if config.actor_warmup_steps >= config.total_steps:
        raise ValueError(
            f"actor_warmup_steps {config.actor_warmup_steps} leaves the actor untrained for all of "
            f"the {config.total_steps} total_steps; lower it"
        )
    if config.algorithm == "td3" and config.target_update_every not in (1, config.policy_delay):
        raise ValueError(
            f"td3 updates its targets together with its actor, every policy_delay "
            f"{config.policy_delay} updates; leave out target_update_every"
        )
    if config.noise_sigma_final is not None and config.noise_sigma_final > config.noise_sigma:
        raise ValueError(
            f"noise_sigma_final {config.noise_sigma_final} is the floor that noise_sigma "
            f"{config.noise_sigma} falls to; it must not be above it"
        )
    if config.exploration == "ou" and config.ou_theta * config.ou_dt >= 2:
        raise ValueError(
            f"ou_theta {config.ou_theta} with steps of ou_dt {config.ou_dt} makes noise that grows "
            "without bound; their product must be below 2"
        )
    if config.exploration == "parameter" and config.noise_sigma == 0:
        raise ValueError(
            "parameter noise is adapted to a distance noise_sigma, which must be above 0; for none "
            "use exploration none"
        )
    if config.learning_rate_final and config.learning_rate_schedule == "constant":
        raise ValueError(
            "learning_rate_final needs a learning_rate_schedule that falls: linear or cosine"
        )
    if config.vectorization == "async" and config.num_envs == 1:
        raise ValueError("async environments need num_envs of at least 2; use vectorization sync")
    if config.workers > 1 and config.num_envs > 1 and config.autoreset == "next_step":
        raise ValueError(
            "with autoreset next_step some workers would make fewer transitions in the same steps "
            "and wait for the others; use autoreset same_step or disabled"
        )
    if config.workers > config.batch_size:
        raise ValueError(
            f"{config.workers} workers cannot share a batch of {config.batch_size}; raise "
            "batch_size or lower workers"
        )
    if config.batch_size % config.workers:
        raise ValueError(
            f"batch_size {config.batch_size} cannot be divided by {config.workers} workers; use a "
            "multiple"
        )
    block = config.update_every * config.updates_per_step
    if round(block) < 1 or not math.isclose(block, round(block)):
        raise ValueError(
            f"update_every {config.update_every} steps with {config.updates_per_step} updates each "
            f"make {block:g} updates; choose them so that the product is a whole number"
        )
    if config.record_every is not None and config.record_every % config.eval_every:
        raise ValueError(
            f"record_every {config.record_every} must be a multiple of eval_every "
            f"{config.eval_every}: what is filmed is an evaluation"
        )


def require_widths(name, widths) -> None:
    """Raise TypeError or ValueError unless `widths` is a tuple of positive integers."""
    if not isinstance(widths, tuple) or not widths:
        raise TypeError(f"{name} must be a tuple of widths like (256, 256); got {widths!r}")
    for width in widths:
        require_integer(name, width, at_least=1)


def plain(value):
    """Return a NumPy number as Python's own and a list as a tuple, so that JSON can hold them."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(plain(item) for item in value) if isinstance(value, (list, tuple)) else value


def require_integer(name, value, at_least) -> None:
    """Raise TypeError or ValueError unless `value` is an integer of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer; got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}; got {value}")


def require_number(name, value, above=-math.inf, at_least=-math.inf, at_most=math.inf) -> None:
    """Raise TypeError or ValueError unless `value` is a finite number within the bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number; got {value!r}")
    if not (math.isfinite(value) and above < value and at_least <= value <= at_most):
        bounds = [f"above {above}"] if above > -math.inf else []
        bounds += [f"at least {at_least}"] if at_least > -math.inf else []
        bounds += [f"at most {at_most}"] if at_most < math.inf else []
        raise ValueError(f"{name} must be finite, {' and '.join(bounds)}; got {value}")


def require_choice(name, value, choices) -> None:
    """Raise ValueError, listing the choices, unless `value` is one of them."""
    if value not in choices:
        raise ValueError(f"unknown {name} {value!r}; choose from: {', '.join(choices)}")
