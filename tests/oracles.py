"""What the strategies are judged by: the policy gradient of an MLP, by hand, in NumPy float64.

Nothing here uses automatic differentiation, TensorFlow or the library.
"""

from typing import NamedTuple

import numpy as np


class Dense(NamedTuple):
    """One layer: activation(x @ kernel + bias)."""

    kernel: np.ndarray
    bias: np.ndarray
    activation: str


ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "tanh": np.tanh,
}

SLOPES = {
    "linear": np.ones_like,
    "relu": lambda z: (z > 0.0).astype(z.dtype),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
}


def forward(layers, x):
    """Return the output, and for each layer its input and its pre-activation."""
    trace = []
    for layer in layers:
        z = x @ layer.kernel + layer.bias
        trace.append((x, z))
        x = ACTIVATIONS[layer.activation](z)
    return x, trace


def backward(layers, trace, d_output):
    """Return the derivative with respect to the input, and [d_kernel, d_bias, ...] in order."""
    d_weights = []
    for layer, (x, z) in zip(reversed(layers), reversed(trace), strict=True):
        d_z = d_output * SLOPES[layer.activation](z)
        d_weights = [x.T @ d_z, d_z.sum(axis=0), *d_weights]
        d_output = d_z @ layer.kernel.T
    return d_output, d_weights


def action_gradient(critic, observations, actions):
    """Return Q, [B], and dQ/da, [B, act_dim]."""
    q, trace = forward(critic, np.concatenate([observations, actions], axis=-1))
    d_inputs, _ = backward(critic, trace, np.ones_like(q))
    return q[:, 0], d_inputs[:, observations.shape[1] :]


def policy_gradient(actor, critic, observations, transform=lambda dq_da, actions: dq_da):
    """Return -mean Q and its gradients: -1/N sum_i dQ_i/da da_i/dtheta, dQ/da transformed."""
    actions, trace = forward(actor, observations)
    q, dq_da = action_gradient(critic, observations, actions)
    _, summed = backward(actor, trace, transform(dq_da, actions))
    return -q.mean(), [-gradient / len(observations) for gradient in summed]


def mean_absolute_jacobian(actor, observations):
    """Return 1/N sum_ij |da_ij/dtheta| for each weight.

    An error of at most e in every component of dQ/da moves a weight's gradient by at most e times
    this, so it is the scale on which rounding errors of a policy gradient are measured.
    """
    n = len(observations)
    total = 0.0
    for i in range(n):
        row = observations[i : i + 1]
        actions, trace = forward(actor, row)
        for one_hot in np.eye(actions.shape[1]):
            _, d_weights = backward(actor, trace, one_hot[None])
            absolute = np.array([np.abs(d) for d in d_weights] + [None], dtype=object)[:-1]
            total = total + absolute / n
    return list(total)
