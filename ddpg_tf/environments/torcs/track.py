"""A closed track of one width, its borders, and where on it a point lies."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Track:
    """T points on the middle of a closed track, in driving order; all lengths in metres.

    middle [T]: the points. forward [T]: unit vectors, the direction of the track at each of them.
    Both are complex.
    """

    middle: np.ndarray
    forward: np.ndarray
    half_width: float

    @cached_property
    def borders(self) -> tuple[np.ndarray, np.ndarray]:
        """The points of the left border and then of the right one, and the index after each.

        Two arrays [2 T], as `ray_lengths` takes them.
        """
        aside = 1j * self.half_width * self.forward
        count = len(self.middle)
        after = np.roll(np.arange(count), -1)
        points = np.concatenate([self.middle + aside, self.middle - aside])
        return points, np.concatenate([after, count + after])


class Place(NamedTuple):
    """Where a point lies on a track.

    position: distance from the middle in half widths, positive on the left; beyond 1 and -1 it is
    off the track. forward: the direction of the track there, a unit vector.
    """

    position: float
    forward: complex


def place_on(track: Track, point: complex) -> Place:
    """Where `point` lies on the track.

    It lies between two points of the middle if it is past the first and not past the second, as
    seen in the track's direction there. Where that holds for several pairs, the nearest counts.
    """
    ahead = ((point - track.middle) * track.forward.conj()).real
    after = np.roll(np.arange(len(ahead)), -1)
    pairs = np.flatnonzero((ahead >= 0) & (ahead[after] < 0))
    first, second = pairs, after[pairs]
    share = ahead[first] / (ahead[first] - ahead[second])
    away = point - (1 - share) * track.middle[first] - share * track.middle[second]
    # from point to point the direction changes little by little, as in a curve
    forward = (1 - share) * track.forward[first] + share * track.forward[second]
    nearest = np.abs(away).argmin()
    unit = complex(forward[nearest] / abs(forward[nearest]))
    left = (away[nearest] * unit.conjugate()).imag
    return Place(float(left / track.half_width), unit)
