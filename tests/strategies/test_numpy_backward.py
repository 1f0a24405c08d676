"""Each strategy's gradients against a backward pass written by hand, on networks of many shapes."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests import oracles
from tests.sizes import WHOLE, small_version
from tests.strategies.networks import make_networks, make_observations, oracle_layers

ROUNDING = 32
"""Units in the last place allowed on the scale of the gradient; the rounding errors of these small
networks' sums stay below it."""


TRACED = ("get_updates", "jacobian")
"""Each of their calls traces a program anew, which takes a hundred times longer than running it."""


@settings(max_examples=20 if WHOLE else 5)  # each builds new networks
@given(
    obs_size=st.integers(1, 6),
    act_size=st.integers(1, 4),
    widths=st.lists(st.integers(1, 12), max_size=3),
    activation=st.sampled_from(["relu", "tanh"]),
    batch_size=st.integers(1, 9),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 99),
)
def test_gradients_match_the_backward_pass_by_hand(
    obs_size, act_size, widths, activation, batch_size, dtype, seed
):
    names = [name for name in STRATEGIES if name not in TRACED]
    keras.backend.clear_session()
    networks = make_networks(obs_size, act_size, widths, activation, dtype=dtype, seed=seed)
    assert_match_by_hand(names, *networks, make_observations(batch_size, obs_size, dtype, seed))


SHAPES = [
    # obs_dim, act_dim, hidden layers, their activation, N, dtype
    (5, 3, (7, 4), "relu", 6, "float32"),
    (1, 4, (), "tanh", 9, "float64"),
    (6, 1, (12, 1, 3), "tanh", 1, "float32"),
    (2, 2, (11,), "relu", 8, "float64"),
]


@pytest.mark.parametrize("name", TRACED)
@pytest.mark.parametrize("shape", small_version(SHAPES, 1), ids=str)
def test_and_so_do_those_that_are_traced(name, shape):
    *sizes, batch_size, dtype = shape
    networks = make_networks(*sizes, dtype=dtype)
    assert_match_by_hand([name], *networks, make_observations(batch_size, sizes[0], dtype))


def assert_match_by_hand(names, actor, critic, observations):
    dtype = observations.dtype
    mu, q = oracle_layers(actor), oracle_layers(critic)
    states = observations.astype("float64")
    loss, expected = oracles.policy_gradient(mu, q, states)
    actions, _ = oracles.forward(mu, states)
    _, dq_da = oracles.action_gradient(q, states, actions)
    spread = oracles.mean_absolute_jacobian(mu, states)

    for name in names:
        value, gradients = get_strategy(name).loss_and_gradients(actor, critic, observations)
        np.testing.assert_allclose(value, loss, rtol=0, atol=ROUNDING * np.finfo(dtype).eps)
        error = ROUNDING * np.finfo(dtype).eps * np.abs(dq_da).max()
        if name == "target_action":
            # (a + dQ/da) - a: each of the two operations rounds to the last place of what is at
            # most |a| + 2 |dQ/da|, which is an error in dQ/da itself, however small that is.
            error += np.finfo(dtype).eps * (np.abs(actions) + 2 * np.abs(dq_da)).max()
        for gradient, target, absolute in zip(gradients, expected, spread, strict=True):
            assert gradient.dtype == dtype
            np.testing.assert_allclose(gradient, target, rtol=0, atol=error * absolute.max())
