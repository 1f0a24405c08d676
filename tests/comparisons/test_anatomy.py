"""The anatomy study: its counts on programs counted by hand, its claims refuted."""

import re

import numpy as np
import pytest
import tensorflow as tf

from comparisons import anatomy
from comparisons.anatomy.chain import proportionality
from comparisons.anatomy.claims import sharing
from comparisons.anatomy.programs import fingerprint, graph_operations, xla_instructions
from comparisons.anatomy.signals import place_of_division
from comparisons.registry import get_study
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests.comparisons.committed import assert_refuted


@pytest.fixture(scope="module")
def data():
    return anatomy.run(quick=True, track=lambda items, note: items)


def test_a_graph_is_counted_with_the_functions_that_it_calls():
    @tf.function(autograph=False)
    def inner(x):
        return tf.matmul(x, x)

    outer = tf.function(lambda x: tf.nn.relu(inner(x)) + inner(x), autograph=False)
    counts = graph_operations(outer.get_concrete_function(tf.ones((2, 2))).graph)
    assert counts["MatMul"] == 2
    assert counts["Relu"] == 1


def test_instructions_are_counted_in_fused_bodies_too():
    text = """HloModule m, entry_computation_layout={()->f32[2]{0}}

%body (p: f32[2]) -> f32[2] {
  %p = f32[2]{0} parameter(0)
  ROOT %t = f32[2]{0} tanh(%p), metadata={op_name="a(b)"}
}

ENTRY %main (x: f32[2]) -> (f32[2], f32[2]) {
  %x = f32[2]{0} parameter(0)
  %f = f32[2]{0} fusion(%x), kind=kLoop, calls=%body
  ROOT %r = (f32[2]{0}, f32[2]{0}) tuple(%f, %f)
}
"""
    assert xla_instructions(text) == {"parameter": 2, "tanh": 1, "fusion": 1, "tuple": 1}
    renamed = text.replace("%f", "%g").replace('"a(b)"', '"elsewhere"').replace("%main", "%n")
    assert fingerprint(renamed) == fingerprint(text)
    assert fingerprint(text.replace("tanh", "negate")) != fingerprint(text)


def test_proportionality_of_signals():
    reference = np.array([[1.0, -2.0], [3.0, 0.5]])
    assert proportionality(-reference / 8, reference) == (-0.125, 0.0)
    factor, misfit = proportionality(np.array([[2.0, 1.0], [0.0, 0.0]]), reference)
    assert factor == pytest.approx(0.0)
    assert misfit == pytest.approx(1.0)


def test_the_backward_signals_are_those_of_the_strategies_definitions(data):
    n = data["batch_size"]
    expected = {
        "output_gradients": (1, -1, "bottom"),
        "mean_q": (-1 / n, -1 / n, "top"),
        "get_updates": (-1 / n, -1 / n, "top"),
        "surrogate": (1, -1 / n, "middle"),
        "target_action": (1, -1 / n, "middle"),
    }
    for name, (at_q, at_actions, place) in expected.items():
        row = data["strategies"][name]
        assert row["at_q"] == pytest.approx(at_q)
        assert row["at_actions"] == pytest.approx(at_actions, rel=1e-5)
        assert place_of_division(row, n) == place
    assert place_of_division(data["strategies"]["jacobian"], n) == "bottom"


def test_xla_has_fewer_instructions_than_its_own_text_has_lines(data):
    name = "mean_q"
    actor = build_actor(17, -np.ones(6), np.ones(6), (data["width"],) * 2)
    critic = build_critic(17, 6, (data["width"],) * 2)
    states = tf.ones((data["batch_size"], 17))
    compiled = tf.function(
        lambda s: get_strategy(name).gradients(actor, critic, s), jit_compile=True, autograph=False
    )
    text = compiled.experimental_get_compiler_ir(states)(stage="optimized_hlo")
    row = data["strategies"][name]
    assert row["xla_instructions"] == len(re.findall(r"^\s+(?:ROOT )?%.* = ", text, re.MULTILINE))
    assert row["xla_matrix_products"] == len(re.findall(r" dot\(", text))


def test_the_groups_add_up(data):
    assert list(data["strategies"]) == list(STRATEGIES)
    for row in data["strategies"].values():
        assert sum(row["operation_groups"].values()) == row["graph_operations"]
        assert sum(row["instructions"].values()) == row["xla_instructions"]


def test_groups_of_strategies_that_share_a_count():
    same = {"xla_instructions": 5}
    rows = {"a": same, "b": {"xla_instructions": 6}, "c": same}
    assert sharing(rows, "xla_instructions") == [["a", "c"]]


def test_the_claims_hold_of_a_quick_run(data):
    assert get_study("anatomy").false_claims(data, quick=True) == []
    assert get_study("anatomy").finding(data)


def changed(name, **values):
    return lambda data: data["strategies"][name].update(values)


REFUTED_BY = {
    "divide": changed("output_gradients", at_q=-1 / 64),
    "cut the chain": changed("jacobian", at_q=0.5),
    "same number of instructions": changed("target_action", xla_instructions=158),
    "one program": changed("get_updates", fingerprint="another"),
    "same number of matrix products after": changed("mean_q", xla_matrix_products=13),
    "graphs have": changed("surrogate", operation_groups={"matrix products": 15}),
}


def test_each_claim_can_be_refuted():
    assert_refuted("anatomy", REFUTED_BY)
