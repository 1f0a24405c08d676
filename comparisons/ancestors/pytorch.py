"""Five systems in PyTorch. All differentiate a mean of Q; what surrounds that line differs."""

import copy

import numpy as np
import torch
from torch import nn

from comparisons.ancestors.problem import Problem, Update, Weights


class Network(nn.Module):
    """Dense layers with ReLU between them; `squash` on the output."""

    def __init__(self, weights: Weights, squash: nn.Module | None = None):
        super().__init__()
        dtype = torch.from_numpy(weights[0]).dtype
        self.layers = nn.ModuleList(nn.Linear(*w.shape, dtype=dtype) for w in weights[::2])
        self.squash = squash or nn.Identity()
        with torch.no_grad():
            for layer, kernel, bias in zip(self.layers, weights[::2], weights[1::2], strict=True):
                # PyTorch keeps a kernel as [outputs, inputs]
                layer.weight.copy_(torch.from_numpy(kernel.T.copy()))
                layer.bias.copy_(torch.from_numpy(bias))

    def forward(self, *inputs):
        """The output for the inputs side by side."""
        x = torch.cat(inputs, dim=1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.squash(self.layers[-1](x))


def yoon(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """Chris Yoon 2019: minus the critic's mean at the actor's actions."""
    actor, critic, optimizer = build(problem, learning_rate)
    updates = []
    for states in map(torch.from_numpy, batches):
        policy_loss = -critic(states, actor(states)).mean()
        optimizer.zero_grad()
        policy_loss.backward()
        optimizer.step()
        updates.append(record(actor))
    return updates


def fujimoto(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """OurDDPG in Scott Fujimoto's TD3: the same line; the actor's tanh times the action bound."""
    actor, critic, optimizer = build(problem, learning_rate)
    max_action, updates = 1.0, []
    for states in map(torch.from_numpy, batches):
        actor_loss = -critic(states, max_action * actor(states)).mean()
        optimizer.zero_grad()
        actor_loss.backward()
        optimizer.step()
        updates.append(record(actor))
    return updates


def spinningup(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """OpenAI Spinning Up: the critic is frozen meanwhile, which saves part of the backward pass."""
    actor, critic, optimizer = build(problem, learning_rate)
    updates = []
    for states in map(torch.from_numpy, batches):
        optimizer.zero_grad()
        critic.requires_grad_(False)
        q_pi = critic(states, actor(states))
        (-q_pi.mean()).backward()
        critic.requires_grad_(True)
        optimizer.step()
        updates.append(record(actor))
    return updates


def skylark(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """Skylark DDPG: a critic with one output per action dimension, the mean over all of them."""
    actor, critic, optimizer = build(problem, learning_rate)
    updates = []
    for states in map(torch.from_numpy, batches):
        optimizer.zero_grad()
        torch.mean(-critic(states, actor(states))).backward()
        optimizer.step()
        updates.append(record(actor))
    return updates


def skylark_td3(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """Skylark TD3: two critics, of which the actor climbs the first, at every second call.

    Each batch is shown in two calls, so that there is one actor update for each batch all the same.
    """
    actor, critic_1, optimizer = build(problem, learning_rate)
    critic_2 = copy.deepcopy(critic_1)
    nn.init.normal_(critic_2.layers[0].weight)
    updates = []
    for call, states in enumerate(map(torch.from_numpy, np.repeat(batches, 2, axis=0)), start=1):
        if call % 2 == 0:
            q_1, _ = (critic(states, actor(states)) for critic in (critic_1, critic_2))
            optimizer.zero_grad()
            (-q_1.mean()).backward()
            optimizer.step()
            updates.append(record(actor))
    return updates


def build(problem: Problem, learning_rate: float):
    """Actor, critic and PyTorch's Adam for the actor (epsilon 1e-8 by default)."""
    actor = Network(problem.actor, nn.Tanh())
    optimizer = torch.optim.Adam(actor.parameters(), lr=learning_rate)
    return actor, Network(problem.critic), optimizer


def record(actor: Network) -> Update:
    """The gradients of the backward pass and the weights, kernels [inputs, outputs]."""
    parameters = list(actor.parameters())
    return Update(
        [parameter.grad.numpy().T.copy() for parameter in parameters],
        [parameter.detach().numpy().T.copy() for parameter in parameters],
    )
