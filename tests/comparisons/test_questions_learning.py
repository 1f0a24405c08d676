"""The questions on exploration, normalisation and learning: main numbers against other ways."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from comparisons.questions import exploration, learning, noisy_critics, normalization, saturation

THEMES = (exploration, normalization, learning)


@pytest.fixture(scope="module")
def answers():
    found = [question(True) for theme in THEMES for question in theme.QUESTIONS]
    return {answer["number"]: answer for answer in found}


def merit(answer, start):
    """Return the one figure of merit whose name starts with `start`."""
    (value,) = [v for k, v in answer["figures_of_merit"].items() if k.startswith(start)]
    return value


def test_answers_have_the_common_form(answers):
    assert list(answers) == [15, 16, 17, 18, 19, 20, 21, 22]
    for answer in answers.values():
        assert answer["question"].endswith("?")
        assert answer["threads"] and answer["answer"] and answer["verdict"].endswith(".")
        assert set(answer["difference"]) == {"ratio", "of"}
        assert answer["difference"]["ratio"] >= 0 and len(answer["difference"]["of"]) <= 60
        assert all(type(v) in (int, float) for v in answer["figures_of_merit"].values())
        json.dumps(answer, allow_nan=False)


def test_15_dt_and_its_root(answers):
    rho = 1 - 0.15 * 0.01
    variance = 0.2**2 * 0.01 / (1 - rho**2)
    steps = np.arange(1, 201)
    rms = math.sqrt(np.mean(variance * (1 - rho ** (2 * steps))))
    answer = answers[15]
    assert merit(answer, "rms over an episode of 200 steps at dt = 0.01") == pytest.approx(
        rms, rel=0.08
    )
    assert merit(answer, "stationary deviation at dt = 0.01, dt in place") == pytest.approx(
        math.sqrt(variance) / 10, rel=0.08
    )
    assert "outlasts an episode of 200" in answer["verdict"]


def test_16_uniform_numbers_push_one_way(answers):
    answer = answers[16]
    assert merit(answer, "mean with uniform") == pytest.approx(0.5 * 0.2 / 0.15, rel=0.03)
    deviation = 0.2 * math.sqrt(1 / 12 / (1 - 0.85**2))
    assert merit(answer, "deviation with uniform") == pytest.approx(deviation, rel=0.05)
    assert answer["difference"]["ratio"] == pytest.approx(math.sqrt(1 / 12), rel=0.08)
    assert answer["verdict"].startswith("Yes")


def test_17_the_verdict_follows_the_losses(answers):
    answer = answers[17]
    before, without = merit(answer, "loss (mean"), merit(answer, "loss after training without")
    assert ("still learns" in answer["verdict"]) == (without < before / 2)
    ratio = without / merit(answer, "loss after training with noise")
    assert answer["difference"]["ratio"] == pytest.approx(ratio)
    assert f"{ratio:.2g} times the loss" in answer["verdict"]


def test_18_a_sleeping_batch_norm_is_a_constant_factor(answers):
    answer = answers[18]
    assert merit(answer, "distance of the moving moments") == 0
    layer = keras.layers.BatchNormalization()
    x = tf.random.stateless_normal((5, 3), (0, 0)) * 7 + 3
    factor = merit(answer, "what the layer multiplies by")
    np.testing.assert_allclose(layer(x, training=False), factor * x, rtol=1e-6)
    assert "still 0 and 1" in answer["verdict"]


def test_18_losses_decide_the_word(answers):
    answer = answers[18]
    ratio = merit(answer, "loss (mean") / merit(answer, "loss, flag set")
    word = "worse" if ratio > 1.1 else "better" if ratio < 0.9 else "about as well"
    assert f"learns {word}" in answer["verdict"]


def test_19_target_updates_touch_what_they_say():
    for kind, same in {"all": 0, "weights only": 4, "copied": 0, "kernels only": 8}.items():
        online, target = (normalization.normalized_actor("batch", seed) for seed in (0, 5))
        for variable in online.weights:
            variable.assign(variable.value + 1.0)
        before = [np.array(v) for v in target.weights]
        normalization.target_update(kind, target, online)()
        # of 12 variables: 2 gammas, 2 betas, 4 moving moments, 2 kernels, 2 biases
        after = zip(before, target.weights, strict=True)
        assert sum(np.array_equal(old, np.array(new)) for old, new in after) == same


def test_19_moments_left_out_leave_another_function(answers):
    answer = answers[19]
    left_out = merit(answer, "batch norm, moving moments left out")
    blended = merit(answer, "batch norm, target off by")
    assert answer["difference"]["ratio"] == pytest.approx(left_out / blended)
    assert ("belong in the update" in answer["verdict"]) == (left_out > 2 * blended)
    assert merit(answer, "variables of layer norm") == 0


def test_19_the_noise_of_moments_cancels_where_both_sides_have_it(answers):
    network = normalization.normalized_actor("batch")
    normalization.train(network, True, 50)
    still = [normalization.noise_of_moments(network, mode, 10, move=0.0) for mode in (True, False)]
    assert still[0] == 0 and still[1] > 0.05
    plain = normalization.normalized_actor("none")
    assert normalization.noise_of_moments(plain, True, 10) == 0
    assert 0 < merit(answers[19], "the same, target in training") < merit(answers[19], "batch's")


def test_20_slopes_and_turning_round(answers):
    answer = answers[20]
    assert merit(answer, "1 - tanh^2 at 2") == pytest.approx(1 / math.cosh(2) ** 2, rel=1e-4)
    assert merit(answer, "1 - tanh^2 at 10") == 0
    started = merit(answer, "actions beyond 0.99 before training")
    actor = saturation.pushed_actor(small_last_layer=False, bounded=True)
    observations = saturation.RAW_SCALE * tf.random.stateless_normal((500, 4), (0, 1))
    assert started == pytest.approx(np.mean(np.abs(actor(observations).numpy()) > 0.99))
    turning = {
        name: merit(answer, f"updates to turn round, over updates of push, {name}")
        for name in ("raw inputs", "normalised inputs and a small", "inverting gradients")
    }
    assert answer["difference"]["ratio"] == pytest.approx(
        turning["normalised inputs and a small"] / turning["inverting gradients"]
    )
    assert ("did not come back" in answer["verdict"]) == (turning["raw inputs"] >= 5)


def test_21_values_against_the_geometric_series(answers):
    answer = answers[21]
    assert merit(answer, "value learned, the last step bootstrapped") == pytest.approx(
        100, rel=1e-2
    )
    wrong = merit(answer, "value learned, the last step stored")
    assert wrong == pytest.approx(1 / (1 - 0.99 * 199 / 200), rel=1e-4)
    assert answer["verdict"].startswith("No")
    assert f"{wrong:.1f} instead of 100" in answer["verdict"]


def test_22_targets_against_order_statistics(answers):
    answer = answers[22]
    assert noisy_critics.normal_maximum(2) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-6)
    assert noisy_critics.normal_maximum(3) == pytest.approx(1.5 / math.sqrt(math.pi), rel=1e-6)
    theory = noisy_critics.normal_maximum(10)
    assert merit(answer, "DQN, 10 actions") == pytest.approx(theory, abs=0.03)
    assert abs(merit(answer, "Double DQN")) < 0.03
    ddpg, td3 = merit(answer, "DDPG, the actor"), merit(answer, "TD3")
    assert answer["difference"]["ratio"] == pytest.approx(abs(td3) / ddpg)
    assert f"DDPG's {ddpg:+.2f} and TD3's {td3:+.2f}" in answer["verdict"]


def test_22_climbing_ends_on_a_top():
    q = noisy_critics.smooth_noise(np.random.default_rng(3), 200, 81)
    assert q.std() == pytest.approx(1, abs=0.1)
    rows, at = np.arange(200), noisy_critics.climbed(q, 80)
    padded = np.pad(q, ((0, 0), (1, 1)), constant_values=-np.inf)
    assert np.all(q[rows, at] >= padded[rows, at]) and np.all(q[rows, at] >= padded[rows, at + 2])
