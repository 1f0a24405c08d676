"""What TORCS's race server tells a driver of a car, and the 29 numbers that Lau made of it.

Signs are the server's: left is positive for position and sideways speed, and the angle is positive
where the track goes on to the left of the car's nose; range finders are counted clockwise.
"""

from typing import NamedTuple

import numpy as np

from ddpg_tf.environments.torcs.rays import ray_lengths
from ddpg_tf.environments.torcs.track import Track, place_on

RANGE_FINDERS = np.radians(np.linspace(-90, 90, 19))
"""Directions of the range finders, clockwise from the car's nose, in radians: the server's default.
Lau's client asks for 19 within 45 degrees of it, most of them within 5."""
REACH = 200.0
"""How far a range finder sees, in metres."""
SIZE = 29
"""The length of an observation."""


class Car(NamedTuple):
    """The state of a car, as far as its sensors depend on it.

    centre: in metres. forward: the unit vector that its nose points in. velocity: in metres a
    second. All three are complex. wheel_spins [4]: in radians a second.
    """

    centre: complex
    forward: complex
    velocity: complex
    wheel_spins: np.ndarray


class Readings(NamedTuple):
    """What the sensors show, in their own units.

    angle: from the car's nose to the direction of the track, in radians, -pi to pi. ranges [19]: to
    the nearest border, in metres. position: distance from the middle, in half widths. speeds [3]:
    ahead, sideways and upwards, in metres a second. wheel_spins [4], and engine_speed, their mean,
    in radians a second.
    """

    angle: float
    ranges: np.ndarray
    position: float
    speeds: tuple[float, float, float]
    wheel_spins: np.ndarray
    engine_speed: float


def readings(car: Car, track: Track) -> Readings:
    """What the car's sensors show on the track."""
    place = place_on(track, car.centre)
    finders = car.forward * np.exp(-1j * RANGE_FINDERS)
    velocity = car.velocity * car.forward.conjugate()
    return Readings(
        angle=float(np.angle(place.forward * car.forward.conjugate())),
        ranges=ray_lengths(car.centre, finders, *track.borders, REACH),
        position=place.position,
        speeds=(velocity.real, velocity.imag, 0.0),
        wheel_spins=car.wheel_spins,
        engine_speed=float(car.wheel_spins.mean()),
    )


def scaled(sensed: Readings) -> np.ndarray:
    """The observation [29], float32: in Lau's order, and with his scales but for the engine's.

    Angle in half turns, ranges in 200 m, position in half widths, speeds in 300 km/h, wheel spins
    and engine speed in 100 radians a second. Lau has the engine's in 10,000 revolutions a minute;
    this car has no gears, so its engine turns with its wheels.
    """
    parts = (
        sensed.angle / np.pi,
        sensed.ranges / REACH,
        sensed.position,
        np.array(sensed.speeds) * 3.6 / 300,
        sensed.wheel_spins / 100,
        sensed.engine_speed / 100,
    )
    return np.hstack(parts).astype(np.float32)
