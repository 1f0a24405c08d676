"""What an environment can do wrong, caught in the call in which it comes.

An environment is somebody's own code, and often their first. A NaN that it gives once is in every
weight a few updates later, and an older gym's `step` fails somewhere in a wrapper: so each call's
result is looked at before anything is done with it, and what is wrong is named where it is wrong.
"""

import traceback
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, Space, Tuple

from ddpg_tf.named import users_frames

LARGEST = float(np.finfo(np.float32).max)
"""Networks and replay buffer hold float32: beyond this number a value would be infinite there."""

BOOLS = (bool, np.bool_)

Complaint = tuple[str, str]
"""What came back, and what Gymnasium's API wants in its place."""


class FaultyEnvironmentError(ValueError):
    """An environment broke Gymnasium's API, or raised an error of its own; in one line.

    what: the environment, the call and what came of it. wanted: what would be right.
    where: the step in which it came. saved: what is left of the run. trace: the traceback of the
    user's own code, if that raised an error. agent: what had been learned, if it was a training.
    """

    def __init__(self, what: str, wanted: str = "", trace: str | None = None):
        # nothing but texts in `args`: the error may have to leave a process
        super().__init__(what, wanted, trace)
        self.what, self.wanted, self.trace = what, wanted, trace
        self.where = self.saved = ""
        self.agent: Any = None

    def __str__(self) -> str:
        text = f"{self.what} {self.where}" if self.where else self.what
        parts = (text, self.wanted, self.saved, "its own traceback:" if self.trace else "")
        return "; ".join(part for part in parts if part)


class Checked(gym.Wrapper):
    """The environment, each of whose results is looked at; raises FaultyEnvironmentError.

    It goes around an environment as its author wrote it, below all wrappers, which would fail
    in ways of their own; and around the outermost wrapper, if that may do something wrong itself.
    """

    def __init__(self, env: gym.Env, name: str):
        super().__init__(env)
        self.name = name
        self.space = env.observation_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset it, and check the observation and the info that come back."""
        try:
            result = self.env.reset(seed=seed, options=options)
        except FaultyEnvironmentError:
            raise
        except Exception as error:
            if isinstance(error, TypeError) and users_frames(error) is None:
                raise FaultyEnvironmentError(
                    f"environment {self.name}: reset cannot be called ({message_of(error)})",
                    "Gymnasium wants reset(self, *, seed=None, options=None)",
                ) from error
            raise own_error(f"environment {self.name}: its own reset", error) from error
        self.refuse("reset", reset_complaint(result, self.space))
        return result

    def step(self, action: np.ndarray) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step, and check the five values that come back."""
        try:
            result = self.env.step(action)
        except FaultyEnvironmentError:
            raise
        except Exception as error:
            raise own_error(f"environment {self.name}: its own step", error) from error
        self.refuse("step", step_complaint(result, self.space))
        return result

    def refuse(self, call: str, complaint: Complaint | None) -> None:
        """Raise FaultyEnvironmentError if there is something to complain of."""
        if complaint is not None:
            came, wanted = complaint
            what = f"environment {self.name}: {call} returned {came}"
            raise FaultyEnvironmentError(what, f"Gymnasium wants {wanted}")


def reset_complaint(result: Any, space: Space) -> Complaint | None:
    """What is wrong with the result of `reset`; None if nothing is."""
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
        return observation_complaint(result[0], space)
    return f"{shown(result)}", "two values, (observation, info), info being a dict"


def step_complaint(result: Any, space: Space) -> Complaint | None:
    """What is wrong with the result of `step`; None if nothing is."""
    if not isinstance(result, tuple) or len(result) != 5:
        count = f"{len(result)} values" if isinstance(result, tuple) else shown(result)
        return count, "five values, (observation, reward, terminated, truncated, info)"
    observation, reward, terminated, truncated, info = result
    # a float is what nearly all give: the one case that has to be quick
    if not isinstance(reward, float) or not -LARGEST <= reward <= LARGEST:
        complaint = reward_complaint(reward)
        if complaint is not None:
            return complaint
    for name, value in (("terminated", terminated), ("truncated", truncated)):
        if not isinstance(value, BOOLS) and not is_bool_scalar(value):
            return f"{name} {shown(value)}", f"{name} to be True or False"
    if not isinstance(info, dict):
        return f"info {shown(info)}", "info to be a dict"
    return observation_complaint(observation, space)


def is_bool_scalar(value: Any) -> bool:
    """Whether `value` is an array of no axes that holds a bool."""
    return isinstance(value, np.ndarray) and value.shape == () and value.dtype == np.bool_


def reward_complaint(reward: Any) -> Complaint | None:
    """What is wrong with a reward; None if nothing is."""
    wanted = "the reward to be one finite number"
    try:
        is_number = np.shape(reward) == () and not isinstance(reward, (str, bytes))
        number = float(reward) if is_number else None
    except (TypeError, ValueError):
        number = None
    if number is None:
        return f"the reward {shown(reward)}", wanted
    return None if -LARGEST <= number <= LARGEST else (f"the reward {number}", wanted)


def observation_complaint(
    value: Any, space: Space, name: str = "the observation"
) -> Complaint | None:
    """What is wrong with an observation from `space`; None if nothing is."""
    if isinstance(space, Box):
        return array_complaint(value, space, name)
    if isinstance(space, Dict):
        if not isinstance(value, Mapping) or set(value) != set(space.spaces):
            return f"{name} {shown(value)}", f"a dict with the keys {', '.join(space.spaces)}"
        parts = [(value[key], part, f"{name}[{key!r}]") for key, part in space.spaces.items()]
    elif isinstance(space, Tuple):
        if not isinstance(value, tuple | list) or len(value) != len(space.spaces):
            return f"{name} {shown(value)}", f"a tuple of {len(space.spaces)}"
        parts = [
            (value[index], part, f"{name}[{index}]") for index, part in enumerate(space.spaces)
        ]
    else:
        if space.contains(value):
            return None
        return f"{name} {shown(value)}", f"an element of {shown(space)}"
    complaints = (observation_complaint(*part) for part in parts)
    return next((complaint for complaint in complaints if complaint is not None), None)


def array_complaint(value: Any, space: Box, name: str) -> Complaint | None:
    """What is wrong with an array from the box `space`: its kind, its shape or a component."""
    wanted = f"finite numbers of shape {space.shape}, as its space says"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # rows of different lengths
        return f"{name} {shown(value)}", wanted
    kind = array.dtype.kind
    if kind not in "fiub":
        return f"{name} {shown(value)}", wanted
    if array.shape != space.shape:
        return f"{name} {shown(value)} of shape {array.shape}", wanted
    if array.dtype != space.dtype and not np.can_cast(array.dtype, space.dtype, "same_kind"):
        return f"{name} of {array.dtype}", f"{space.dtype}, as its space says"
    # the sum of squares tells most arrays quickly. A NaN is neither larger nor smaller than
    # anything: it fails both comparisons
    if kind != "f" or np.vdot(array, array) <= LARGEST:
        return None
    if array.size and not np.abs(array).max() <= LARGEST:
        wrong = np.argwhere(~(np.abs(array) <= LARGEST))[0].tolist()
        place = f" in component {wrong[0] if len(wrong) == 1 else tuple(wrong)}" if wrong else ""
        return f"{name} with {array[tuple(wrong)]}{place}", wanted
    return None


def shown(value: Any) -> str:
    """`value` in a few words on one line."""
    text = " ".join(repr(value).split())
    if len(text) > 60:
        text = f"{text[:57]}..."
    return text if isinstance(value, np.ndarray | type(None)) else f"{text} ({type_name(value)})"


def type_name(value: Any) -> str:
    """The name of the type of `value`, of a tuple or list with its length."""
    name = type(value).__name__
    return f"{name} of {len(value)}" if isinstance(value, tuple | list) else name


def own_error(what: str, error: Exception) -> FaultyEnvironmentError:
    """The fault for an error that came out of an environment's code. `what` says in which call."""
    what = f"{what} raised {type(error).__name__}"
    return FaultyEnvironmentError(what, message_of(error), users_traceback(error))


def message_of(error: BaseException) -> str:
    """The error's message, in one line."""
    return " ".join(str(error).split())


def users_traceback(error: BaseException) -> str | None:
    """The traceback from the first line of the user's own code on; None without any such line."""
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error))
    for candidate in (error, error.__cause__):
        frames = None if candidate is None else users_frames(candidate)
        if candidate is not None and frames is not None:
            return "".join(traceback.format_exception(type(candidate), candidate, frames))
    return None
