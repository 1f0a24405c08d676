import keras
import pytest
from hypothesis import settings

from ddpg_tf.strategies import STRATEGIES

# The same examples on every run, and no deadline: the first example pays for TensorFlow's tracing.
settings.register_profile("strategies", deadline=None, derandomize=True, max_examples=12)
settings.load_profile("strategies")


@pytest.fixture(params=STRATEGIES)
def name(request):
    """The name of a strategy."""
    return request.param


@pytest.fixture(autouse=True)
def float32_policy():
    """A test that leaves another dtype policy behind would change the ones after it."""
    yield
    assert keras.config.dtype_policy().name == "float32"
