"""Tracks whose every measure is known."""

import numpy as np

from ddpg_tf.environments.torcs.track import Track


def straight(length=1_000.0, half_width=5.0, spacing=4.0):
    """A track along the x axis for `length`, and back on the far side of it."""
    there = np.arange(0, length, spacing) + 0j
    back = there[::-1] + 500j
    middle = np.concatenate([there, back])
    forward = np.repeat([1.0, -1.0], len(there)) + 0j
    return Track(middle, forward, half_width)


def circle(radius=100.0, half_width=5.0, points=2_000):
    """A track around the origin, driven anticlockwise."""
    spokes = np.exp(2j * np.pi * np.arange(points) / points)
    return Track(radius * spokes, 1j * spokes, half_width)
