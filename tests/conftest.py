"""What the tests share: environments whose every number is known, and random batches."""

import os
import re
import signal
from types import CodeType
from xml.etree import ElementTree

# before TensorFlow is imported: pytest-xdist starts a process a core, and one thread each is a
# quarter faster than as many threads as cores in each, which wait for one another
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import settings

from ddpg_tf.startup import unseen
from tests.sizes import WHOLE

# TensorFlow imports JAX where it is installed, and JAX sets TensorFlow's log level for every
# program that is started later
with unseen("jax"):
    import tensorflow  # noqa: F401

# a shell starts what runs in its background deaf to Ctrl-C, and so would be all that a test starts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# no deadline: the first example of a test may compile; no database: nothing is left on disk;
# derandomised: what passes here passes on the next machine, and on every run
settings.register_profile(
    "ddpg_tf",
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=50 if WHOLE else 10,
)
settings.load_profile("ddpg_tf")


def pytest_collection_modifyitems(config, items):
    """Leave out what only a whole run does, and begin with the files that hold slow tests.

    At the end a process would wait for the other. A whole run leaves out what has been tested: the
    JUnit report of a small one, named by DDPG_TF_TESTED, says what.
    """
    tested = tests_passed(os.environ["DDPG_TF_TESTED"]) if "DDPG_TF_TESTED" in os.environ else set()

    def is_left_out(item):
        if not WHOLE:
            return item.get_closest_marker("whole")
        return (item.module.__name__, item.name) in tested and not does_more_in_a_whole_run(item)

    left_out = [item for item in items if is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def tests_passed(report):
    """The (module, name) of every test that passed, by a JUnit report."""
    cases = ElementTree.parse(report).iter("testcase")
    return {(case.get("classname"), case.get("name")) for case in cases if not len(case)}


def does_more_in_a_whole_run(item):
    """Whether it may: its module asks for the size of the run, it takes a small version of what it
    goes through, or hypothesis draws its examples.

    More parameters are other tests, with names of their own, unless pytest numbers them.
    """
    names = vars(item.module)
    return (
        "WHOLE" in names
        or ("small_version" in names and has_a_number_for_a_name(item))
        or getattr(item.obj, "is_hypothesis_test", False)
        or mentions(item.function.__code__, "small_version")
    )


def has_a_number_for_a_name(item):
    """Whether pytest has named a parameter after its place among the others: `case0`."""
    arguments = item.callspec.params if hasattr(item, "callspec") else ()
    return any(re.search(rf"[\[-]{name}\d+[-\]]", item.name) for name in arguments)


def mentions(code, name):
    """Whether a function's code, or that of a function within it, asks for a global name."""
    within = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return name in code.co_names or any(mentions(each, name) for each in within)


class TwoEndings(gym.Env):
    """Counts. Episode 1, 3, 5, ... terminates after 3 steps; 2, 4, 6, ... is truncated after 4.

    The observation is [episode, steps so far]; the reward is ten times the episode plus the step.
    """

    observation_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gym.spaces.Box(np.float32([-1.0, 0.5]), np.float32([3.0, 0.75]))

    def __init__(self):
        self.episode = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.episode += 1
        self.count = 0
        return self.observation(), {}

    def step(self, action):
        assert self.action_space.contains(action), f"{action!r} is outside the action space"
        self.count += 1
        terminated = self.episode % 2 == 1 and self.count == 3
        truncated = self.episode % 2 == 0 and self.count == 4
        return self.observation(), 10.0 * self.episode + self.count, terminated, truncated, {}

    def observation(self):
        return np.array([self.episode, self.count], np.float32)


class NanReward(TwoEndings):
    """The same, but the twentieth reward is NaN."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        self.steps += 1
        return observation, np.nan if self.steps == 20 else reward, terminated, truncated, info


for environment in (TwoEndings, NanReward):
    gym.register(f"{environment.__name__}-v0", environment)


@pytest.fixture
def make_batch():
    """A function (seed, leading shape, obs_dim, act_dim) -> random batch, float32."""

    def make(seed, leading, observation_size=3, action_size=2):
        generator = np.random.default_rng(seed)
        leading = (leading,) if isinstance(leading, int) else tuple(leading)
        return {
            "observations": generator.normal(size=(*leading, observation_size)),
            "actions": generator.uniform(-1, 1, size=(*leading, action_size)),
            "rewards": generator.normal(size=leading),
            "next_observations": generator.normal(size=(*leading, observation_size)),
            "terminated": generator.random(leading) < 0.3,
        }

    return lambda *args: {name: np.float32(array) for name, array in make(*args).items()}
