import ast
import dataclasses
import inspect
import itertools
import json
import re
import subprocess
import sys
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.config import DDPGConfig
from ddpg_tf.strategies import STRATEGIES

FIELDS = [field.name for field in dataclasses.fields(DDPGConfig)]
HINTS = get_type_hints(DDPGConfig, include_extras=True)
CHOICES = {name: get_args(hint) for name, hint in HINTS.items() if get_origin(hint) is Literal}

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
    "noise_sigma": [-0.1, float("nan"), "0.1", (), (0.1, -0.1), (0.1, "0.1"), None],
    "noise_sigma_final": [-0.1, float("inf"), "0.1", (0.0, -1.0)],
    "noise_anneal_steps": [0, 1.0],
    "ou_theta": [0, -1, float("nan"), (0.1, 0)],
    "ou_dt": [0, -1, float("inf")],
    "update_every": [0, 1.0],
    "jit_compile": [1, None, "yes"],
    "eval_every": [0, 10.0],
    "eval_episodes": [0, None],
    "n_step": [0, 2.0, None],
    "update_order": ["actor_first", None],
    "adam_epsilon": [0, -1e-8, float("nan"), None],
    "adam_epsilon_place": ["paper", None],
    "critic_l2_biases": [1, None],
    "activation": ["elu", None],
    "critic_normalization": ["group", 0],
    "noise_units": ["radians", None],
    "ou_mean": [float("inf"), "0", (), (0.0, None)],
    "algorithm": ["ppo", None],
    "actor_warmup_steps": [-1, 1.5],
    "reward_scale": [0, -1, float("nan")],
    "policy_delay": [0, 2.0],
    "target_noise_sigma": [-0.1, "0.2"],
    "target_noise_clip": [-0.5, float("inf")],
    "learning_rate_schedule": ["exponential", None],
    "learning_rate_final": [-0.1, 1.1],
    "gradient_clip_norm": [0, -1, "1"],
    "delta_clip": [0, float("nan"), "1"],
    "critic_hidden_sizes": [(), 32, (0,)],
    "actor": [3, True],
    "critic": [3, ()],
    "normalize_observations": [1, None],
    "observation_clip": [0, float("inf")],
    "normalize_returns": ["yes", 0],
    "pop_art": [1, None],
    "parameter_noise_adapt_every": [0, 1.0],
    "parameter_noise_factor": [1, 0.5, float("inf")],
    "num_envs": [0, 2.0],
    "vectorization": ["threads", None],
    "autoreset": ["never", None],
    "workers": [0, 1.5],
    "updates_per_step": [0, -1, float("nan")],
    "record_every": [0, 10.0],
}


def refused(**fields):
    """The error's text: one line that names all the settings."""
    with pytest.raises((TypeError, ValueError)) as caught:
        DDPGConfig(**fields)
    message = str(caught.value)
    assert "\n" not in message
    assert all(re.search(rf"\b{name}\b", message) for name in fields), message
    return message


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_refused(name, value):
    refused(**{name: value})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda items: st.lists(items, max_size=3),
    max_leaves=4,
)


@settings(max_examples=300)
@given(name=st.sampled_from(FIELDS), value=ANYTHING)
def test_any_value_of_any_field_is_kept_or_refused(name, value):
    try:
        config = DDPGConfig(**{name: value})
    except (TypeError, ValueError):
        refused(**{name: value})
    else:
        kept = tuple(value) if isinstance(value, list) else value
        assert getattr(config, name) == kept


@pytest.mark.parametrize("value", [object(), np.eye(3), {1: 2}], ids=["object", "array", "dict"])
@pytest.mark.parametrize("name", FIELDS)
def test_no_field_takes_just_anything(name, value):
    refused(**{name: value})


def test_the_strategies_are_those_that_there_are():
    assert CHOICES["strategy"] == tuple(STRATEGIES)


def test_numpy_numbers_become_python_s():
    config = DDPGConfig(
        seed=np.int64(3), gamma=np.float64(0.5), jit_compile=np.bool_(False), env_id=np.str_("A-v1")
    )
    assert (config.seed, config.gamma, config.jit_compile) == (3, 0.5, False)
    kinds = [type(value) for value in (config.seed, config.gamma, config.jit_compile)]
    assert kinds == [int, float, bool]


@pytest.mark.parametrize(
    "good",
    [
        {"gamma": 0},
        {"gamma": 1},
        {"tau": 1},
        {"warmup_steps": 0},
        {"noise_sigma": 0},
        {"ou_theta": 2.0},
        {"exploration": "ou", "ou_theta": 20.0, "ou_dt": 0.05},
        {"workers": 2, "autoreset": "next_step"},
        {"noise_sigma_final": 0.0},
        {"critic_l2": 0},
        {"batch_size": 8, "buffer_size": 8},
        {"hidden_sizes": (7,)},
        {"hidden_sizes": (7, 8, 9), "action_layer": 2},
        {"hidden_sizes": (7,), "critic_hidden_sizes": (8, 9), "action_layer": 1},
        {"noise_sigma": 0.2, "noise_sigma_final": 0.2},
        {"algorithm": "td3", "policy_delay": 3, "target_update_every": 3},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(good):
    config = DDPGConfig(**good)
    assert {name: getattr(config, name) for name in good} == good


CONTRADICTIONS = [
    # fields that contradict each other or the defaults, and what the message advises
    ({"pop_art": True}, {"normalize_returns": True}),
    ({"vectorization": "async"}, {"num_envs": 2}),
    ({"vectorization": "async"}, {"vectorization": "sync"}),
    ({"exploration": "ou", "ou_theta": 2.0}, {"ou_dt": 0.99}),
    ({"exploration": "parameter", "noise_sigma": 0.0}, {"noise_sigma": 0.1}),
    ({"exploration": "parameter", "noise_sigma": 0.0}, {"exploration": "none"}),
    ({"exploration": "parameter", "noise_sigma": (0.1, 0.2)}, {"noise_sigma": 0.1}),
    ({"exploration": "parameter", "noise_sigma_final": (0.0, 0.1)}, {"noise_sigma_final": 0.0}),
    ({"exploration": "pull", "ou_theta": (0.5, 1.5)}, {"ou_theta": 1.0}),
    ({"workers": 2, "num_envs": 2, "autoreset": "next_step"}, {"autoreset": "same_step"}),
    ({"workers": 2, "num_envs": 2, "autoreset": "next_step"}, {"autoreset": "disabled"}),
    ({"workers": 65}, {"batch_size": 65}),
    ({"workers": 65}, {"workers": 64}),
    ({"workers": 3}, {"batch_size": 63}),
    ({"update_every": 5, "updates_per_step": 0.5}, {"update_every": 6}),
    ({"actor_warmup_steps": 10_000}, {"actor_warmup_steps": 9_999}),
    ({"algorithm": "td3", "target_update_every": 3}, {"target_update_every": 1}),
    ({"noise_sigma_final": 0.2}, {"noise_sigma_final": 0.1}),
    ({"learning_rate_final": 0.1}, {"learning_rate_schedule": "linear"}),
    ({"learning_rate_final": 0.1}, {"learning_rate_schedule": "cosine"}),
    ({"record_every": 1500}, {"record_every": 2000}),
    ({"hidden_sizes": (8, 8), "action_layer": 2}, {"action_layer": 1}),
    ({"critic_hidden_sizes": (8,), "action_layer": 1}, {"action_layer": 0}),
    ({"batch_size": 9, "buffer_size": 8}, {"buffer_size": 9}),
]


@pytest.mark.parametrize(
    ("fields", "advice"),
    CONTRADICTIONS,
    ids=[" ".join([*fields, "->", *advice]) for fields, advice in CONTRADICTIONS],
)
def test_fields_that_contradict_each_other_are_refused_until_the_advice_is_taken(fields, advice):
    message = refused(**fields)
    assert all(name in message for name in advice)
    assert DDPGConfig(**fields | advice)


def test_a_product_that_only_rounding_keeps_from_being_whole_is_whole():
    config = DDPGConfig(update_every=100, updates_per_step=0.29)
    assert 100 * 0.29 < 29
    assert config.updates_after(100) == 29
    assert config.updates_after(99) == 28


@pytest.mark.parametrize("name", CHOICES)
def test_the_error_lists_the_choices(name):
    message = refused(**{name: "bogus"})
    assert all(choice in message for choice in CHOICES[name])


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
        noise_sigma_final=0.1 * 0.7,
        jit_compile=False,
    )
    again = DDPGConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert again.hidden_sizes == (3, 2, 1)


def test_a_part_of_the_fields_leaves_the_rest_at_their_defaults():
    assert DDPGConfig.from_dict({"seed": 5}) == DDPGConfig(seed=5)


def test_an_unknown_field_is_refused_and_the_known_ones_listed():
    with pytest.raises(ValueError) as caught:
        DDPGConfig.from_dict({"lr": 1e-3})
    message = str(caught.value)
    assert "\n" not in message
    assert all(re.search(rf"\b{name}\b", message) for name in ["lr", *FIELDS])


def test_the_config_is_imported_without_tensorflow():
    program = "import sys, ddpg_tf.config; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_each_field_has_a_docstring():
    body = ast.parse(inspect.getsource(DDPGConfig)).body[0].body
    documented = {
        node.target.id
        for node, following in itertools.pairwise(body)
        if isinstance(node, ast.AnnAssign)
        and isinstance(following, ast.Expr)
        and isinstance(following.value.value, str)
    }
    assert documented == set(FIELDS)
