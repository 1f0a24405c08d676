import keras
import pytest

from ddpg_tf.strategies import STRATEGIES


@pytest.fixture(params=STRATEGIES)
def name(request):
    """The name of a strategy."""
    return request.param


@pytest.fixture(autouse=True)
def float32_policy():
    """A test that leaves another dtype policy behind would change the ones after it."""
    yield
    assert keras.config.dtype_policy().name == "float32"
