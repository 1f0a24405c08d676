"""Where rays meet line segments."""

import numpy as np


def ray_lengths(
    origin: complex, directions: np.ndarray, points: np.ndarray, after: np.ndarray, reach: float
) -> np.ndarray:
    """How far each ray goes before it meets a segment, at most `reach`; [R].

    origin: where all rays begin. directions [R]: unit vectors. Segment i leads from points[i] to
    points[after[i]]; points and after [P]. All lengths are in one unit.

    Seen along the ray, a segment that meets it has an end on either side, and is divided by it in
    the ratio of their distances from it.
    """
    seen = (points - origin) * directions.conj()[:, None]
    # "to the left or not" leaves no gap where two segments share a point that the ray goes through
    left = seen.imag > 0
    rays, segments = np.nonzero(left != left[:, after])
    start, end = seen[rays, segments], seen[rays, after[segments]]
    ahead = start.real + (end.real - start.real) * start.imag / (start.imag - end.imag)
    lengths = np.full(len(directions), float(reach))
    np.minimum.at(lengths, rays, np.where(ahead >= 0, ahead, reach))
    return lengths
