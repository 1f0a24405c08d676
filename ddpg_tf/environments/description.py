"""What of an environment can be written down in a config, so that a run can be read back."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, WrapperSpec

from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.make import Source, label_of
from ddpg_tf.validation import kind_of


def with_environment(
    config: DDPGConfig, env: Source | None
) -> tuple[DDPGConfig, EnvSpec | Callable[..., gym.Env] | None]:
    """The config that describes `env`, and what no config can describe, or None.

    env: an id, a spec or a function, which takes the place of the config's env_id; None leaves all
    as it is. A function, and a spec that names what has no name, stay what they are: the config
    then says that there was one.
    Raises TypeError for anything else.
    """
    if env is None:
        return config, None
    if isinstance(env, str):
        return replace(config, env_id=env), None
    if isinstance(env, EnvSpec):
        fields = fields_of(env, config)
        if fields is not None:
            return replace(config, **fields), None
    elif not callable(env):
        raise TypeError(
            "env must be an id, a gymnasium EnvSpec or a function that makes an environment; got "
            f"{kind_of(env)}{'; give lambda: gymnasium.make(...)' * isinstance(env, gym.Env)}"
        )
    return replace(config, env_id=label_of(env)), env


def fields_of(spec: EnvSpec, config: DDPGConfig) -> dict[str, Any] | None:
    """The fields of a config that make what `spec` makes; None if no such fields do.

    The spec's own arguments, wrappers and limit come before those of `config`.
    """
    registered = gym.registry.get(spec.id)
    if registered is None or registered.entry_point != spec.entry_point:
        return None
    shared = len(registered.additional_wrappers)
    wrappers = [text_of(wrapper) for wrapper in spec.additional_wrappers[shared:]]
    limit = spec.max_episode_steps
    has_own_limit = limit != registered.max_episode_steps
    if (
        None in wrappers
        or spec.additional_wrappers[:shared] != registered.additional_wrappers
        or not set(registered.kwargs) <= set(spec.kwargs)
        or (has_own_limit and limit is None)
    ):
        return None
    fields: dict[str, Any] = {
        "env_id": importable_id(spec),
        "env_kwargs": {**config.env_kwargs, **own_arguments(spec, registered)},
        "wrappers": tuple(wrappers) or config.wrappers,
        "max_episode_steps": limit if has_own_limit else config.max_episode_steps,
    }
    try:
        replace(config, **fields)
    except (TypeError, ValueError):  # an argument that JSON cannot hold
        return None
    return fields


def own_arguments(spec: EnvSpec, registered: EnvSpec) -> dict[str, Any]:
    """The arguments in which a spec differs from the one that is registered."""
    nothing = object()
    before = registered.kwargs
    return {k: v for k, v in spec.kwargs.items() if same(before.get(k, nothing), v) is False}


def same(a: Any, b: Any) -> bool:
    """Whether two arguments are equal; of arrays, whether they are one array."""
    try:
        return a is b or bool(a == b)
    except ValueError:
        return False


def text_of(wrapper: WrapperSpec) -> str | None:
    """A wrapper as an entry of `wrappers`; None if its arguments are no plain values."""
    module, _, name = wrapper.entry_point.partition(":")
    arguments = wrapper.kwargs
    if arguments is None or not all(is_literal(value) for value in arguments.values()):
        return None
    path = name if module.startswith("gymnasium.wrappers") else f"{module}:{name}"
    return f"{path}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def is_literal(value: Any) -> bool:
    """Whether `value` is a plain value, which its repr gives back."""
    if isinstance(value, list | tuple):
        return all(is_literal(item) for item in value)
    return type(value) in (bool, int, float, str, type(None))


def importable_id(spec: EnvSpec) -> str:
    """The spec's id, with the module to import first where that is not Gymnasium's or ours."""
    entry_point = spec.entry_point
    if isinstance(entry_point, str):
        module = entry_point.partition(":")[0]
    else:
        module = getattr(entry_point, "__module__", "")
    is_known = module.partition(".")[0] in ("", "__main__", "gymnasium", "ddpg_tf")
    if is_known or not can_be_imported(module):
        return spec.id
    return f"{module}:{spec.id}"


def can_be_imported(module: str) -> bool:
    """Whether there is such a module."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True
