"""The sensor car as a Gymnasium environment, `ddpg_tf/TorcsView-v0`."""

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.error import DependencyNotInstalled

from ddpg_tf.environments.screen import tell_that_there_is_no_screen
from ddpg_tf.environments.torcs.rules import ending, reward
from ddpg_tf.environments.torcs.sensors import SIZE, Car, Readings, readings, scaled
from ddpg_tf.environments.torcs.track import Track

try:
    from gymnasium.envs.box2d.car_racing import FPS, TRACK_WIDTH, CarRacing
except DependencyNotInstalled as error:
    raise DependencyNotInstalled(
        "the sensor car drives in Gymnasium's CarRacing-v3, which needs Box2D and pygame; install: "
        "pip install -e '.[box2d]'"
    ) from error


ENGINE = 0.1
"""Share of CarRacing-v3's power that a driver has, unless `engine` says otherwise."""


class TorcsView(gym.Env):
    """CarRacing-v3's car and track, sensed and rewarded as Lau's driver was in TORCS.

    Observation [29]: see `sensors.scaled`. Action [3]: steering, -1 (right) to 1 (left);
    acceleration, 0 to 1; brake, 0 to 1. A step takes a fiftieth of a second, as in TORCS. Each
    episode has a track of its own, on which the car stands at first. The car is 5 of Box2D's units
    long and the track 13 wide, so a unit is taken for a metre.
    engine: the share of CarRacing-v3's power that full acceleration has. With all of it the car
    comes to 100 km/h in 0.6 s, with a tenth in 1.78 s.
    Reward and ends: see `rules.py`. `info["ending"]` names the end that an episode came to.
    Nothing is drawn unless it is asked for. The number in the corner of a picture is the return so
    far.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["human", "rgb_array"],
        "render_fps": FPS,
    }

    def __init__(self, render_mode: str | None = None, engine: float = ENGINE):
        if not 0 < engine <= 1:
            raise ValueError(f"engine is a share of the car's power, above 0 to 1; got {engine}")
        self.engine = engine
        self.render_mode = render_mode
        self.race = UnseenCarRacing()
        low, high = np.full(SIZE, -np.inf, np.float32), np.full(SIZE, np.inf, np.float32)
        low[0], high[0] = -1, 1  # the angle
        low[1:20], high[1:20] = 0, 1  # the range finders
        self.observation_space = gym.spaces.Box(low, high)
        self.action_space = gym.spaces.Box(np.float32([-1, 0, 0]), np.float32([1, 1, 1]))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode: a new track, and the car on the middle of it."""
        super().reset(seed=seed)
        self.race.reset(seed=seed)
        self.track = track_of(self.race)
        self.steps, self.total = 0, 0.0
        self.show()
        return scaled(self.sense()), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Drive for a fiftieth of a second."""
        steering, acceleration, brake = action
        # positive is right in CarRacing. Its own reward and ends are left unused
        self.race.step(np.array([-steering, self.engine * acceleration, brake]))
        sensed = self.sense()
        self.steps += 1
        gain, end = reward(sensed), ending(sensed, self.steps)
        self.total += gain
        self.show()
        return scaled(sensed), gain, end is not None, False, {} if end is None else {"ending": end}

    def sense(self) -> Readings:
        """What the sensors show now."""
        return readings(car_of(self.race), self.track)

    def render(self) -> np.ndarray | None:
        """The car and its surroundings, bytes [400, 600, 3]; None where they are in a window."""
        return None if self.render_mode is None else self.race.drawn(self.render_mode, self.total)

    def show(self) -> None:
        """Bring the window up to date, if there is one."""
        if self.render_mode == "human":
            self.render()

    def close(self) -> None:
        """Close the window, if there is one."""
        self.race.close()


class UnseenCarRacing(CarRacing):
    """CarRacing-v3 without the image that it observes, which takes nearly all of its time."""

    def _render(self, mode: str) -> Any:
        return None if mode == "state_pixels" else super()._render(mode)

    def drawn(self, mode: str, number: float) -> np.ndarray | None:
        """An image ("rgb_array"), or None and a window ("human"), with `number` in a corner."""
        # without one, SDL would crash where TensorFlow has been loaded too
        tell_that_there_is_no_screen()
        self.reward = number
        return self._render(mode)


def track_of(race: CarRacing) -> Track:
    """The track of a CarRacing that has been reset."""
    _, turned, x, y = np.array(race.track).T
    return Track(middle=x + 1j * y, forward=np.exp(1j * turned) * 1j, half_width=TRACK_WIDTH)


def car_of(race: CarRacing) -> Car:
    """The state of a CarRacing's car, its wheels in TORCS's order: right before left."""
    hull = race.car.hull
    front_left, front_right, rear_left, rear_right = race.car.wheels
    wheels = front_right, front_left, rear_right, rear_left
    return Car(
        centre=complex(*hull.position),
        forward=complex(*hull.GetWorldVector((0, 1))),
        velocity=complex(*hull.linearVelocity),
        wheel_spins=np.array([wheel.omega for wheel in wheels]),
    )
