"""Whether transitions from elsewhere are ones that an agent can learn from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.batch import REQUIRED, Batch, with_discounts
from ddpg_tf.config import DDPGConfig


def checked_transitions(fields: Mapping[str, Any], agent: DDPG) -> Batch:
    """The fields as a batch [n, ...].

    Raises ValueError, in one line that names the field, for what the agent cannot learn from.
    """
    missing = [name for name in REQUIRED if fields.get(name) is None]
    if missing:
        raise ValueError(
            f"the transitions for replay lack {', '.join(missing)}; they have "
            f"{', '.join(map(str, fields))}"
        )
    arrays = {
        name: array_of(name, fields) for name in Batch._fields if fields.get(name) is not None
    }
    arrays = with_discounts(Batch(**arrays), agent.config.gamma)._asdict()
    if not arrays["rewards"].ndim:
        raise ValueError("replay's rewards must have shape (n,), one for each step; got only one")
    n = len(arrays["rewards"])
    observation, low, high = agent.observation_shape, agent.action_low, agent.action_high
    widths = Batch(observation, low.shape, (), observation, (), ())
    bytes_only = agent.observation_dtype == np.uint8
    for name, width in widths._asdict().items():
        array = arrays[name]
        if array.dtype.kind not in "buif":
            raise ValueError(f"replay's {name} must be numbers; they are {array.dtype}")
        if array.ndim == 0 or array.size != n * np.prod(width, dtype=int) or len(array) != n:
            raise ValueError(
                f"replay's {name} must have shape {(n, *width)}, like {n} rewards in this "
                f"environment; got {array.shape}"
            )
        # as they are stored: 1e300 is infinite there; integers never are
        with np.errstate(over="ignore"):
            is_float = array.dtype.kind == "f"
            finite = np.isfinite(array.astype(np.float32, copy=False) if is_float else array)
        if not finite.all():
            place = tuple(np.argwhere(~finite)[0])
            raise ValueError(
                f"replay's {name} are not finite in float32 at row {place[0]}: {array[place]}"
            )
        if bytes_only and name in ("observations", "next_observations"):
            require_bytes(name, array)
        arrays[name] = array.reshape(n, *width)
    if not n:
        raise ValueError("there are no transitions for replay: rewards is empty")
    if not np.isin(arrays["terminated"], (0, 1)).all():
        raise ValueError("replay's terminated must be 0 or 1, True or False")
    require_discounts_for(agent.config, arrays["discounts"])
    if agent.config.n_step == 1:
        del arrays["discounts"]
    # in float32, as the environment would give them
    actions = np.float32(arrays["actions"])
    outside = (actions < low) | (actions > high)
    if outside.any():
        row = int(np.argwhere(outside)[0][0])
        raise ValueError(
            f"replay's actions leave the bounds {low.tolist()} to {high.tolist()} at row {row}: "
            f"{actions[row].tolist()}; they must be in the environment's units (np.clip cuts off "
            "what it would cut off)"
        )
    return Batch(**arrays)


def require_discounts_for(config: DDPGConfig, discounts: np.ndarray) -> None:
    """Raise ValueError unless a run of `config` can learn from transitions with these discounts."""
    if ((discounts < 0) | (discounts > 1)).any():
        raise ValueError("replay's discounts must be numbers from 0 to 1, gamma for one step")
    if config.n_step == 1 and (np.float32(discounts) != np.float32(config.gamma)).any():
        raise ValueError(
            f"replay's transitions have discounts other than gamma {config.gamma}, so they span "
            "several steps; train with the same gamma and with n_step above 1"
        )


def require_bytes(name: str, array: np.ndarray) -> None:
    """Raise ValueError unless the values are those of bytes, as which they are to be stored."""
    if array.dtype != np.uint8 and ((array < 0) | (array > 255) | (array % 1 != 0)).any():
        raise ValueError(
            f"replay's {name} must be whole numbers from 0 to 255, as this environment's are; they "
            f"go from {array.min():g} to {array.max():g}"
        )


def array_of(name: str, fields: Mapping[str, Any]) -> np.ndarray:
    """A field as an array. Raises ValueError if its rows have different shapes."""
    try:
        return np.asarray(fields[name])
    except ValueError:
        raise ValueError(f"replay's {name} have rows of different shapes; all need one") from None
