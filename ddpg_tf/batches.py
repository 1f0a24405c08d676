"""The batch that an agent learns from, checked before anything is computed."""

import numpy as np

BATCH_KEYS = ("observations", "actions", "rewards", "next_observations", "terminated")


def checked_batch(batch, observation_size: int, action_size: int) -> dict[str, np.ndarray]:
    """Return `batch` as float32 arrays [K, B, ...]; a single batch [B, ...] becomes K = 1.

    Raises ValueError for a missing key or a wrong shape.
    """
    missing = [key for key in BATCH_KEYS if key not in batch]
    if missing:
        raise ValueError(f"the batch lacks {', '.join(missing)}")
    arrays = {key: np.asarray(batch[key], np.float32) for key in BATCH_KEYS}
    leading = arrays["observations"].shape[:-1]
    if len(leading) not in (1, 2) or 0 in leading:
        shape = arrays["observations"].shape
        raise ValueError(f"observations must be [B, obs_dim] or [K, B, obs_dim]; got {shape}")
    widths = {
        "observations": (observation_size,),
        "next_observations": (observation_size,),
        "actions": (action_size,),
    }
    for key, array in arrays.items():
        wanted = (*leading, *widths.get(key, ()))
        if array.shape != wanted:
            raise ValueError(f"{key} must have shape {wanted}; got {array.shape}")
    if len(leading) == 1:
        arrays = {key: array[np.newaxis] for key, array in arrays.items()}
    return arrays
