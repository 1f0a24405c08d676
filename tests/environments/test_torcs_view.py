"""`ddpg_tf/TorcsView-v0`: CarRacing's car and track with the sensors of TORCS."""

import cmath
import math
import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from ddpg_tf import DDPGConfig, train
from ddpg_tf.environments.description import with_environment
from tests.errors import assert_one_line_that_names
from tests.sizes import small_version

ENV_ID = "ddpg_tf/TorcsView-v0"
TRACK_WIDTH = 40 / 6
"""CarRacing's, which is half a width."""


@pytest.fixture
def box2d():
    """Skips the test where Box2D is not installed."""
    pytest.importorskip("Box2D", reason="Box2D is not installed: .[box2d]")


@pytest.fixture
def view(box2d):
    """A sensor car, reset with seed 0."""
    with gym.make(ENV_ID, disable_env_checker=True) as environment:
        environment.reset(seed=0)
        yield environment


def steered_by_angle_and_position(observation):
    """A driver of TORCS's first lesson: towards the middle, never fast."""
    steering = np.clip(4 * np.pi * observation[0] - observation[20], -1, 1)
    return np.float32([steering, 0.5 if observation[21] < 0.3 else 0.0, 0.0])


def drive(environment, policy, seed=0):
    """The observations and rewards of an episode, and how it ended."""
    observation, info = environment.reset(seed=seed)
    observations, rewards, over = [observation], [], False
    while not over:
        observation, reward, terminated, truncated, info = environment.step(policy(observation))
        observations.append(observation)
        rewards.append(reward)
        over = terminated or truncated
    return np.stack(observations), np.array(rewards), info.get("ending"), truncated


def place(environment, index, aside, turned, velocity=0j):
    """Put the car beside the track's point `index`, turned and moving by the track's direction."""
    _, heading, x, y = environment.unwrapped.race.track[index]
    forward = 1j * cmath.rect(1, heading)
    centre = complex(x, y) + aside * 1j * forward
    velocity *= forward
    hull = environment.unwrapped.race.car.hull
    hull.position = centre.real, centre.imag
    hull.angle = heading + turned
    hull.linearVelocity = velocity.real, velocity.imag


# ---- what the car is --------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 40, 111])
def test_a_car_in_a_known_place(view, index):
    place(view, index, aside=2.0, turned=0.25, velocity=20 + 4j)
    shown = view.unwrapped.sense()
    assert shown.angle == pytest.approx(-0.25, abs=1e-6)
    assert shown.position == pytest.approx(2 / TRACK_WIDTH, abs=1e-6)
    ahead, left = math.cos(0.25), math.sin(0.25)
    expected = 20 * ahead + 4 * left, 4 * ahead - 20 * left, 0
    assert shown.speeds == pytest.approx(expected, abs=1e-5)


def test_wheels_in_torcs_order(view):
    """Front right, front left, rear right, rear left; told apart by where they are."""
    hull = view.unwrapped.race.car.hull
    for wheel in view.unwrapped.race.car.wheels:
        x, y = hull.GetLocalPoint(wheel.position)
        wheel.omega = 10.0 * (y < 0) + 1.0 * (x < 0)
    shown = view.unwrapped.sense()
    assert shown.wheel_spins.tolist() == [0, 1, 10, 11]
    assert shown.engine_speed == 5.5


def test_the_borders_are_those_of_the_road(view):
    """The corners of CarRacing's own tiles."""
    points, _ = view.unwrapped.track.borders
    tiles = [tile.fixtures[0].shape.vertices for tile in view.unwrapped.race.road]
    corners = np.array([complex(*corner) for tile in tiles for corner in tile])
    assert np.abs(corners[:, None] - points).min(axis=1).max() < 1e-4


def test_it_begins_at_rest_in_the_middle(view):
    observation, _ = view.reset(seed=7)
    assert observation.shape == (29,)
    np.testing.assert_allclose(observation[[0, 20, *range(21, 29)]], 0, atol=0.01)
    np.testing.assert_allclose(observation[[1, 19]] * 200, TRACK_WIDTH, rtol=0.05)


@pytest.mark.parametrize(("steering", "side"), [(1.0, 1), (-1.0, -1)])
def test_positive_steering_is_left(view, steering, side):
    place(view, 0, 0.0, 0.0, velocity=10 + 0j)
    for _ in range(20):
        observation, *_ = view.step(np.float32([steering, 0.2, 0.0]))
    # the nose is left of the track's direction, which is then on its right
    assert observation[0] * side < -0.01


def test_acceleration_and_brake(view):
    speeds = [view.step(np.float32([0, 1, 0]))[0][21] for _ in range(40)]
    assert (np.diff(speeds) > 0).all()
    for _ in range(40):
        observation, *_ = view.step(np.float32([0, 0, 1]))
    assert observation[21] < 0.5 * speeds[-1]
    np.testing.assert_allclose(observation[24:], 0, atol=1e-6)  # locked


@pytest.mark.usefixtures("box2d")
@pytest.mark.parametrize(("engine", "seconds"), [(1.0, 0.6), (0.1, 1.78)])
def test_how_long_to_100_km_h(engine, seconds):
    with gym.make(ENV_ID, engine=engine) as environment:
        environment.reset(seed=0)
        speeds = [300 * environment.step(np.float32([0, 1, 0]))[0][21] for _ in range(100)]
    assert (1 + np.argmax(np.array(speeds) >= 100)) / 50 == pytest.approx(seconds)


@pytest.mark.usefixtures("box2d")
def test_the_engine_is_a_share_of_carracing_s_power():
    def speed(engine, acceleration):
        with gym.make(ENV_ID, engine=engine) as environment:
            environment.reset(seed=0)
            for _ in range(30):
                observation, *_ = environment.step(np.float32([0, acceleration, 0]))
        return observation[21]

    assert speed(0.25, 1.0) == speed(1.0, 0.25) == speed(0.5, 0.5)


@pytest.mark.usefixtures("box2d")
@pytest.mark.parametrize("engine", [0, -0.5, 1.5])
def test_an_engine_that_is_no_share_of_it(engine):
    with pytest.raises(ValueError, match="above 0 to 1") as caught:
        gym.make(ENV_ID, engine=engine)
    assert "\n" not in str(caught.value)


# ---- reward and ends --------------------------------------------------------------------------


def test_the_reward_is_that_of_the_observation_beside_it(view):
    observations, rewards, _, _ = drive(view, lambda _: np.float32([0.05, 0.6, 0.0]))
    angle, position, speed = observations[1:, [0, 20, 21]].T.astype(float)
    angle, speed = angle * np.pi, speed * 300 / 3.6 / 30
    expected = speed * (np.cos(angle) - np.abs(np.sin(angle)) - np.abs(position))
    np.testing.assert_allclose(rewards, expected, atol=1e-5)


def test_off_the_track(view):
    observations, _, ending, truncated = drive(view, lambda _: np.float32([0, 1, 0]))
    assert (ending, truncated) == ("off track", False)
    assert abs(observations[-1, 20]) > 1 >= abs(observations[-2, 20])


def test_standing(view):
    observations, rewards, ending, truncated = drive(view, lambda _: np.zeros(3, np.float32))
    assert (ending, truncated) == ("standing", False)
    assert len(rewards) == 101
    np.testing.assert_allclose(observations[:, 21], 0, atol=1e-3)


def test_backwards(view):
    place(view, 0, 0.0, math.pi)
    *_, terminated, truncated, info = view.step(np.float32([0, 0, 0]))
    assert (terminated, truncated, info) == (True, False, {"ending": "backwards"})


def test_a_driver_who_stays_on_the_track_has_a_thousand_steps(view):
    observations, rewards, ending, truncated = drive(view, steered_by_angle_and_position)
    assert (len(rewards), ending, truncated) == (1_000, None, True)
    assert np.abs(observations[:, 20]).max() < 1


# ---- as a Gymnasium environment ---------------------------------------------------------------


def test_gymnasium_s_own_check(view):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # that speeds have no bounds, and that the bounds of actions are not symmetric, is meant
        warnings.filterwarnings("ignore", message=".*(infinity|symmetric).*")
        check_env(view.unwrapped)


def test_seeds_give_the_same_bits_whatever_was_driven_before(view):
    generator = np.random.default_rng(0)
    actions = generator.uniform([-0.2, 0.3, 0], [0.2, 0.8, 0.1], (1_000, 3)).astype(np.float32)

    def episode(environment, seed):
        upcoming = iter(actions)
        observations, rewards, *_ = drive(environment, lambda _: next(upcoming), seed)
        return observations.tobytes(), rewards.tobytes()

    first = [episode(view, seed) for seed in (3, 4)]
    assert first[0] != first[1]
    with gym.make(ENV_ID) as another:
        assert [episode(another, seed) for seed in (4, 3, 4)] == [first[1], first[0], first[1]]


def test_without_a_seed_the_next_track_is_another(view):
    one = view.unwrapped.track
    view.reset()
    assert not np.array_equal(one.middle[:20], view.unwrapped.track.middle[:20])


def test_nothing_is_drawn_unless_it_is_asked_for(view, monkeypatch):
    def drawn(*_):
        raise AssertionError("something was drawn")

    monkeypatch.setattr("pygame.Surface", drawn)
    view.reset()
    view.step(np.float32([0, 1, 0]))
    assert view.unwrapped.render() is None


def test_a_picture_shows_the_car_on_the_track(view):
    with gym.make(ENV_ID, render_mode="rgb_array") as environment:
        environment.reset(seed=0)
        for _ in range(60):  # the camera comes down in the first second
            environment.step(np.float32([0, 0.3, 0]))
        picture = environment.render().astype(int)
    assert picture.shape == (400, 600, 3)
    red, green, blue = picture.transpose(2, 0, 1)
    # the kerbs are of a brighter red
    body = (red > 150) & (red < 230) & (green < 60) & (blue < 60)
    road = (red == green) & (green == blue) & (red > 90)
    # a quarter from below, in the middle, with the road to both sides and ahead
    rows, columns = np.nonzero(body[:340])
    assert (np.median(rows), np.median(columns)) == pytest.approx((300, 300), abs=8)
    assert road[300, [270, 330]].all() and road[200, 300]


def test_it_trains(view):
    config = DDPGConfig(
        env_id=ENV_ID,
        total_steps=60,
        warmup_steps=40,
        batch_size=8,
        update_every=10,
        hidden_sizes=(8,),
        eval_every=60,
        eval_episodes=1,
        jit_compile=False,
    )
    result = train(config)
    (row,) = result.history
    assert (row["step"], row["updates"]) == (60, 20)
    assert result.agent.action_low.tolist() == [-1, 0, 0]


def test_a_spec_is_written_down_by_its_id():
    config, made_by = with_environment(DDPGConfig(), gym.spec(ENV_ID))
    assert (config.env_id, made_by) == (ENV_ID, None)


def test_gymnasium_knows_it_without_what_it_needs():
    code = (
        f"import sys, ddpg_tf, gymnasium; gymnasium.spec({ENV_ID!r})\n"
        "sys.exit(bool({'tensorflow', 'keras', 'Box2D', 'pygame'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("missing", small_version(["Box2D", "pygame"], 1))
def test_what_is_missing_is_said_in_a_line(missing, tmp_path):
    # in a process of its own: Box2D that is imported twice has two classes of every name
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from ddpg_tf.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["train", "--env-id", ENV_ID, "--run-dir", str(tmp_path / "run")]
    run = subprocess.run(
        [sys.executable, "-c", code, *command], check=False, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert_one_line_that_names(run.stderr, ENV_ID, "Box2D", ".[box2d]")
