"""Images as observations: networks of one's own, bytes in the replay buffer, floats in a batch."""

import gymnasium as gym
import keras
import numpy as np
import pytest
from gymnasium.spaces import Box

from ddpg_tf import DDPG, DDPGConfig, evaluate, make_agent, train
from ddpg_tf.agents import diagnostics
from tests.errors import refused

IMAGES, ACTIONS = Box(0, 255, (6, 5, 3), np.uint8), Box(-2, 2, (2,))

SMALL = {
    "total_steps": 60,
    "warmup_steps": 20,
    "batch_size": 8,
    "update_every": 10,
    "eval_every": 30,
    "eval_episodes": 1,
    "jit_compile": False,
}


class Pictures(gym.Env):
    """Random pictures; the reward is the first action times the red of one corner."""

    observation_space, action_space = IMAGES, ACTIONS

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._picture(), {}

    def step(self, action):
        self.steps += 1
        reward = float(action[0] * self.picture[0, 0, 0] / 255)
        return self._picture(), reward, False, self.steps == 12, {}

    def _picture(self):
        self.picture = self.np_random.integers(256, size=IMAGES.shape, dtype=np.uint8)
        return self.picture


def convolved(images):
    x = keras.layers.Rescaling(1 / 255)(images)
    return keras.layers.Flatten()(keras.layers.Conv2D(4, 3, activation="relu")(x))


def actor(observation_space, action_space):
    images = keras.Input(observation_space.shape)
    x = keras.layers.Dense(action_space.shape[0], "tanh")(convolved(images))
    return keras.Model(images, keras.layers.Rescaling(2.0)(x))


def critic(observation_space, action_space):
    images, actions = keras.Input(observation_space.shape), keras.Input(action_space.shape)
    x = keras.layers.Concatenate()([convolved(images), actions])
    x = keras.layers.Dense(8, "relu")(x)
    return keras.Model([images, actions], keras.layers.Dense(1)(x))


OWN = {"actor": actor, "critic": critic}


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_a_run_on_images(algorithm, tmp_path):
    moments = []
    config = DDPGConfig(**SMALL, algorithm=algorithm)
    run = train(config, tmp_path / "run", env=Pictures, **OWN, callbacks=[moments.append])
    replay, agent = moments[-1].replay, run.agent
    contents = replay.contents()
    assert contents.observations.dtype == np.uint8
    assert contents.observations.shape == (60, 6, 5, 3)
    # 5 episodes of 12 steps: nothing else is stored twice
    assert replay.nbytes == 60 * (90 + 4 * (2 + 2) + 1) + 5 * 90
    same = contents.next_observations[:-1] == contents.observations[1:]
    ends = np.flatnonzero(~same.all(axis=(1, 2, 3)))
    assert ends.tolist() == [11, 23, 35, 47]
    assert agent.observation_shape == (6, 5, 3)
    assert np.isfinite([row["critic_loss"] for row in run.history[1:]]).all()

    picture = contents.observations[0]
    expected = agent.actor(np.float32(picture)[np.newaxis], training=False)[0]
    np.testing.assert_allclose(agent.act(picture), np.clip(expected, -2, 2), rtol=1e-5)
    with refused(ValueError, (6, 5, 3), (5, 6, 3)):
        agent.act(np.swapaxes(picture, 0, 1))
    again = DDPG.load(run.run_dir)
    assert again.observation_space == IMAGES
    np.testing.assert_array_equal(again.act(picture), agent.act(picture))
    assert evaluate(agent, Pictures, episodes=1).shape == (1,)


def test_a_batch_of_images_reaches_the_update_as_floats():
    agent = make_agent(IMAGES, ACTIONS, DDPGConfig(**SMALL), **OWN)
    generator = np.random.default_rng(0)
    batch = {
        "observations": generator.integers(256, size=(2, 8, 6, 5, 3), dtype=np.uint8),
        "actions": generator.uniform(-1, 1, (2, 8, 2)),
        "rewards": generator.normal(size=(2, 8)),
        "next_observations": generator.integers(256, size=(2, 8, 6, 5, 3), dtype=np.uint8),
        "terminated": np.zeros((2, 8)),
    }
    twin = make_agent(IMAGES, ACTIONS, DDPGConfig(**SMALL), **OWN)
    as_floats = {name: np.float32(array) for name, array in batch.items()}
    assert agent.update(batch) == twin.update(as_floats)
    with refused(ValueError, "observations", "6, 5, 3"):
        agent.update(batch | {"observations": np.zeros((8, 90))})


def test_images_without_networks_for_them_are_refused():
    for given in ({}, {"actor": actor}, {"critic": critic}):
        with refused(TypeError, "actor=", "critic=", "wrappers", (6, 5, 3)):
            make_agent(IMAGES, ACTIONS, DDPGConfig(**SMALL), **given)
    with refused(ValueError, "normalize_observations", "Rescaling"):
        config = DDPGConfig(**SMALL, normalize_observations=True)
        make_agent(IMAGES, ACTIONS, config, **OWN)


def test_values_of_images_are_computed_in_parts(monkeypatch):
    agent = make_agent(IMAGES, ACTIONS, DDPGConfig(**SMALL), **OWN)
    rows = np.random.default_rng(0).integers(256, size=(11, 6, 5, 3), dtype=np.uint8)
    whole = diagnostics.policy_values(agent, agent.critic, rows)
    monkeypatch.setattr(diagnostics, "IMAGES", 4)
    parts = diagnostics.policy_values(agent, agent.critic, rows)
    assert whole.shape == (11,)
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


def test_the_policy_of_images_is_exported(tmp_path):
    import tensorflow as tf

    agent = make_agent(IMAGES, ACTIONS, DDPGConfig(**SMALL), **OWN)
    agent.export(tmp_path / "policy")
    rows = np.random.default_rng(0).integers(256, size=(3, 6, 5, 3), dtype=np.uint8)
    actions = tf.saved_model.load(str(tmp_path / "policy"))(np.float32(rows))
    np.testing.assert_allclose(actions, [agent.act(row) for row in rows], atol=2e-5)
