"""Each strategy's gradients against another framework's."""

import numpy as np
import pytest

from ddpg_tf.strategies import get_strategy
from tests.strategies.networks import make_networks, make_observations, oracle_layers

torch = pytest.importorskip("torch", reason="torch, of the extra `comparisons`, is not installed")


def in_torch(model):
    """Return the weights as PyTorch tensors, and the network as a function of them."""
    layers = oracle_layers(model)
    weights = [
        torch.tensor(array, dtype=torch.float32, requires_grad=True)
        for layer in layers
        for array in (layer.kernel, layer.bias)
    ]

    def network(x):
        for kernel, bias, layer in zip(weights[::2], weights[1::2], layers, strict=True):
            x = x @ kernel + bias
            x = x if layer.activation == "linear" else getattr(torch, layer.activation)(x)
        return x

    return weights, network


def test_gradients_agree_with_pytorch(name):
    actor, critic = make_networks(17, 6, (64, 64))
    observations = make_observations(64, 17)
    weights, mu = in_torch(actor)
    _, q = in_torch(critic)
    states = torch.tensor(observations)
    (-q(torch.cat([states, mu(states)], dim=-1)).mean()).backward()
    gradients = get_strategy(name).gradients(actor, critic, observations)
    for gradient, weight in zip(gradients, weights, strict=True):
        np.testing.assert_allclose(gradient, weight.grad.numpy(), rtol=0, atol=1e-6)
