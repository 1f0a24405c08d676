"""The sensors of the TORCS car, its reward and its ends, against geometry by hand."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.environments.torcs.rays import ray_lengths
from ddpg_tf.environments.torcs.rules import STEPS_TO_START, ending, reward
from ddpg_tf.environments.torcs.sensors import RANGE_FINDERS, Car, Readings, readings, scaled
from ddpg_tf.environments.torcs.track import place_on
from tests.environments.tracks import circle, straight

WALLS = np.array([-300 - 5j, 300 - 5j, 300 + 5j, -300 + 5j])
AFTER = np.array([1, 0, 3, 2])
"""Two walls, 10 apart, along the x axis."""


def car(centre=0j, turned=0.0, velocity=0j, wheel_spins=(0.0, 0.0, 0.0, 0.0)):
    return Car(centre, cmath.rect(1, turned), velocity, np.array(wheel_spins))


def sensed(ahead=0.0, angle=0.0, position=0.0):
    zeros = np.zeros(4)
    return Readings(angle, np.zeros(19), position, (ahead, 0.0, 0.0), zeros, 0.0)


# ---- rays -------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [90, 30, 5, 0, -10, -90, 135, 180])
def test_a_ray_in_a_corridor(degrees):
    angle = math.radians(degrees)
    (length,) = ray_lengths(2j, np.array([cmath.rect(1, angle)]), WALLS, AFTER, 100.0)
    across = 3 if degrees > 0 else 7
    sine = abs(math.sin(angle))
    assert length == pytest.approx(across / sine if sine > 1e-9 else 100.0)


def test_rays_in_a_circle():
    """From a point at distance e from the centre: -e cos(a) + sqrt(r^2 - e^2 sin(a)^2)."""
    corners = 50 * np.exp(2j * np.pi * np.arange(3_000) / 3_000)
    angles = np.linspace(-3, 3, 37)
    lengths = ray_lengths(20, np.exp(1j * angles), corners, np.roll(np.arange(3_000), -1), 200.0)
    expected = -20 * np.cos(angles) + np.sqrt(50**2 - (20 * np.sin(angles)) ** 2)
    np.testing.assert_allclose(lengths, expected, atol=1e-3)


def test_no_ray_slips_through_a_corner():
    """Aimed at the corners themselves, in directions that no float holds exactly."""
    corners = np.exp(2j * np.pi * np.arange(97) / 97)
    after = np.roll(np.arange(97), -1)
    for turned in np.linspace(0, 1, 50):
        turn = cmath.rect(1, turned)
        lengths = ray_lengths(0j, turn * corners, turn * corners, after, 9.0)
        np.testing.assert_allclose(lengths, 1, rtol=1e-12)


def one_by_one(origin, direction, points, after, reach, grown):
    """The nearest meeting by the equation of two lines, segments made longer by a share."""
    nearest = reach
    for start, follower in zip(points, after, strict=True):
        end = points[follower]
        # origin + t direction = start + u (end - start), by Cramer's rule
        step, to_start = end - start, start - origin
        determinant = direction.imag * step.real - direction.real * step.imag
        if determinant == 0:
            continue
        t = (step.real * to_start.imag - step.imag * to_start.real) / determinant
        u = (direction.real * to_start.imag - direction.imag * to_start.real) / determinant
        if t >= -grown and -grown <= u <= 1 + grown:
            nearest = min(nearest, t)
    return nearest


numbers = st.floats(-50, 50, allow_subnormal=False)
plane = st.builds(complex, numbers, numbers)


@given(plane, st.lists(plane, min_size=3, max_size=12, unique=True), st.floats(-4, 4))
def test_rays_meet_what_they_meet_one_by_one(origin, polygon, turned):
    points = np.array(polygon)
    after = np.roll(np.arange(len(points)), -1)
    directions = np.exp(1j * (turned + np.linspace(-1.5, 1.5, 7)))
    lengths = ray_lengths(origin, directions, points, after, 60.0)
    assert lengths.shape == (7,)
    for length, direction in zip(lengths, directions, strict=True):
        # a ray that grazes an end may count it or not
        first, last = (
            one_by_one(origin, direction, points, after, 60.0, grown) for grown in (1e-6, -1e-6)
        )
        assert first - 1e-4 <= length <= last + 1e-4


# ---- a place on the track ---------------------------------------------------------------------


@pytest.mark.parametrize("aside", [-4.9, -1.0, 0.0, 2.5, 7.0])
def test_a_place_on_a_straight(aside):
    place = place_on(straight(half_width=5.0), 501.3 + 1j * aside)
    assert place.position == pytest.approx(aside / 5)
    assert place.forward == 1


@pytest.mark.parametrize("distance", [96.0, 99.0, 100.5, 104.0])
@pytest.mark.parametrize("turned", [0.1, 2.0, -3.0, 6.2831])
def test_a_place_on_a_circle(distance, turned):
    spoke = cmath.rect(1, turned)
    place = place_on(circle(radius=100.0, half_width=5.0), distance * spoke)
    # driven anticlockwise, the centre is on the left
    assert place.position == pytest.approx((100 - distance) / 5, abs=1e-4)
    assert place.forward == pytest.approx(1j * spoke, abs=2e-4)


@pytest.mark.parametrize("radius", [96, 100, 104])
def test_the_direction_has_no_jumps_on_a_coarse_track(radius):
    track = circle(radius=100, points=20)  # 18 degrees from point to point
    way = np.linspace(0, 2 * np.pi, 2_000)
    places = [place_on(track, radius * cmath.rect(1, turned)) for turned in way]
    turns = np.diff(np.unwrap(np.angle([place.forward for place in places])))
    np.testing.assert_allclose(turns, way[1] - way[0], rtol=0.05)
    assert np.abs(np.diff([place.position for place in places])).max() < 0.01


def test_where_two_parts_of_a_track_are_near_the_nearer_one_counts():
    there_and_back = straight(half_width=300.0)
    places = [place_on(there_and_back, 500 + 1j * aside) for aside in (240, 260)]
    assert [place.forward for place in places] == [1, -1]
    assert [place.position for place in places] == pytest.approx([0.8, 0.8])


# ---- the sensors ------------------------------------------------------------------------------


def test_there_are_19_range_finders_ten_degrees_apart():
    np.testing.assert_allclose(np.diff(np.degrees(RANGE_FINDERS)), 10)
    assert (np.degrees(RANGE_FINDERS[[0, -1]]) == [-90, 90]).all()


@pytest.mark.parametrize("turned", [0.0, 0.3, -0.7])
def test_angle_position_and_ranges_on_a_straight(turned):
    shown = readings(car(500 + 2j, turned), straight(half_width=5.0))
    # turned to the left by 0.3, the track goes on 0.3 to the right
    assert shown.angle == pytest.approx(-turned)
    assert shown.position == pytest.approx(0.4)
    for clockwise, length in zip(RANGE_FINDERS, shown.ranges, strict=True):
        rise = math.sin(turned - clockwise)
        across = 3 if rise > 0 else 7
        expected = min(across / abs(rise), 200) if abs(rise) > 1e-9 else 200
        assert length == pytest.approx(expected)


def test_ranges_on_a_circle():
    """The centre is on the left: 90 degrees to that side it is the inner border that is near."""
    shown = readings(car(-102j), circle(radius=100.0, half_width=5.0))
    assert shown.angle == pytest.approx(0, abs=1e-5)
    assert shown.position == pytest.approx(-0.4, abs=1e-4)
    assert shown.ranges[[0, -1]] == pytest.approx([7, 3], abs=1e-3)
    # straight on, to the outer border: a right angle at the car between 102 and the way
    assert shown.ranges[9] == pytest.approx(math.sqrt(105**2 - 102**2), abs=1e-2)


def test_speeds_are_the_car_s_own():
    """Nose 30 degrees to the left of the x axis, moving along the axis with 20."""
    shown = readings(car(500, math.radians(30), velocity=20 + 0j), straight())
    assert shown.speeds == pytest.approx((20 * math.sqrt(3) / 2, -10, 0))


def test_the_engine_turns_as_the_wheels_do_on_average():
    shown = readings(car(500, wheel_spins=(10.0, 12.0, 20.0, 30.0)), straight())
    assert shown.wheel_spins.tolist() == [10, 12, 20, 30]
    assert shown.engine_speed == 18


def test_order_and_scales_of_an_observation():
    shown = Readings(
        angle=math.pi / 4,
        ranges=np.arange(19) * 10.0,
        position=-0.5,
        speeds=(50.0, -5.0, 0.0),
        wheel_spins=np.array([1.0, 2.0, 3.0, 4.0]),
        engine_speed=2.5,
    )
    observation = scaled(shown)
    assert observation.dtype == np.float32
    expected = [0.25, *np.arange(19) / 20, -0.5, 0.6, -0.06, 0, 0.01, 0.02, 0.03, 0.04, 0.025]
    np.testing.assert_allclose(observation, expected, rtol=1e-6)


# ---- reward and ends --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "angle", "position", "expected"),
    [
        (30, 0, 0, 1),
        (60, 0, 0.25, 1.5),
        (60, 0, -0.25, 1.5),
        (30, math.pi / 2, 0, -1),
        (30, -math.pi / 4, 0, 0),
        (15, math.atan2(3, 4), 0.1, 0.5 * (0.8 - 0.6 - 0.1)),
        (0, 1, 1, 0),
    ],
)
def test_reward(ahead, angle, position, expected):
    assert reward(sensed(ahead, angle, position)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shown", "steps", "expected"),
    [
        (sensed(30, 0, 0.99), 500, None),
        (sensed(30, 0, 1.01), 500, "off track"),
        (sensed(30, 0, -1.01), 1, "off track"),
        (sensed(30, 1.5, 0), 500, None),
        (sensed(30, 1.6, 0), 500, "backwards"),
        (sensed(30, -3.0, 0), 1, "backwards"),
        (sensed(0, 0, 0), STEPS_TO_START, None),
        (sensed(0, 0, 0), STEPS_TO_START + 1, "standing"),
        # 5 km/h are 1.39 m/s
        (sensed(1.38, 0, 0), 500, "standing"),
        (sensed(1.40, 0, 0), 500, None),
        (sensed(2.7, math.pi / 3, 0), 500, "standing"),
        (sensed(2.8, math.pi / 3, 0), 500, None),
    ],
)
def test_ends(shown, steps, expected):
    assert ending(shown, steps) == expected
