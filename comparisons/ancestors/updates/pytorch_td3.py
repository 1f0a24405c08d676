"""TD3 in PyTorch, by Scott Fujimoto and by Skylark: two critics, and an actor that is late.

Both draw noise for the target actions. Here it is given with the transitions, so that ours and
theirs add the same.
"""

import torch
from torch.nn import Module, Tanh, functional

from comparisons.ancestors.pytorch import Network
from comparisons.ancestors.updates.problem import Networks, Transitions
from comparisons.ancestors.updates.pytorch import blend, tensors, weights_of

DISCOUNT, TAU, NOISE_CLIP, POLICY_FREQUENCY, MAX_ACTION = 0.99, 5e-3, 0.5, 2, 1.0


class TwinCritic(Module):
    """Q_1 and Q_2 in one module, so that one optimiser has the weights of both."""

    def __init__(self, weights: list):
        super().__init__()
        half = len(weights) // 2
        self.q1, self.q2 = Network(weights[:half]), Network(weights[half:])

    def forward(self, state, action):
        """Both values, [B, 1] each."""
        return self.q1(state, action), self.q2(state, action)


def td3(start: Networks, transitions: Transitions) -> list[Networks]:
    """Fujimoto et al. 2018, TD3 itself. (Skylark's is rewritten from the same lines.)

    The actor, and with it the targets, moves at every second update.
    """
    actor, target_actor = Network(start.actor, Tanh()), Network(start.target_actor, Tanh())
    critic, target_critic = TwinCritic(start.critic), TwinCritic(start.target_critic)
    actor_optimizer = torch.optim.Adam(actor.parameters(), lr=3e-4)
    critic_optimizer = torch.optim.Adam(critic.parameters(), lr=3e-4)
    updates = []
    for total_it, batch in enumerate(tensors(transitions), start=1):
        state, action, reward, next_state, terminated = batch
        not_done = 1.0 - terminated
        with torch.no_grad():
            noise = torch.from_numpy(transitions.noise[total_it - 1])
            noise = noise.clamp(-NOISE_CLIP, NOISE_CLIP)
            next_action = (target_actor(next_state) + noise).clamp(-MAX_ACTION, MAX_ACTION)
            target_q1, target_q2 = target_critic(next_state, next_action)
            target_q = reward + not_done * DISCOUNT * torch.min(target_q1, target_q2)
        current_q1, current_q2 = critic(state, action)
        critic_loss = functional.mse_loss(current_q1, target_q)
        critic_loss = critic_loss + functional.mse_loss(current_q2, target_q)
        critic_optimizer.zero_grad()
        critic_loss.backward()
        critic_optimizer.step()

        if total_it % POLICY_FREQUENCY == 0:
            actor_loss = -critic.q1(state, actor(state)).mean()
            actor_optimizer.zero_grad()
            actor_loss.backward()
            actor_optimizer.step()
            blend(critic, target_critic, TAU)
            blend(actor, target_actor, TAU)
        networks = actor, critic, target_actor, target_critic
        updates.append(Networks(*map(weights_of, networks)))
    return updates
