"""What the driver is rewarded for, and what ends an episode."""

import math

from ddpg_tf.environments.torcs.sensors import Readings

SPEED_UNIT = 30.0
"""Metres a second that count as 1 in the reward."""
SLOWEST = 5 / 3.6
"""Metres a second along the track, 5 km/h: a slower car is standing."""
STEPS_TO_START = 100
"""Steps before a car that stands ends the episode: two seconds."""


def reward(sensed: Readings) -> float:
    """v cos(angle) - |v sin(angle)| - v |position|: ahead, not sideways, and in the middle.

    v is the speed ahead, in SPEED_UNIT. This is Lau's reward, but for his unit, km/h, and for the
    -1 of a collision: there is nothing to collide with here.
    """
    v = sensed.speeds[0] / SPEED_UNIT
    along, across = v * math.cos(sensed.angle), v * math.sin(sensed.angle)
    return along - abs(across) - v * abs(sensed.position)


def ending(sensed: Readings, steps: int) -> str | None:
    """What ends the episode after so many steps: "off track", "backwards", "standing" or nothing.

    Lau's published file has the second of them, and the other two commented out.
    """
    if abs(sensed.position) > 1:
        return "off track"
    if math.cos(sensed.angle) < 0:
        return "backwards"
    if steps > STEPS_TO_START and sensed.speeds[0] * math.cos(sensed.angle) < SLOWEST:
        return "standing"
    return None
