"""Five of the systems in PyTorch. They differ in how they write the targets and move them."""

import numpy as np
import torch
from torch.nn import Tanh, functional

from comparisons.ancestors.problem import Weights
from comparisons.ancestors.pytorch import Network
from comparisons.ancestors.updates.problem import Networks, Transitions


class Agent:
    """Four networks and PyTorch's two optimisers (epsilon 1e-8 by default)."""

    def __init__(self, start: Networks, actor_learning_rate: float, critic_learning_rate: float):
        self.actor, self.critic = Network(start.actor, Tanh()), Network(start.critic)
        self.target_actor = Network(start.target_actor, Tanh())
        self.target_critic = Network(start.target_critic)
        adam = torch.optim.Adam
        self.actor_optimizer = adam(self.actor.parameters(), lr=actor_learning_rate)
        self.critic_optimizer = adam(self.critic.parameters(), lr=critic_learning_rate)

    def networks(self) -> Networks:
        """The weights as they are now."""
        networks = self.actor, self.critic, self.target_actor, self.target_critic
        return Networks(*map(weights_of, networks))


def yoon(start: Networks, transitions: Transitions, terminal_mask: bool = True) -> list[Networks]:
    """Chris Yoon 2019. terminal_mask: False as published, where an end is not the end of value."""
    agent, gamma, tau = Agent(start, 1e-3, 1e-3), 0.99, 1e-2
    updates = []
    for states, actions, rewards, next_states, terminated in tensors(transitions):
        next_actions = agent.target_actor(next_states)
        next_q = agent.target_critic(next_states, next_actions.detach())
        if terminal_mask:
            next_q = (1 - terminated) * next_q
        expected_q = rewards + gamma * next_q
        q_loss = functional.mse_loss(agent.critic(states, actions), expected_q.detach())
        agent.critic_optimizer.zero_grad()
        q_loss.backward()
        agent.critic_optimizer.step()

        policy_loss = -agent.critic(states, agent.actor(states)).mean()
        agent.actor_optimizer.zero_grad()
        policy_loss.backward()
        agent.actor_optimizer.step()

        blend(agent.actor, agent.target_actor, tau)
        blend(agent.critic, agent.target_critic, tau)
        updates.append(agent.networks())
    return updates


def fujimoto(start: Networks, transitions: Transitions) -> list[Networks]:
    """OurDDPG in Scott Fujimoto's TD3: a batch brings `not_done`."""
    agent, discount, tau = Agent(start, 3e-4, 3e-4), 0.99, 5e-3
    updates = []
    for state, action, reward, next_state, terminated in tensors(transitions):
        not_done = 1.0 - terminated
        target_q = agent.target_critic(next_state, agent.target_actor(next_state))
        target_q = reward + (not_done * discount * target_q).detach()
        critic_loss = functional.mse_loss(agent.critic(state, action), target_q)
        agent.critic_optimizer.zero_grad()
        critic_loss.backward()
        agent.critic_optimizer.step()

        actor_loss = -agent.critic(state, agent.actor(state)).mean()
        agent.actor_optimizer.zero_grad()
        actor_loss.backward()
        agent.actor_optimizer.step()

        blend(agent.critic, agent.target_critic, tau)
        blend(agent.actor, agent.target_actor, tau)
        updates.append(agent.networks())
    return updates


def spinningup(start: Networks, transitions: Transitions) -> list[Networks]:
    """OpenAI Spinning Up: two losses, a critic frozen for the second, averaging in place."""
    agent, gamma, polyak = Agent(start, 1e-3, 1e-3), 0.99, 0.995
    updates = []
    for o, a, r, o2, d in tensors(transitions):
        agent.critic_optimizer.zero_grad()
        with torch.no_grad():
            backup = r + gamma * (1 - d) * agent.target_critic(o2, agent.target_actor(o2))
        loss_q = ((agent.critic(o, a) - backup) ** 2).mean()
        loss_q.backward()
        agent.critic_optimizer.step()

        agent.critic.requires_grad_(False)
        agent.actor_optimizer.zero_grad()
        loss_pi = -agent.critic(o, agent.actor(o)).mean()
        loss_pi.backward()
        agent.actor_optimizer.step()
        agent.critic.requires_grad_(True)

        with torch.no_grad():
            for online, target in (
                (agent.actor, agent.target_actor),
                (agent.critic, agent.target_critic),
            ):
                for p, p_target in zip(online.parameters(), target.parameters(), strict=True):
                    p_target.data.mul_(polyak)
                    p_target.data.add_((1 - polyak) * p.data)
        updates.append(agent.networks())
    return updates


def skylark(
    start: Networks, transitions: Transitions, terminal_mask: bool = True
) -> list[Networks]:
    """Skylark DDPG, with one Q, as on its task Pendulum, whose action has one component.

    terminal_mask: False as published.
    """
    agent, gamma, tau = Agent(start, 1e-3, 1e-3), 0.99, 0.02
    updates = []
    for s, a, r, s_, terminated in tensors(transitions):
        alive = 1 - terminated if terminal_mask else 1.0
        y_true = r + gamma * alive * agent.target_critic(s_, agent.target_actor(s_)).detach()
        critic_loss = torch.nn.MSELoss()(agent.critic(s, a), y_true)
        agent.critic_optimizer.zero_grad()
        critic_loss.backward()
        agent.critic_optimizer.step()

        actor_loss = torch.mean(-agent.critic(s, agent.actor(s)))
        agent.actor_optimizer.zero_grad()
        actor_loss.backward()
        agent.actor_optimizer.step()

        blend(agent.critic, agent.target_critic, tau)
        blend(agent.actor, agent.target_actor, tau)
        updates.append(agent.networks())
    return updates


def sb3(start: Networks, transitions: Transitions) -> list[Networks]:
    """Stable-Baselines3's DDPG: its TD3 with one critic, no delay and no target noise."""
    agent, gamma, tau = Agent(start, 1e-3, 1e-3), 0.99, 5e-3
    critics, target_critics = [agent.critic], [agent.target_critic]
    updates = []
    for observations, actions, rewards, next_observations, dones in tensors(transitions):
        with torch.no_grad():
            next_actions = agent.target_actor(next_observations).clamp(-1, 1)
            next_q = torch.cat([q(next_observations, next_actions) for q in target_critics], dim=1)
            next_q, _ = torch.min(next_q, dim=1, keepdim=True)
            target_q = rewards + (1 - dones) * gamma * next_q
        current_q = [q(observations, actions) for q in critics]
        critic_loss = sum(functional.mse_loss(current, target_q) for current in current_q)
        agent.critic_optimizer.zero_grad()
        critic_loss.backward()
        agent.critic_optimizer.step()

        actor_loss = -critics[0](observations, agent.actor(observations)).mean()
        agent.actor_optimizer.zero_grad()
        actor_loss.backward()
        agent.actor_optimizer.step()

        polyak_update(agent.critic, agent.target_critic, tau)
        polyak_update(agent.actor, agent.target_actor, tau)
        updates.append(agent.networks())
    return updates


def blend(online: Network, target: Network, tau: float) -> None:
    """How Yoon, Fujimoto and Skylark move a target: a new tensor, copied."""
    for p, p_target in zip(online.parameters(), target.parameters(), strict=True):
        p_target.data.copy_(tau * p.data + (1 - tau) * p_target.data)


def polyak_update(online: Network, target: Network, tau: float) -> None:
    """Stable-Baselines3's way to move a target: in place, one fused product and sum."""
    with torch.no_grad():
        for p, p_target in zip(online.parameters(), target.parameters(), strict=True):
            p_target.data.mul_(1 - tau)
            torch.add(p_target.data, p.data, alpha=tau, out=p_target.data)


def tensors(transitions: Transitions):
    """s [B, 17], a [B, 3], r [B, 1], s' [B, 17] and terminated [B, 1] of each batch in turn."""
    for batch in transitions:
        s, a, r, next_s, terminated = (torch.from_numpy(np.array(x)) for x in batch[:5])
        yield s, a, r[:, None], next_s, terminated[:, None]


def weights_of(network: Network) -> Weights:
    """A copy of the weights, kernels [inputs, outputs]."""
    return [parameter.detach().numpy().T.copy() for parameter in network.parameters()]
