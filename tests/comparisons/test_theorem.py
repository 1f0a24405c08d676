"""The theorem study: the regulator against simulation and sums, its claims refuted."""

import numpy as np
import pytest

from comparisons import theorem
from comparisons.registry import get_study
from comparisons.theorem.bias import angle, compatible_form, error_form, spread
from comparisons.theorem.regulator import example, sigma_points, solve_lyapunov
from tests.comparisons.committed import assert_refuted


@pytest.fixture(scope="module")
def data():
    return theorem.run(quick=True, track=lambda items, note: items)


def test_the_return_is_the_sum_of_expected_rewards():
    regulator, K = example()
    F, covariance, total = regulator.closed_loop(K), regulator.S0, 0.0
    for step in range(1_000):
        cost = np.trace((regulator.M + K.T @ regulator.R @ K) @ covariance)
        total -= regulator.gamma**step * cost
        covariance = F @ covariance @ F.T + regulator.W
    assert regulator.expected_return(K) == pytest.approx(total, rel=1e-12)


def test_the_state_moment_is_the_discounted_sum_of_moments():
    regulator, K = example()
    F, covariance, total = regulator.closed_loop(K), regulator.S0, 0.0
    for step in range(1_000):
        total = total + (1 - regulator.gamma) * regulator.gamma**step * covariance
        covariance = F @ covariance @ F.T + regulator.W
    np.testing.assert_allclose(regulator.state_moment(K), total, rtol=1e-10)


def test_q_of_the_policys_own_action_is_its_value_and_obeys_bellman():
    regulator, K = example()
    H, P = regulator.q_matrix(K), regulator.cost_matrix(K)
    policy = np.vstack([np.eye(len(P)), K])
    np.testing.assert_allclose(policy.T @ H @ policy, P, rtol=1e-12)


def test_the_gradient_is_the_slope_of_the_return():
    regulator, K = example()
    np.testing.assert_allclose(
        regulator.gradient(K), regulator.difference_quotient(K), rtol=1e-6, atol=1e-7
    )


def test_no_gain_nearby_is_better_than_the_optimal_one():
    regulator, _ = example()
    best = regulator.optimal_gain()
    generator = np.random.default_rng(0)
    for _ in range(20):
        other = best + 0.01 * generator.standard_normal(best.shape)
        assert regulator.expected_return(other) < regulator.expected_return(best)


def test_sigma_points_have_the_moment():
    moment = np.array([[2.0, 0.5], [0.5, 1.0]])
    points = sigma_points(moment)
    np.testing.assert_allclose(points.T @ points / len(points), moment)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-15)


def test_an_unstable_policy_is_refused():
    with pytest.raises(ValueError, match="unstable"):
        solve_lyapunov(1.1 * np.eye(2), np.eye(2))


def test_the_spread_of_a_form_is_that_of_samples():
    regulator, K = example()
    H, moment = regulator.q_matrix(K), regulator.state_moment(K)
    generator = np.random.default_rng(1)
    states = generator.standard_normal((200_000, 3)) @ np.linalg.cholesky(moment).T
    actions = states @ K.T + 0.3 * generator.standard_normal((200_000, 2))
    z = np.hstack([states, actions])
    values = np.einsum("ij,jk,ik->i", z, H, z)
    assert spread(H, K, moment) == pytest.approx(values.std(), rel=0.02)


def test_the_compatible_critic_has_dq_da_and_no_curvature():
    regulator, K = example()
    H = regulator.q_matrix(K)
    form = compatible_form(H, K)
    state = np.array([0.3, -1.0, 0.7])
    z = np.concatenate([state, K @ state])
    np.testing.assert_allclose((form @ z)[3:], (H @ z)[3:])
    assert not form[3:, 3:].any()
    assert z @ form @ z == pytest.approx(0, abs=1e-12)


def test_an_error_form_is_symmetric_and_confined_to_its_block():
    error = error_form("state times action", 3, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(error, error.T)
    assert not error[:3, :3].any()
    assert not error[3:, 3:].any()
    assert error[3:, :3].all()


def test_angles():
    assert angle(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]])) == pytest.approx(90)
    assert angle(np.array([[1.0]]), np.array([[-3.0]])) == pytest.approx(180)
    assert angle(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])) == pytest.approx(0, abs=1e-6)


def test_every_strategy_has_the_derivative_of_the_true_return(data):
    assert len(data["errors"]) == 6
    assert max(data["errors"].values()) < 1e-10
    regulator, K = example()
    np.testing.assert_allclose(data["true_gradient"], regulator.difference_quotient(K), rtol=1e-6)


def test_sampled_states_converge_at_the_rate_of_a_mean(data):
    assert -0.65 < data["sampled"]["slope"] < -0.35


def test_what_biases_and_what_does_not(data):
    critic, states = data["critic"], data["states"]
    for harmless in ("states only", "compatible critic"):
        assert max(critic[harmless]["angles"]) < 1e-6
        np.testing.assert_allclose(critic[harmless]["sizes"], 1, rtol=1e-9)
    for harmful in ("state times action", "action times action"):
        assert critic[harmful]["angles"][-1] > 10
    # the behaviour is the target policy here, and its states are discounted: the theorem itself
    assert states["older"]["discounted"]["angles"][0] < 1e-6
    assert states["noisy"]["discounted"]["angles"][0] < 1e-6
    assert states["older"]["alike"]["angles"][0] > 1
    assert states["at_the_optimum"] < 1e-10


def test_the_claims_hold_of_a_quick_run(data):
    assert get_study("theorem").false_claims(data, quick=True) == []
    assert get_study("theorem").finding(data)


REFUTED_BY = {
    "every strategy": lambda data: data["errors"].update(mean_q=0.1),
    "central differences": lambda data: data.update(difference_quotient_error=0.1),
    "sampled states": lambda data: data["sampled"].update(slope=-1.0),
    "states alone": lambda data: data["critic"]["states only"].update(angles=[20.0]),
    "states times actions": lambda data: data["critic"]["state times action"].update(angles=[1.0]),
    "actions' square": lambda data: data["critic"]["action times action"].update(angles=[80.0]),
    "compatible critic": lambda data: data["critic"]["compatible critic"].update(sizes=[1.1]),
    "own states, discounted": lambda data: data["states"]["noisy"]["discounted"]["angles"].insert(
        0, 5.0
    ),
    "own states turn": lambda data: data["states"]["older"]["alike"].update(angles=[0.0]),
    "any gradient from other states": lambda data: data["states"]["noisy"]["alike"].update(
        angles=[95.0]
    ),
    "optimal gain": lambda data: data["states"].update(at_the_optimum=0.1),
}


def test_each_claim_can_be_refuted():
    assert_refuted("theorem", REFUTED_BY)
