"""The study of defects: each is the one that it is named for, and claims can be refuted."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from comparisons import defects
from comparisons.defects import agents
from comparisons.defects.catalogue import DEFECTS, PROBLEMS
from comparisons.defects.claims import at_end, reached, verdict
from comparisons.defects.measure import training
from comparisons.registry import get_study
from ddpg_tf import DDPG, PRESETS, DDPGConfig
from ddpg_tf.batch import Batch
from ddpg_tf.environments.make import make_environment
from tests.comparisons.committed import assert_refuted, committed
from tests.sizes import IN_WHOLE_RUNS

N, TAU, RATE, GAMMA = 4, 0.1, 1e-2, 0.9
CONFIG = DDPGConfig(
    hidden_sizes=(5,),
    batch_size=N,
    tau=TAU,
    gamma=GAMMA,
    optimizer="sgd",
    actor_learning_rate=RATE,
    critic_learning_rate=RATE,
    jit_compile=False,
)
"""Plain gradient descent, so that an update can be followed by hand."""


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return defects.run(quick=True, track=lambda items, note: items)


def new_agent(kind, **settings):
    """An agent of this class for Pendulum-v1, whose last layers are not small."""
    with make_environment("Pendulum-v1") as environment:
        spaces = environment.observation_space, environment.action_space
    agent = kind(*spaces, replace(CONFIG, **settings))
    rng = np.random.default_rng(5)
    for network in agent.networks.values():
        network.set_weights([rng.normal(0, 0.5, w.shape) for w in network.get_weights()])
    return agent


def a_batch():
    rng = np.random.default_rng(0)
    return Batch(
        observations=rng.normal(size=(N, 3)),
        actions=rng.uniform(-2, 2, (N, 1)),
        rewards=rng.normal(size=N),
        next_observations=rng.normal(size=(N, 3)),
        terminated=np.array([0.0, 1.0, 0.0, 0.0]),
        discounts=np.full(N, GAMMA),
    )


def weights(agent):
    return {name: network.get_weights() for name, network in agent.networks.items()}


def moved(agent, batch):
    """The weights of all networks before and after one update."""
    before = weights(agent)
    agent.update(batch)
    return before, weights(agent)


def mixed(online, target):
    """tau theta + (1 - tau) theta', weight by weight."""
    return [TAU * now + (1 - TAU) * late for now, late in zip(online, target, strict=True)]


def assert_close(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def assert_same_but(agent, usual, *networks):
    """After an update both have the same weights, but for these networks."""
    found, expected = (moved(each, a_batch())[1] for each in (agent, usual))
    for name in found:
        same = all(np.allclose(a, b) for a, b in zip(found[name], expected[name], strict=True))
        assert same == (name not in networks), name


def relu_critic(parameters, inputs):
    kernel, bias, last_kernel, last_bias = parameters
    hidden = tf.nn.relu(inputs @ kernel + bias)
    return (hidden @ last_kernel + last_bias)[:, 0]


def relu_actor(parameters, observations):
    kernel, bias, last_kernel, last_bias = parameters
    return 2 * tf.tanh(tf.nn.relu(observations @ kernel + bias) @ last_kernel + last_bias)


def test_targets_that_learn_descend_the_critics_loss_too():
    agent, batch = new_agent(agents.TargetsThatLearn), a_batch()
    before, after = moved(agent, batch)
    batch = batch.map(lambda values: tf.constant(values, tf.float32))
    critic, target_critic, target_actor = (
        [tf.constant(w) for w in before[name]]
        for name in ("critic", "target_critic", "target_actor")
    )

    def loss():
        next_actions = relu_actor(target_actor, batch.next_observations) / 2
        next_q = relu_critic(target_critic, tf.concat([batch.next_observations, next_actions], 1))
        y = batch.rewards + GAMMA * (1 - batch.terminated) * next_q
        q = relu_critic(critic, tf.concat([batch.observations, batch.actions / 2], 1))
        return tf.reduce_mean((y - q) ** 2)

    with tf.GradientTape() as tape:
        tape.watch([critic, target_critic, target_actor])
        value = loss()
    gradients = tape.gradient(value, [critic, target_critic, target_actor])
    stepped = {
        name: [w - RATE * g for w, g in zip(before[name], gradient, strict=True)]
        for name, gradient in zip(
            ("critic", "target_critic", "target_actor"), gradients, strict=True
        )
    }
    assert all(np.abs(g).max() > 0 for gradient in gradients for g in gradient[::2])
    assert_close(after["critic"], stepped["critic"])
    assert_close(after["target_critic"], mixed(after["critic"], stepped["target_critic"]))
    assert_close(after["target_actor"], mixed(after["actor"], stepped["target_actor"]))
    usual = new_agent(DDPG)
    assert_same_but(new_agent(agents.TargetsThatLearn), usual, "target_critic", "target_actor")


def spaces_of(env_id="Pendulum-v1"):
    with make_environment(env_id) as environment:
        return environment.observation_space, environment.action_space


def test_targets_start_apart():
    apart, usual = (weights(kind(*spaces_of(), CONFIG)) for kind in (agents.TargetsApart, DDPG))
    for name in ("actor", "critic"):
        assert_close(apart[name], usual[name])
        assert_close(usual[f"target_{name}"], usual[name])
        assert np.abs(apart[f"target_{name}"][0] - apart[name][0]).max() > 0.1


def test_targets_a_step_behind_follow_the_weights_before_the_step():
    before, after = moved(new_agent(agents.TargetsAStepBehind), a_batch())
    for name in ("actor", "critic"):
        assert_close(after[f"target_{name}"], mixed(before[name], before[f"target_{name}"]))
    agent, usual = new_agent(agents.TargetsAStepBehind), new_agent(DDPG)
    assert_same_but(agent, usual, "target_critic", "target_actor")
    assert int(agent.updates.numpy()) == int(usual.updates.numpy()) == 1


def test_without_the_mask_an_end_is_a_step_like_any_other():
    batch = a_batch()
    never = batch._replace(terminated=np.zeros(N))
    found = moved(new_agent(agents.NoTerminalMask), batch)[1]
    expected = moved(new_agent(DDPG), never)[1]
    masked = moved(new_agent(DDPG), batch)[1]
    for name in found:
        assert_close(found[name], expected[name])
    assert np.abs(found["critic"][0] - masked["critic"][0]).max() > 1e-4


def test_the_sum_is_n_times_the_mean():
    before, after = moved(new_agent(agents.GradientSummed), a_batch())
    usual = moved(new_agent(DDPG), a_batch())[1]
    for start, found, expected in zip(before["actor"], after["actor"], usual["actor"], strict=True):
        np.testing.assert_allclose(found - start, N * (expected - start), rtol=1e-3, atol=1e-6)
    assert_close(after["critic"], usual["critic"])


def test_half_of_the_range_is_left():
    agent = agents.HalfOfTheRange(*spaces_of(), CONFIG)
    assert (agent.action_low, agent.action_high) == (-1, 1)
    agent.actor.set_weights([np.full(w.shape, 50.0) for w in agent.actor.get_weights()])
    assert agent.act(np.ones(3, np.float32)) == pytest.approx([1.0])


def test_settings_that_are_defects_differ_from_the_agent_without():
    for defect in DEFECTS.values():
        config = PROBLEMS[defect.problem].config
        changed = replace(config, **defect.settings)
        has_one = [changed != config, defect.agent_class is not DDPG]
        assert sum(has_one) == 1


def test_every_defect_is_one_of_the_systems_that_are_named():
    for defect in DEFECTS.values():
        assert len(defect.places) == len(defect.found_in) > 0
        for name, text in zip(defect.found_in, defect.places, strict=True):
            known = PRESETS[name].defects + PRESETS[name].facts
            assert any(fact.where and fact.where in text for fact in known)


def member(*returns, curve=(-1_000.0, -100.0)):
    runs = [{"return": r, "steps": [10, 20], "eval_returns": list(curve)} for r in returns]
    return {"runs": runs}


def test_the_rule_of_the_verdict_by_hand():
    usual = member(-150, -151, -149, -150, -152)
    # of five, the lowest and the highest are left out
    assert at_end(usual).middle == pytest.approx(-151 / 3 - 300 / 3)
    assert -152 <= at_end(usual).low < at_end(usual).high <= -149
    assert verdict(member(*[-300] * 5), usual) == "worse"
    assert verdict(member(*[-100] * 5), usual) == "better"
    assert verdict(member(*[-150] * 5), usual) == "no difference"
    assert verdict(member(*[-150] * 5, curve=(-1_100.0, -100.0)), usual) == "slower"
    assert verdict(member(*[-150] * 5, curve=(-900.0, -100.0)), usual) == "faster"


def test_the_mark_is_reached_by_the_median_seed_or_not():
    late, never = [{"steps": [10, 20], "eval_returns": [-9, v]} for v in (-1, -5)]
    early = {"steps": [10, 20], "eval_returns": [-1, -9]}
    assert reached({"runs": [early, late, never]}, -2) == "2 of 3, step 20"
    assert reached({"runs": [never, early, never]}, -2) == "1 of 3"


def test_a_defect_changes_the_run_and_nothing_else_does(data):
    for defect in data["defects"].values():
        (run,), (usual,) = defect["runs"], data["problems"][defect["problem"]]["runs"]
        assert run["steps"] == usual["steps"]
        # InvertedPendulum-v5 returns whole numbers, which may be equal by chance
        if defect["problem"] == "pendulum":
            assert run["eval_returns"] != usual["eval_returns"]
    again = training(PROBLEMS["pendulum"], None, 0, quick=True)
    assert again["eval_returns"] == data["problems"]["pendulum"]["runs"][0]["eval_returns"]


def test_a_quick_run_fills_the_template(data):
    study = get_study("defects")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def set_returns(data, name, value):
    member = data["defects"].get(name) or data["problems"][name]
    for run in member["runs"]:
        run["return"] = value


REFUTED_BY = {
    "first do better": lambda data: data["defects"]["no_mask"]["runs"][0][
        "eval_returns"
    ].__setitem__(1, 3.0),
    "agents end worse": lambda data: set_returns(data, "half_range", -140.0),
    "no difference is seen": lambda data: set_returns(data, "summed", -1_000.0),
    "falls sooner": lambda data: set_returns(data, "no_mask", 12.0),
    "learned to hold it and forgot it": lambda data: data["defects"]["no_mask"]["runs"][0].update(
        {"return": 1_000.0}
    ),
    "every seed reaches the mark": lambda data: data["problems"]["pendulum"]["runs"][2].update(
        {"eval_returns": [-301.0] * 10}
    ),
    "nearly the same functions": lambda data: data.update({"apart_at_start": 2.0}),
}


def test_each_claim_can_be_refuted():
    assert_refuted("defects", REFUTED_BY)


def test_the_figure_has_a_panel_and_two_curves_for_each(data):
    for example in (committed("defects"), data):
        (figure,) = defects.figures(example).values()
        panels = {axis.get_title().split(":")[0]: axis for axis in figure.axes if axis.get_title()}
        assert set(panels) == {defect["label"] for defect in example["defects"].values()}
        thick = [
            [line for line in axis.lines if line.get_linewidth() == 2] for axis in panels.values()
        ]
        assert [len(lines) for lines in thick] == [2] * len(panels)
