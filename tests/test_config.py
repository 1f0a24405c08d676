import ast
import dataclasses
import inspect
import itertools
import json

import pytest

from ddpg_tf.config import DDPGConfig

WRONG = {
    "env_id": [3, None],
    "strategy": [3, None],
    "optimizer": [3, None],
    "seed": [-1, 0.5, "0", True],
    "total_steps": [0, -1, 10.0, "10", True],
    "warmup_steps": [-1, 1.5, None],
    "batch_size": [0, -64, 64.0, True],
    "buffer_size": [0, 1e6, None],
    "gamma": [-0.01, 1.01, float("nan"), "0.99", True],
    "tau": [0, 0.0, -0.1, 1.01, float("nan"), None],
    "target_update_every": [0, 1.0],
    "actor_learning_rate": [0, -1e-3, float("inf"), float("nan"), "1e-3"],
    "critic_learning_rate": [0, -1e-3, float("inf"), float("nan"), None],
    "critic_l2": [-1e-9, float("inf"), float("nan"), True],
    "action_gradient": ["clip", None],
    "action_gradient_limit": [0, -1, float("inf")],
    "hidden_sizes": [(), [], 256, "256", (0,), (16, -1), (16.0,), (True,), None],
    "normalization": ["group", None],
    "action_layer": [-1, 2, 0.0],
    "exploration": ["gausian", None],
    "noise_sigma": [-0.1, float("nan"), "0.1"],
    "noise_sigma_final": [-0.1, float("inf"), "0.1"],
    "noise_anneal_steps": [0, 1.0],
    "ou_theta": [0, -1, float("nan")],
    "ou_dt": [0, -1, float("inf")],
    "update_every": [0, 1.0],
    "jit_compile": [1, None, "yes"],
    "eval_every": [0, 10.0],
    "eval_episodes": [0, None],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_field(name, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        DDPGConfig(**{name: value})
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_field_is_refused_something():
    assert set(WRONG) >= {field.name for field in dataclasses.fields(DDPGConfig)} - {"algorithm"}


@pytest.mark.parametrize(
    "good",
    [
        {"gamma": 0},
        {"gamma": 1},
        {"tau": 1},
        {"warmup_steps": 0},
        {"noise_sigma": 0},
        {"noise_sigma_final": 0.0},
        {"critic_l2": 0},
        {"batch_size": 8, "buffer_size": 8},
        {"hidden_sizes": (7,)},
        {"hidden_sizes": (7, 8, 9), "action_layer": 2},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(good):
    config = DDPGConfig(**good)
    assert {name: getattr(config, name) for name in good} == good


def test_a_batch_must_fit_into_the_ring():
    with pytest.raises(ValueError, match="batch_size 9 is more than buffer_size 8"):
        DDPGConfig(batch_size=9, buffer_size=8)


def test_the_error_lists_the_choices():
    with pytest.raises(ValueError, match="gaussian, ou"):
        DDPGConfig(exploration="gausian")


def test_a_list_of_widths_becomes_a_tuple():
    config = DDPGConfig(hidden_sizes=[32, 16])
    assert config.hidden_sizes == (32, 16)
    assert config == DDPGConfig(hidden_sizes=(32, 16))
    assert hash(config) == hash(DDPGConfig(hidden_sizes=(32, 16)))


def test_a_config_is_frozen():
    config = DDPGConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.gamma = 0.5
    assert config.gamma == 0.99


def test_json_and_back_gives_the_same_config():
    config = DDPGConfig(
        env_id="Other-v3",
        strategy="jacobian",
        seed=2**40,
        gamma=1 / 3,
        hidden_sizes=(3, 2, 1),
        action_layer=2,
        noise_sigma_final=0.1 + 0.2,
        jit_compile=False,
    )
    again = DDPGConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert again.hidden_sizes == (3, 2, 1)


def test_a_part_of_the_fields_leaves_the_rest_at_their_defaults():
    assert DDPGConfig.from_dict({"seed": 5}) == DDPGConfig(seed=5)


def test_an_unknown_field_is_refused_and_the_known_ones_listed():
    with pytest.raises(ValueError, match=r"unknown config field lr; known: .*critic_learning_rate"):
        DDPGConfig.from_dict({"lr": 1e-3})


def test_each_field_has_a_docstring():
    body = ast.parse(inspect.getsource(DDPGConfig)).body[0].body
    documented = {
        node.target.id
        for node, following in itertools.pairwise(body)
        if isinstance(node, ast.AnnAssign)
        and isinstance(following, ast.Expr)
        and isinstance(following.value.value, str)
    }
    assert documented == {field.name for field in dataclasses.fields(DDPGConfig)}
