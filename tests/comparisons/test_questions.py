"""The questions study: its answers' form, their claims, and other ways to compute the numbers."""

import json
import math
import re
from functools import partial
from pathlib import Path

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf

from comparisons import questions
from comparisons.questions import (
    mountain_car,
    noisy_critics,
    normalization,
    penalties,
    ports,
    saturation,
    updates,
)
from comparisons.questions.claims import ANSWERS, CLAIMS
from comparisons.questions.figures import LABELS, title
from comparisons.questions.forms import flat, freshly_initialised, mean_gradient
from comparisons.questions.mean_or_sum import gradient_stream
from comparisons.questions.measure import QUESTIONS
from comparisons.questions.problem import batch, exact_q, goal, regret, slope
from comparisons.registry import get_study
from tests.comparisons.committed import assert_refuted, committed
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return questions.run(quick=True, track=lambda items, note: items)


def test_every_question_has_a_number_an_experiment_a_template_and_a_label():
    names = [question.__name__ for question in QUESTIONS.values()]
    numbered = [f"{number:02}_{name}" for number, name in zip(QUESTIONS, names, strict=True)]
    assert [path.stem for path in ANSWERS] == numbered
    assert list(LABELS) == list(committed("questions")) == names
    overview = (Path(questions.__file__).parent / "finding.md").read_text()
    found = sorted(map(int, re.findall(r"{answer_(\d+)}", overview)))
    assert found == sorted(QUESTIONS) == list(QUESTIONS)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_a_template_has_the_agreed_form(path):
    heading, verdict, table, answer, threads = path.read_text().strip().split("\n\n")
    assert re.fullmatch(rf"### {int(path.stem[:2])}\. .+\?", heading)
    assert re.fullmatch(r"\*\*.+\.\*\*", verdict)
    assert table.startswith("| measured | |\n|---|---:|\n")
    assert answer.endswith(".")
    assert threads.startswith("Asked in: ") and threads.endswith(".")
    for name, number, url in re.findall(r"\[(\S+) #(\d+)\]\((.+?)\)", threads):
        assert url == f"https://github.com/{name}/issues/{number}"


SETTINGS = {"dt": "0.01", "bound": "0.99", "sigma": "0.5"}
"""Decimals that a verdict may state: settings, which are typed once more in the experiment."""


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_no_measured_number_is_typed(path):
    prose = re.sub(r"{[^}]*}", "", path.read_text())
    verdict, table = prose.split("\n\n")[1:3]
    assert set(re.findall(r"\d+\.\d+|\d+%", verdict)) <= set(SETTINGS.values())
    assert all(row.endswith("|  |") for row in table.splitlines()[2:])


def test_answers_are_plain_numbers_with_the_same_names_as_the_committed_ones(data):
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert {name: set(answer) for name, answer in data.items()} == {
        name: set(answer) for name, answer in committed("questions").items()
    }


@pytest.mark.parametrize("name", sorted(set(LABELS) - {"one_output_per_action"}))
def test_a_ratio_follows_from_the_measurements(data, name):
    """All but the one that is a measurement itself."""
    numbers = {k: abs(v) for k, v in data[name].items() if k != "ratio" and not isinstance(v, str)}
    values = [1.0, *numbers.values()]
    pairs = [*values, *(a / b for a in values for b in values if b)]
    ratio = data[name]["ratio"]
    assert ratio >= 0
    assert len(LABELS[name].format(**data[name])) <= 60
    assert any(math.isclose(value, ratio, rel_tol=1e-6) for value in pairs)


def test_the_claims_hold_of_a_quick_run(data):
    study = get_study("questions")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


REFUTED_BY = [
    ("divide_by_n", {"returned": 1.0}),
    ("divide_by_n", {"sgd": 1.0}),
    ("divide_by_n", {"adam": 1.2}),
    ("divide_by_n", {"adam_small": 1.0}),
    ("divide_twice", {"sgd": 1.0}),
    ("divide_twice", {"adam_fresh": 1.0}),
    ("divide_twice", {"adam": 0.5}),
    ("divide_twice", {"rms_fresh_twice": 0.1}),
    ("minus_and_third_argument", {"from_jacobian": 0.1}),
    ("minus_and_third_argument", {"plus": 0.01}),
    ("minus_and_third_argument", {"missing": 0.01}),
    ("is_a_factor_missing", {"from_product": 0.1}),
    ("is_a_factor_missing", {"cosine": 1.0}),
    ("two_symbolic_forms", {"cosine": 1.0}),
    ("two_symbolic_forms", {"other_bits": 3}),
    ("two_symbolic_forms", {"at_hundred": 0.0}),
    ("at_which_action", {"ratio": 1.0}),
    ("at_which_action", {"cosine_old": 0.1}),
    ("at_which_action", {"fresh": 0.8}),
    ("jacobian_or_sum", {"rest": 0.1}),
    ("jacobian_or_sum", {"from_diagonal": 0.1}),
    ("jacobian_or_sum", {"batch_norm_sum": 0.5}),
    ("two_tapes", {"norm": 1.0}),
    ("two_tapes", {"unwatched": 1}),
    ("two_tapes", {"products_ours": 16}),
    ("second_tensor", {"on_tape": 1}),
    ("second_tensor", {"difference": 0.1}),
    ("get_updates_in_tf2", {"failing": 2}),
    ("get_updates_in_tf2", {"other_bits": 7}),
    ("get_updates_in_tf2", {"ratio": 0.9}),
    ("whom_does_it_train", {"listed": 0.001}),
    ("whom_does_it_train", {"left_behind": 0.0}),
    ("whom_does_it_train", {"ratio": 1.0}),
    ("scale_or_zero_a_loss", {"scaled_adam": 0.1}),
    ("scale_or_zero_a_loss", {"zeroed_adam": 0.0}),
    ("one_output_per_action", {"ratio": 1.0}),
    ("one_output_per_action", {"cosine_many": 0.5}),
    ("one_output_per_action", {"accepted": 1}),
    ("critic_without_action", {"ratio": 0.1}),
    ("critic_without_action", {"accepted": 1}),
    ("critic_without_action", {"cosine_with_value": 0.5}),
    ("critic_without_action", {"error_ratio": 0.5}),
    ("noise_without_dt", {"stationary": 0.1}),
    ("noise_without_dt", {"small_dt_memory": 100.0}),
    ("noise_without_dt", {"small_dt_rms": 0.4}),
    ("noise_without_dt", {"shrunk": 1.0}),
    ("uniform_numbers", {"mean": 0.0}),
    ("uniform_numbers", {"mean_theory": 0.5}),
    ("uniform_numbers", {"ratio": 1.0}),
    ("noise_never_added", {"none": 1.2}),
    ("noise_never_added", {"ratio": 2.0}),
    ("noise_never_added", {"none_lowest": 0.5}),
    ("noise_never_added", {"warmup_ratio": 0.5}),
    ("batch_norm_that_never_trains", {"moved": 0.1}),
    ("batch_norm_that_never_trains", {"gamma": 0.0}),
    ("batch_norm_that_never_trains", {"ratio": 1.0}),
    ("norms_in_target_networks", {"ratio": 1.0}),
    ("norms_in_target_networks", {"copied": 0.01}),
    ("norms_in_target_networks", {"layer_statistics": 2}),
    ("norms_in_target_networks", {"noise_training": 0.16}),
    ("actions_saturate", {"slope_at_10": 1e-9}),
    ("actions_saturate", {"small_start": 0.2}),
    ("actions_saturate", {"raw_updates": 5.0}),
    ("actions_saturate", {"inverting_updates": 1.0}),
    ("time_limits_as_ends", {"right_error": 0.1}),
    ("time_limits_as_ends", {"error": 0.0}),
    ("time_limits_as_ends", {"wrong_theory": 90.0}),
    ("time_limits_as_ends", {"short": 99.0}),
    ("critic_targets", {"dqn": 1.0}),
    ("critic_targets", {"separate": 0.2}),
    ("critic_targets", {"ddpg": 0.0}),
    ("critic_targets", {"td3": 0.1}),
    ("shared_layers", {"get_updates": 1.0}),
    ("shared_layers", {"others": 1.0}),
    ("shared_layers", {"own_layers": 1.0}),
    ("shared_layers", {"chain_rule_from_true": 60.0}),
    ("shared_layers", {"critic_error": 0.5}),
    ("shared_layers", {"cut": 1.0}),
    ("shared_layers", {"moved_q": 0.0}),
    ("shared_layers", {"accepted": 2}),
    ("action_bounds", {"raw_thousandth": -200.0}),
    ("action_bounds", {"td3_other_at_two": 1}),
    ("action_bounds", {"td3_thousand": -900.0}),
    ("action_bounds", {"ddpg_spread": 900.0}),
    ("order_of_steps", {"fresh_lowest": 0.0}),
    ("order_of_steps", {"later": 0.9}),
    ("order_of_steps", {"together": -400.0}),
    ("training_flag_of_the_critic", {"plain_other_bits": 3}),
    ("training_flag_of_the_critic", {"last_norm": 0.1}),
    ("training_flag_of_the_critic", {"last_training": 0.1}),
    ("training_flag_of_the_critic", {"before_cosine": 0.9}),
    ("training_flag_of_the_critic", {"before_training": 0.1}),
    ("training_flag_of_the_critic", {"dropout_cosine": 0.5}),
    ("training_flag_of_the_critic", {"last_moved": 0.0}),
    ("port_from_pytorch", {"default_length": 0.9}),
    ("port_from_pytorch", {"same_number_first": 0.01}),
    ("port_from_pytorch", {"scaled_last": 1e-6}),
    ("port_from_pytorch", {"same_place_last": 1e-3}),
    ("port_from_pytorch", {"rounding": 1e-5}),
    ("mountain_car", {"baselines_reached": 0.1}),
    ("mountain_car", {"as_large_reached": 0.2}),
    ("mountain_car", {"ou_small_dt_reached": 0.6}),
    ("mountain_car", {"default_lowest": -20.0}),
    ("mountain_car", {"ou_lowest": -1.0}),
    ("targets_that_learn", {"farther": 1.0}),
    ("targets_that_learn", {"ratio": 1.0}),
    ("targets_that_learn", {"learning_loss": 1e6}),
    ("exported_actor", {"difference": 0.0}),
    ("exported_actor", {"bare_return": -150.0}),
    ("factor_two_in_l2", {"ours_over_tf1": 1.0}),
    ("factor_two_in_l2", {"half_from_tf1": 0.1}),
    ("factor_two_in_l2", {"half_weights": 1.0}),
    ("factor_two_in_l2", {"half_dq_da": 0.1}),
]
"""For each claim, in their order: the question, and a number that makes it false."""


def test_each_claim_can_be_refuted():
    sentences = [claim.sentence for claim in CLAIMS]
    changes = [partial(changed, question, numbers) for question, numbers in REFUTED_BY]
    assert_refuted("questions", dict(zip(sentences, changes, strict=True)))


def changed(question, numbers, data):
    """Change some numbers of a question."""
    data[question].update(numbers)


def test_the_figures_title_counts_the_ratios():
    numbers = re.findall(r"\d+", title([1.005, 1.0, 0.0, 640.0]))
    # questions; equal to 1 within 1%; equal to 0; the largest, and its question
    assert numbers == ["4", "2", "1", "1", "1", "0", "640", "4"]


def first_adam_step(gradient, rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Kingma and Ba's step in the order of section 2's last lines, in float64."""
    gradient = np.asarray(gradient, float)
    m, v = (1 - beta_1) * gradient, (1 - beta_2) * gradient**2
    return -rate * np.sqrt(1 - beta_2) / (1 - beta_1) * m / (np.sqrt(v) + epsilon)


def test_adam_hides_the_batch_size_until_epsilon_shows(data):
    once, twice = data["divide_by_n"], data["divide_twice"]
    assert once["returned"] == pytest.approx(64)
    assert once["sgd"] == pytest.approx(64)
    fresh = mean_gradient(*freshly_initialised(), batch())
    lengths = [np.linalg.norm(first_adam_step(fresh * f)) for f in (1 / 64, 1, 64)]
    assert once["adam_fresh"] == pytest.approx(lengths[2] / lengths[1], rel=1e-3)
    assert twice["adam_fresh"] == pytest.approx(lengths[0] / lengths[1], rel=1e-3)


def test_adam_steps_on_zeroed_losses(data):
    stream = gradient_stream(40).astype(float)
    stream[1::2] = 0
    m = v = 0
    lengths = []
    for t, gradient in enumerate(stream, start=1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        corrected = m / (1 - 0.9**t), v / (1 - 0.999**t)
        lengths.append(np.linalg.norm(corrected[0] / (np.sqrt(corrected[1]) + 1e-7)))
    expected = np.mean(lengths[1::2]) / np.mean(lengths[2::2])
    assert data["scale_or_zero_a_loss"]["zeroed_adam"] == pytest.approx(expected, rel=5e-3)


def test_bandit_is_what_it_claims():
    observations = batch(16)
    actions = tf.constant(np.random.default_rng(3).uniform(-1, 1, (16, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = exact_q([observations, actions])
    np.testing.assert_allclose(slope(observations, actions), tape.gradient(q, actions), rtol=1e-5)
    assert regret(goal) == 0


def test_the_right_sign_learns_the_bandit(data):
    values = data["minus_and_third_argument"]
    assert values["minus"] < 0.1 * values["start"]


def test_keras_3_has_no_get_updates():
    assert not hasattr(keras.optimizers.Adam(), "get_updates")


def test_a_fed_critic_trains_the_actor_as_computed_by_hand(data):
    rng = np.random.default_rng(0)
    actor, first, last = (
        rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in ((3, 3), (6, 16), (16, 1))
    )
    states, actions = batch().numpy(), rng.uniform(-1, 1, (64, 3))
    hidden = np.tanh(np.concatenate([states, actions], 1) @ first)
    error = 2 * (hidden @ last - 1) / 64
    at_actions = ((error @ last.T) * (1 - hidden**2) @ first.T)[:, 3:]
    # tanh's derivative is computed from its output, and that is what was fed
    gradient = states.T @ (at_actions * (1 - actions**2))
    expected = 0.01 * np.linalg.norm(gradient) / np.linalg.norm(actor)
    assert data["whom_does_it_train"]["unlisted"] == pytest.approx(expected, rel=1e-3)


def test_flat_keeps_the_order():
    assert flat([tf.constant([[1.0, 2.0]]), tf.constant([3.0])]).tolist() == [1, 2, 3]


def test_dt_and_its_root_against_sums(data):
    rho = 1 - 0.15 * 0.01
    variance = 0.2**2 * 0.01 / (1 - rho**2)
    steps = np.arange(1, 201)
    rms = math.sqrt(np.mean(variance * (1 - rho ** (2 * steps))))
    values = data["noise_without_dt"]
    assert values["small_dt_rms"] == pytest.approx(rms, rel=0.08)
    assert values["missing_root_std"] == pytest.approx(math.sqrt(variance) / 10, rel=0.08)


def test_uniform_numbers_against_sums(data):
    values = data["uniform_numbers"]
    assert values["mean"] == pytest.approx(0.5 * 0.2 / 0.15, rel=0.03)
    assert values["std"] == pytest.approx(0.2 * math.sqrt(1 / 12 / (1 - 0.85**2)), rel=0.05)
    assert values["ratio"] == pytest.approx(math.sqrt(1 / 12), rel=0.08)


def test_a_sleeping_batch_norm_is_a_constant_factor(data):
    layer = keras.layers.BatchNormalization()
    x = tf.random.stateless_normal((5, 3), (0, 0)) * 7 + 3
    factor = data["batch_norm_that_never_trains"]["factor"]
    np.testing.assert_allclose(layer(x, training=False), factor * x, rtol=1e-6)


def test_target_updates_touch_what_they_say():
    for kind, same in {"all": 0, "weights only": 4, "copied": 0, "kernels only": 8}.items():
        online, target = (normalization.normalized_actor("batch", seed) for seed in (0, 5))
        for variable in online.weights:
            variable.assign(variable.value + 1.0)
        before = [np.array(v) for v in target.weights]
        normalization.target_update(kind, target, online)()
        # of 12 variables: 2 gammas, 2 betas, 4 moving moments, 2 kernels, 2 biases
        after = zip(before, target.weights, strict=True)
        assert sum(np.array_equal(old, np.array(new)) for old, new in after) == same


def test_the_noise_of_moments_cancels_where_both_sides_have_it():
    network = normalization.normalized_actor("batch")
    normalization.train(network, True, 50)
    still = [normalization.noise_of_moments(network, mode, 10, move=0.0) for mode in (True, False)]
    assert still[0] == 0 and still[1] > 0.05
    plain = normalization.normalized_actor("none")
    assert normalization.noise_of_moments(plain, True, 10) == 0


def test_slopes_of_tanh_and_saturated_starts(data):
    values = data["actions_saturate"]
    assert values["slope_at_2"] == pytest.approx(1 / math.cosh(2) ** 2, rel=1e-4)
    actor = saturation.pushed_actor(small_last_layer=False, bounded=True)
    observations = saturation.RAW_SCALE * tf.random.stateless_normal((500, 4), (0, 1))
    started = np.mean(np.abs(actor(observations).numpy()) > 0.99)
    assert values["raw_start"] == pytest.approx(started)


def test_values_against_the_geometric_series(data):
    values = data["time_limits_as_ends"]
    assert values["right"] == pytest.approx(100, rel=1e-2)
    assert values["wrong"] == pytest.approx(1 / (1 - 0.99 * 199 / 200), rel=1e-4)


def test_normal_maximum_against_order_statistics():
    assert noisy_critics.normal_maximum(2) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-6)
    assert noisy_critics.normal_maximum(3) == pytest.approx(1.5 / math.sqrt(math.pi), rel=1e-6)


def test_climbing_ends_on_a_top():
    q = noisy_critics.smooth_noise(np.random.default_rng(3), 200, 81)
    assert q.std() == pytest.approx(1, abs=0.1)
    rows, at = np.arange(200), noisy_critics.climbed(q, 80)
    padded = np.pad(q, ((0, 0), (1, 1)), constant_values=-np.inf)
    assert np.all(q[rows, at] >= padded[rows, at]) and np.all(q[rows, at] >= padded[rows, at + 2])


def test_batch_norm_before_the_output_holds_mean_q():
    """Whatever the actions are, it is the output layer's weights times beta, plus its bias."""
    critic = ports.critic_of_layout("last")
    norm, output = critic.layers[-2:]
    rng = np.random.default_rng(0)
    norm.beta.assign(rng.standard_normal(norm.beta.shape))
    output.bias.assign([0.3])
    expected = np.array(norm.beta) @ np.array(output.kernel) + 0.3
    for scale in (0.1, 3.0):
        actions = tf.constant(scale * rng.standard_normal((64, 3)), "float32")
        assert critic([batch(), actions], training=True).numpy().mean() == pytest.approx(
            expected, abs=1e-5
        )


def test_the_path_in_pytorch_is_pytorchs():
    torch = pytest.importorskip("torch")
    stream = np.random.default_rng(0).standard_normal((5, 4)) * 1e-6
    weight = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=1e-3)
    for row, gradient in zip(ports.path_in_pytorch(stream, 1e-3), stream, strict=True):
        weight.grad = torch.tensor(gradient)
        adam.step()
        assert row == pytest.approx(weight.detach().numpy(), rel=1e-9)


def test_the_car_moves_as_gymnasiums_does():
    environment = gym.make("MountainCarContinuous-v0").unwrapped
    position, speed = environment.reset(seed=3)[0]
    rng = np.random.default_rng(0)
    for force in np.repeat(rng.uniform(-1.5, 1.5, 20), 25):
        (theirs, their_speed), *_ = environment.step(np.array([force]))
        position, speed = mountain_car.advance(position, speed, force)
        assert (position, speed) == pytest.approx((theirs, their_speed), abs=1e-6)
        position, speed = theirs, their_speed


def test_a_constant_push_does_not_reach_the_flag_and_swinging_does():
    class Push:
        def __init__(self, forces):
            self.forces = iter(forces)

        def process(self, cars, generator):
            return lambda sigma: np.full((cars, 1), sigma * next(self.forces))

        sigma = 1.0

    swinging = np.tile(np.repeat([-1.0, 1.0], 40), 13)
    assert mountain_car.explore(Push(np.ones(999)), 20)["reached"] == 0
    found = mountain_car.explore(Push(swinging), 20)
    assert found["reached"] > 0.9
    assert found["spent"] < 0.1 * 999


def test_pytorch_decays_by_the_gradient_that_it_is_said_to_add():
    torch = pytest.importorskip("torch")
    critic = ports.critic_of_layout("plain", width=4)
    gradients = penalties.penalty_gradients(critic, 0.01)
    kernels = [v.numpy() for v in critic.trainable_variables if len(v.shape) > 1]
    decayed = []
    for kernel in kernels:
        weight = torch.tensor(kernel, requires_grad=True)
        weight.grad = torch.zeros_like(weight)
        torch.optim.SGD([weight], lr=1.0, weight_decay=0.01).step()
        decayed.append(kernel - weight.detach().numpy())
    assert flat(decayed) == pytest.approx(gradients["pytorch"], abs=1e-7)
    assert gradients["tf1"] == pytest.approx(0.01 * flat(kernels), rel=1e-6)
    assert gradients["keras"] == pytest.approx(0.02 * flat(kernels), rel=1e-6)


def test_the_order_of_steps_matters_as_far_as_the_critic_moves():
    (moving,) = updates.gradients_apart(updates.untrained(0), batches=1)
    run = updates.untrained(0)
    actor = [np.array(weight) for weight in run.agent.actor.weights]
    run.agent.critic_optimizer.learning_rate = 0.0
    (still,) = updates.gradients_apart(run, batches=1)
    assert still == 0 < 0.05 < moving
    for weight, before in zip(run.agent.actor.weights, actor, strict=True):
        np.testing.assert_array_equal(weight, before)


def test_usual_targets_move_by_tau_of_the_critics_step():
    run = updates.untrained(0)
    before = flat(run.agent.critic.get_weights())
    batch = run.replay.sample(np.random.default_rng(0), 64)
    distance = updates.moved(run.agent, batch)
    step = flat(run.agent.critic.get_weights()) - before
    expected = updates.CONFIG.tau * np.linalg.norm(step) / np.linalg.norm(before)
    assert distance == pytest.approx(expected, rel=1e-3)
