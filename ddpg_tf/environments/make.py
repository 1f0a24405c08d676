"""One environment, as the agent sees it: made, wrapped, limited, flat, and checked."""

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeAlias

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box

from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.faults import Checked, own_error, users_traceback
from ddpg_tf.environments.wrappers import BoundedActions, FlatActions, Limit
from ddpg_tf.named import imported
from ddpg_tf.startup import note_once
from ddpg_tf.validation import kind_of

DEFAULT_LIMIT = 1_000
"""Steps after which an episode is cut off where nothing else sets a limit."""

LIKE = "an id is like Pendulum-v1; one of your own is like module:name"

Source: TypeAlias = str | EnvSpec | Callable[..., gym.Env]
"""What an environment can be made from: an id, a spec, or a function that makes one.

An id is one of Gymnasium's, "module:Env-v0" for one that `module` registers, or "module:name" for
a function or class in `module` that makes an environment.
"""


def environment_for(config: DDPGConfig, source: Source | None = None, **options) -> gym.Env:
    """The environment that `config` describes; `source`, if there is one, in place of its env_id.

    options: passed on to what makes the environment, such as `render_mode`.
    """
    return make_environment(
        config.env_id if source is None else source,
        env_kwargs=config.env_kwargs,
        wrappers=config.wrappers or (),
        max_episode_steps=config.max_episode_steps,
        **options,
    )


def make_environment(
    source: Source,
    *,
    env_kwargs: Mapping[str, Any] | None = None,
    wrappers: Sequence[str] = (),
    max_episode_steps: int | None = None,
    **options,
) -> gym.Env:
    """The environment that a source makes, ready for an agent.

    source: an id or a spec of Gymnasium's, or a function that makes an environment.
    env_kwargs and options: passed on to `gymnasium.make` or to the function.
    wrappers: applied in their order, see `wrapped`. max_episode_steps: in place of its own limit.
    Where neither has any, episodes are cut off after DEFAULT_LIMIT steps.
    Observations that are no arrays, or arrays of none or two axes, are flattened by Gymnasium's
    FlattenObservation, and actions of any shape by `FlatActions`. Images stay as they are.
    What it gives has been `Checked`. Raises ValueError if Gymnasium has none of that id, and
    FaultyEnvironmentError where its own code raises an error.
    """
    name = label_of(source)
    environment = None
    arguments = {**(env_kwargs or {}), **options}
    try:
        environment = created(source, max_episode_steps, arguments)
        require_spaces(environment)
        environment = checked_inside(environment, name)
        for text in wrappers:
            environment = wrapped(environment, text)
        if not has_limit(environment):
            environment = Limit(environment, DEFAULT_LIMIT, name)
        environment = flat(environment, name)
        return environment if is_checked(environment) else Checked(environment, name)
    except Exception as error:
        if environment is not None:
            environment.close()
        # Gymnasium's errors say what is missing, whoever raises them
        if not isinstance(error, gym.error.Error) and users_traceback(error) is not None:
            what = f"cannot make environment {name!r}: its own code"
            raise own_error(what, error) from error
        given = f" with env_kwargs {dict(env_kwargs)}" if env_kwargs else ""
        raise ValueError(f"cannot make environment {name!r}{given}: {error}") from error


def label_of(source: Source) -> str:
    """What to call the environment in messages and in config.json; in <> if it is no id."""
    if isinstance(source, str):
        return source
    if isinstance(source, EnvSpec):
        return f"<spec {source.id}>"
    function = source.func if isinstance(source, partial) else source
    name = getattr(function, "__name__", type(function).__name__)
    kind = "class" if isinstance(function, type) else "function"
    return f"<{kind} {name.strip('<>')}>"


def created(source: Source, max_episode_steps: int | None, arguments: dict[str, Any]) -> gym.Env:
    """The environment as its author wrote it, with Gymnasium's usual wrappers if it has an id."""
    if isinstance(source, str) and source.startswith("<"):
        raise ValueError(
            "config.json cannot hold it, so give it again: resume(run_dir, env=...) or "
            "evaluate(agent, env) in Python, --env-id MODULE:FUNCTION on the command line"
        )
    function = function_named(source) if isinstance(source, str) else source
    if not isinstance(function, str | EnvSpec):
        environment = function(**arguments)
        if not isinstance(environment, gym.Env):
            made = "nothing" if environment is None else f"a {type(environment).__name__}"
            raise ValueError(f"it must return a gymnasium.Env; it returned {made}")
        if max_episode_steps is not None:
            environment = gym.wrappers.TimeLimit(environment, max_episode_steps)
        return environment
    try:
        # every call is checked here, in more ways and without noise
        with warnings.catch_warnings(record=True) as warned:
            environment = gym.make(
                function, max_episode_steps, disable_env_checker=True, **arguments
            )
    except (gym.error.NameNotFound, gym.error.NamespaceNotFound) as error:
        if ":" in str(source):
            raise
        raise ValueError(f"{error} One of your own is named module:name") from error
    except gym.error.Error as error:
        if not str(error).startswith("Malformed"):
            raise
        raise ValueError(LIKE) from error
    # only now: an error says by itself what is wrong
    for warning in warned:
        warn_once(str(warning.message), warning.category, warning.filename, warning.lineno)  # type: ignore[arg-type]
    return environment


@cache
def warn_once(text: str, category: Any, filename: str, line: int) -> None:
    """Warn as whoever stands at that place would have."""
    warnings.warn_explicit(text, category, filename, line)


def function_named(env_id: str) -> str | Callable[..., gym.Env]:
    """The function or class of "module:name"; an id of Gymnasium's as it is.

    Raises ValueError if there is no such module, or nothing of that name in it.
    """
    module, colon, name = env_id.partition(":")
    if colon and not (module and name):
        raise ValueError(LIKE)
    if not (module and colon and name.isidentifier()) or name in gym.registry:
        return env_id
    try:
        content = vars(import_module(module))
    except ModuleNotFoundError as error:
        # one that the module itself wants to import is another matter
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ValueError(
            f"there is no module {error.name!r} here; start in the folder that holds it, or add "
            "that to PYTHONPATH"
        ) from None
    if name in gym.registry:  # importing the module may have registered it
        return env_id
    if not callable(content.get(name)):
        near = get_close_matches(name, [other for other in content if callable(content[other])])
        hint = f"; perhaps you meant {module}:{near[0]}" if near else ""
        raise ValueError(f"module {module!r} has no function or class {name!r}{hint}")
    return content[name]


def require_spaces(environment: gym.Env) -> None:
    """Raise ValueError unless the environment has an observation and an action space."""
    for name in ("observation_space", "action_space"):
        space = getattr(environment, name, None)
        if not isinstance(space, gym.Space):
            raise ValueError(
                f"its {name} must be one of gymnasium.spaces; it is {' '.join(repr(space).split())}"
            )


def checked_inside(environment: gym.Env, name: str) -> gym.Env:
    """The environment with `Checked` below all of its wrappers."""
    if not isinstance(environment, gym.Wrapper):
        return Checked(environment, name)
    innermost = environment
    while isinstance(innermost.env, gym.Wrapper):
        innermost = innermost.env
    innermost.env = Checked(innermost.env, name)
    return environment


HARMLESS = (
    *(gym.wrappers.TimeLimit, gym.wrappers.OrderEnforcing, gym.wrappers.PassiveEnvChecker),
    *(gym.wrappers.FlattenObservation, FlatActions, BoundedActions),
)
"""Wrappers that make nothing wrong of what is right."""


def is_checked(environment: gym.Env) -> bool:
    """Whether there are only harmless wrappers around `Checked`."""
    while isinstance(environment, HARMLESS):
        environment = environment.env
    return isinstance(environment, Checked)


def has_limit(environment: gym.Env) -> bool:
    """Whether one of the environment's wrappers is a time limit."""
    while isinstance(environment, gym.Wrapper):
        if isinstance(environment, gym.wrappers.TimeLimit):
            return True
        environment = environment.env
    return False


def wrapped(environment: gym.Env, text: str) -> gym.Env:
    """The environment in the wrapper that `text` names, with arguments that are literals.

    "RescaleAction(-1.0, 1.0)" is one of gymnasium.wrappers, "my_module:Wrapper" one of your own.
    Raises ValueError for a text that names none, or if its result is no environment.
    """
    path, parenthesis, rest = text.partition("(")
    module, colon, name = path.strip().rpartition(":")
    try:
        call = ast.parse(f"f{parenthesis}{rest}" if parenthesis else "f()", mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError(text)
        positional = [ast.literal_eval(node) for node in call.args]
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError):
        raise ValueError(
            f"wrappers are like RescaleAction(-1.0, 1.0) or my_module:Wrapper(scale=0.1), with "
            f"plain values; got {text!r}"
        ) from None
    wrapper = imported("wrappers", f"{module}:{name}") if colon else wrapper_named(name)
    if not callable(wrapper):
        raise ValueError(f"wrappers: {text!r} names {kind_of(wrapper)}, not a wrapper")
    try:
        result = wrapper(environment, *positional, **named)
    except Exception as error:
        if users_traceback(error) is not None:
            raise
        remedy = " (max_episode_steps sets one)" if "TimeLimit" in str(error) else ""
        raise ValueError(f"wrappers: {text!r}: {error}{remedy}") from error
    if not isinstance(result, gym.Env):
        raise ValueError(f"wrappers: {text!r} made a {type(result).__name__}, no gymnasium.Env")
    return result


def wrapper_named(name: str) -> Any:
    """The wrapper of gymnasium.wrappers called `name`. Raises ValueError if there is none."""
    if not hasattr(gym.wrappers, name):
        near = get_close_matches(name, gym.wrappers.__all__, cutoff=0.5)
        hint = f"perhaps you meant {near[0]}" if near else "one of your own is my_module:Wrapper"
        raise ValueError(f"wrappers: gymnasium.wrappers has no {name!r}; {hint}")
    return getattr(gym.wrappers, name)


def flat(environment: gym.Env, name: str) -> gym.Env:
    """The environment with vectors for observations and actions, where it has none.

    Images and other arrays of three axes and more are left to networks that can read them.
    """
    observations, actions = environment.observation_space, environment.action_space
    as_it_is = isinstance(observations, Box) and len(observations.shape) not in (0, 2)
    if not as_it_is and observations.is_np_flattenable:
        environment = gym.wrappers.FlattenObservation(environment)
        size = environment.observation_space.shape[0]
        # with other actions there is an error to come, and no more to be said
        if isinstance(actions, Box):
            note_once(
                f"the observations of {name}, {' '.join(str(observations).split())}, are flattened "
                f"to vectors of {size} by gymnasium.wrappers.FlattenObservation"
            )
    if isinstance(actions, Box) and len(actions.shape) != 1 and np.prod(actions.shape) > 0:
        environment = FlatActions(environment)
    return environment
