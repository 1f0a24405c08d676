"""The page's numbers are the library's: its modules under Node against TensorFlow."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.diagnosis.mistakes import CATALOGUE
from ddpg_tf.explorer import catalogue
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.transforms import inverting_gradients
from tests.explorer.page import compute, keras_networks, largest_error, needs_node, problem, tensors
from tests.sizes import WHOLE

pytestmark = needs_node

WAYS = ("output_gradients", "mean_q", "get_updates")
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}

problems = st.builds(
    problem,
    seed=st.integers(0, 10**6),
    n=st.integers(1, 100),
    hidden=st.lists(st.integers(1, 8), min_size=1, max_size=2),
    units=st.integers(1, 8),
    observation_size=st.integers(1, 3),
    scale=st.sampled_from([1.0, 2.0, 0.5]),
    activation=st.sampled_from(["relu", "tanh"]),
)


def right_gradients(described, precision, name, invert=None):
    actor, critic = keras_networks(described, precision)
    observations, _ = tensors(described, precision)
    transform = inverting_gradients([-invert], [invert]) if invert else None
    strategy = get_strategy(name, transform)
    loss, gradients = strategy.loss_and_gradients(actor, critic, observations)
    return float(loss), [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize("precision", TOLERANCE)
@settings(max_examples=25 if WHOLE else 3)
@given(described=problems, invert=st.booleans())
def test_gradients_are_the_strategies_own(precision, described, invert):
    limit = described["actor"]["scale"] if invert else None
    asked = {"what": "strategies", "problem": described, "divides": True, "precision": precision}
    (found,) = compute(asked | {"invert": limit})
    for name in WAYS:
        loss, right = right_gradients(described, precision, name, limit)
        if any(np.any(gradient) for gradient in right):  # not all units dead
            assert largest_error(found[name]["gradients"], right) < TOLERANCE[precision]
        assert found[name]["loss"] == pytest.approx(loss, rel=10 * TOLERANCE[precision])


@pytest.mark.parametrize("precision", TOLERANCE)
def test_powers_of_two_keep_the_bits_and_other_sizes_do_not(precision):
    """What the theorem says, of the page's own arithmetic, which computes and asserts nothing."""
    sizes = [1, 2, 3, 5, 7, 8, 32, 64, 100, 128]
    asked = [
        {"what": "strategies", "problem": problem(n, n), "divides": True, "precision": precision}
        for n in sizes
    ]
    for n, found in zip(sizes, compute(*asked), strict=True):
        same = found["output_gradients"]["bits"] == found["mean_q"]["bits"]
        assert same == (n & (n - 1) == 0), n
        # symbols have no arithmetic of their own
        assert found["get_updates"]["bits"] == found["mean_q"]["bits"]


def test_a_sum_is_n_times_the_mean():
    asked = {"what": "strategies", "problem": problem(1, 16), "precision": "float64"}
    mean, total = compute(asked | {"divides": True}, asked | {"divides": False})
    for name in WAYS:
        for one, other in zip(mean[name]["gradients"], total[name]["gradients"], strict=True):
            np.testing.assert_allclose(np.multiply(one, 16), other, rtol=1e-13)


def programs_of(name):
    """The catalogue's own programs for a mistake, as functions of the arguments that they ask for.

    The page clips at limits of its own, which fit the example; noise is tested by itself.
    """
    right = get_strategy("mean_q").gradients
    if name == "gradient_clipped":
        return [
            lambda actor, critic, observations: tf.clip_by_global_norm(
                right(actor, critic, observations), 0.1
            )[0]
        ]
    if name in ("updates_never_run", "step_taken_twice"):  # wrong in their number of steps alone
        return [right]
    return CATALOGUE[name].forms


PAGE_MISTAKES = [name for name in catalogue.names() if name != "noise_in_the_update"]


@pytest.fixture(scope="module")
def made():
    """What every mistake makes of one problem, in the page and in TensorFlow, float64."""
    described = problem(5, 12)
    # steep, and some actions beyond 1: what clips has to have something to clip
    for name, factor in (("actor", 1.5), ("critic", 5)):
        last = described[name]["layers"][-1]
        last["kernel"] = (factor * np.float32(last["kernel"])).tolist()
    (found,) = compute({"what": "mistakes", "problem": described, "precision": "float64"})
    return described, found, keras_networks(described, "float64")


@pytest.mark.parametrize("name", PAGE_MISTAKES)
def test_a_mistake_is_the_one_that_diagnosis_knows(name, made):
    described, found, (actor, critic) = made
    observations, actions = tensors(described, "float64")
    known = {"actor": actor, "critic": critic, "observations": observations, "actions": actions}
    errors = []
    for program in programs_of(name):
        wanted = inspect.signature(program).parameters
        gradients = program(**{each: known[each] for each in wanted})
        if all(gradient is None for gradient in gradients):
            assert found[name] is None
            return
        errors.append(largest_error(found[name], [g.numpy() for g in gradients]))
    assert min(errors) < 1e-12


def test_every_mistake_but_two_changes_the_gradient(made):
    described, found, _ = made
    _, right = right_gradients(described, "float64", "mean_q")
    for name, gradients in found.items():
        same = gradients is not None and largest_error(gradients, right) < 1e-6
        assert same == (name in ("updates_never_run", "step_taken_twice")), name


def test_the_texts_of_the_mistakes_are_the_catalogues():
    assert (catalogue.PAGE / "catalogue.js").read_text(encoding="utf-8") == catalogue.module()
    assert len(catalogue.names()) >= 10


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("name", ("adam", "sgd"))
def test_optimisers_are_kerass(name, precision):
    described, rate, epsilon = problem(3, 4), 0.01, 1e-5
    generator = np.random.default_rng(0)
    layers = described["actor"]["layers"]
    start = [np.array(w, precision) for at in layers for w in (at["kernel"], at["bias"])]
    steps = [[generator.normal(size=w.shape).astype(precision) for w in start] for _ in range(5)]
    variables = [keras.Variable(w, dtype=precision) for w in start]
    options = {"adam": {"epsilon": epsilon}, "sgd": {}}[name]
    optimizer = getattr(keras.optimizers, {"adam": "Adam", "sgd": "SGD"}[name])(rate, **options)
    for gradients in steps:
        optimizer.apply([tf.constant(g) for g in gradients], variables)
    (found,) = compute(
        {
            "what": "optimiser",
            "problem": described,
            "precision": precision,
            "name": name,
            "rate": rate,
            "epsilon": epsilon,
            "gradients": [[np.atleast_2d(g).tolist() for g in gradients] for gradients in steps],
        }
    )
    # Keras keeps the rate in float32
    assert largest_error(found, [v.numpy() for v in variables]) < 1e-6


numbers = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.tuples(numbers, numbers.filter(bool)), min_size=20, max_size=50))
def test_rounding_once_more_is_float32(pairs):
    (found,) = compute({"what": "products", "pairs": pairs})
    for (x, y), bits in zip(np.float32(pairs), found, strict=True):
        with np.errstate(all="ignore"):
            results = np.float32([x * y, x + y, x / y])
        assert bits == [f"{word:08x}" for word in results.view(np.uint32)]


def test_the_bits_that_are_shown_are_the_numbers_bits():
    """Numbers of the example that the page grew from, N = 2: only halved, so the fraction stays."""
    at_a = np.float32([-0.739696622, -0.369848311, -0.371070236, -0.185535118])
    (found,) = compute({"what": "bits", "numbers": at_a.tolist(), "precision": "float32"})
    assert [word for word, _ in found] == ["bf3d5cc2", "bebd5cc2", "bebdfceb", "be3dfceb"]
    assert all(int(word, 16) == int(bits, 2) and len(bits) == 32 for word, bits in found)
    (found,) = compute({"what": "bits", "numbers": [1 / 3, -2.5], "precision": "float64"})
    words = [f"{word:016x}" for word in np.array([1 / 3, -2.5]).view(np.uint64)]
    assert [word for word, _ in found] == words
