import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, evaluate, make_agent
from ddpg_tf.environments.evaluation import episodes_of


@pytest.fixture(scope="module")
def agent():
    env = gym.make("Pendulum-v1")
    agent = DDPG(env.observation_space, env.action_space, DDPGConfig(hidden_sizes=(8,)))
    generator = np.random.default_rng(0)
    agent.actor.set_weights([generator.normal(size=w.shape) for w in agent.actor.weights])
    return agent


def test_returns_are_those_of_a_loop_by_hand(agent):
    env = gym.make("Pendulum-v1")
    expected = []
    for seed in np.random.SeedSequence(3).generate_state(3):
        observation, _ = env.reset(seed=int(seed))
        rewards = []
        for _ in range(200):
            action = np.array(agent.actor(observation[None], training=False))[0]
            observation, reward, _, _, _ = env.step(action)
            rewards.append(reward)
        expected.append(sum(rewards))
    returns = evaluate(agent, "Pendulum-v1", episodes=3, seed=3)
    assert isinstance(returns, np.ndarray) and returns.shape == (3,)
    # the NumPy policy differs from Keras in the last bits, which 200 steps amplify
    np.testing.assert_allclose(returns, expected, rtol=1e-3)
    assert len(set(returns)) == 3


def test_episodes_end_by_termination_and_by_truncation():
    env = gym.make("TwoEndings-v0")
    agent = DDPG(env.observation_space, env.action_space, DDPGConfig(hidden_sizes=(4,)))
    # 11 + 12 + 13, terminated; 21 + 22 + 23 + 24, truncated; 31 + 32 + 33
    np.testing.assert_array_equal(evaluate(agent, "TwoEndings-v0", episodes=3), [36, 90, 96])


def test_an_episode_is_what_the_environment_gave():
    with gym.make("TwoEndings-v0") as env:
        first, second = episodes_of(lambda _: np.float32([0, 0.6]), env, episodes=2, seed=0)
    np.testing.assert_array_equal(first.observations, [[1, 0], [1, 1], [1, 2], [1, 3]])
    np.testing.assert_array_equal(first.rewards, [11, 12, 13])
    assert first.terminated is True and first.total == 36.0
    np.testing.assert_array_equal(second.observations, [[2, k] for k in range(5)])
    assert second.terminated is False and second.total == 90.0


class SameArray(gym.Wrapper):
    """Returns the same array each time, changed, as some environments do."""

    def reset(self, **options):
        observation, info = self.env.reset(**options)
        self.observation = observation.copy()
        return self.observation, info

    def step(self, action):
        self.observation[:], *rest = self.env.step(action)
        return self.observation, *rest


def test_observations_are_kept_from_an_environment_that_changes_them():
    with SameArray(gym.make("TwoEndings-v0")) as env:
        (episode,) = episodes_of(lambda _: np.float32([0, 0.6]), env, episodes=1, seed=0)
    np.testing.assert_array_equal(episode.observations, [[1, 0], [1, 1], [1, 2], [1, 3]])


def test_the_same_seed_gives_the_same_returns(agent):
    a, b = (evaluate(agent, "Pendulum-v1", episodes=2, seed=1) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, evaluate(agent, "Pendulum-v1", episodes=2, seed=2))


def test_more_begin_episodes_with_the_same_ones(agent):
    few, many = (evaluate(agent, "Pendulum-v1", episodes=n, seed=1) for n in (1, 3))
    np.testing.assert_array_equal(few, many[:1])


def test_the_agent_is_left_as_it_was(agent):
    models = (agent.actor, agent.critic, agent.target_actor, agent.target_critic)
    before = [w for model in models for w in model.get_weights()]
    evaluate(agent, "Pendulum-v1", episodes=1)
    after = [w for model in models for w in model.get_weights()]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(agent.updates) == 0


def test_evaluate_takes_an_id_a_spec_or_a_function():
    agent = make_agent(
        gym.spaces.Box(-8, 8, (3,)), gym.spaces.Box(-2, 2, (1,)), DDPGConfig(hidden_sizes=(4,))
    )
    by_id = evaluate(agent, "Pendulum-v1", episodes=1)
    assert evaluate(agent, gym.spec("Pendulum-v1"), episodes=1) == by_id
    assert evaluate(agent, lambda: gym.make("Pendulum-v1"), episodes=1) == by_id
