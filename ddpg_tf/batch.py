"""Batches of transitions, as they go into a replay buffer and come out of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ddpg_tf.validation import kind_of


class Batch(NamedTuple):
    """B transitions, a row each; as NumPy arrays or as tensors.

    Several batches that are learned from in one call have another axis in front: [K, B, ...].
    """

    observations: Any
    """s, [B, obs_dim], or [B, height, width, channels] of images."""
    actions: Any
    """a, [B, act_dim], in the environment's units."""
    rewards: Any
    """r, [B]."""
    next_observations: Any
    """s', [B, obs_dim]; where an episode ended, its last observation, not the first of the next."""
    terminated: Any
    """[B], 1 where the task itself ended; 0 where only a time limit cut the episode off."""
    discounts: Any = None
    """[B], the factor on the value of s', gamma^m if s' came m steps after s; None if all came one
    step after, so that it is gamma."""

    def arrays(self) -> dict[str, Any]:
        """Name -> array, of the fields that it has: what `np.savez(PATH, **it)` saves."""
        return {name: rows for name, rows in self._asdict().items() if rows is not None}

    def map(self, function: Callable[[Any], Any]) -> "Batch":
        """The batch with `function` applied to each of the arrays that it has."""
        return Batch(*(None if rows is None else function(rows) for rows in self))


REQUIRED = tuple(name for name in Batch._fields if name not in Batch._field_defaults)
"""The fields that a mapping must have to be a batch."""


def checked_batch(
    batch: Batch | Mapping[str, Any],
    observation_shape: tuple[int, ...],
    action_size: int,
    gamma: float,
) -> Batch:
    """The batch as float32 arrays [K, B, ...]; a single batch [B, ...] becomes K = 1.

    batch: a `Batch` or any mapping with its fields; discounts that are left out are all `gamma`.
    Raises ValueError, naming the field, if another one is missing, has a wrong shape or holds a
    value that is not finite, and TypeError for anything that is not a mapping.
    """
    fields = batch.arrays() if isinstance(batch, Batch) else batch
    if not isinstance(fields, Mapping):
        raise TypeError(
            f"a batch must be a Batch or a mapping with its fields; got {kind_of(batch)}"
        )
    given = Batch(*(fields.get(name) for name in Batch._fields))
    missing = [name for name in REQUIRED if getattr(given, name) is None]
    if missing:
        found = ", ".join(map(str, fields)) or "nothing"
        raise ValueError(f"the batch lacks {', '.join(missing)}; it has {found}")
    named = zip(Batch._fields, given, strict=True)
    arrays = Batch(*(None if rows is None else in_float32(name, rows) for name, rows in named))
    arrays = with_discounts(arrays, gamma)
    leading = arrays.observations.shape[: -len(observation_shape)]
    if len(leading) not in (1, 2) or 0 in leading:
        sizes = ", ".join(map(str, observation_shape))
        shape = arrays.observations.shape
        raise ValueError(f"observations must be [B, {sizes}] or [K, B, {sizes}]; got {shape}")
    widths = Batch(observation_shape, (action_size,), (), observation_shape, (), ())
    for name, array, width in zip(Batch._fields, arrays, widths, strict=True):
        if array.shape != (*leading, *width):
            raise ValueError(f"{name} must have shape {(*leading, *width)}; got {array.shape}")
    require_possible(arrays)
    return arrays.map(lambda array: array[np.newaxis]) if len(leading) == 1 else arrays


def in_float32(name: str, rows: Any) -> np.ndarray:
    """The rows of a batch's field. Raises ValueError for what is no array of numbers."""
    try:
        return np.asarray(rows, np.float32)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from None


def with_discounts(batch: Batch, gamma: float) -> Batch:
    """The batch; discounts that it lacks are those of transitions of one step, all `gamma`."""
    if batch.discounts is not None:
        return batch
    return batch._replace(discounts=np.full(batch.rewards.shape, gamma, np.float32))


def require_possible(batch: Batch) -> None:
    """Raise ValueError, naming the field, for a value that no transition can have."""
    for name, array in batch.arrays().items():
        require_finite_values(name, array)
    for name in ("terminated", "discounts"):
        array = getattr(batch, name)
        if array is not None and not (array.min() >= 0 and array.max() <= 1):
            wrong = array[(array < 0) | (array > 1)][0]
            raise ValueError(f"{name} must be from 0 to 1; got {wrong:g}")


def require_finite_values(name: str, array: np.ndarray) -> None:
    """Raise ValueError, saying where, if one of the values is NaN or infinite."""
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(np.argwhere(~finite)[0].tolist())
        raise ValueError(
            f"the batch holds {array[place]} at {name}[{', '.join(map(str, place))}]; every value "
            "of a batch must be finite"
        )
