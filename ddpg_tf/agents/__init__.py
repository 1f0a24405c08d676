"""The agents: DDPG, TD3, and their parent DQN."""
