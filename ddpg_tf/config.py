"""Every setting of a training run, in one frozen dataclass. A run is a pure function of it."""

import dataclasses
import math
from dataclasses import dataclass

from ddpg_tf.validation import check, plain


@dataclass(frozen=True)
class DDPGConfig:
    """The settings of a run of DDPG (Lillicrap et al. 2015) or TD3 (Fujimoto et al. 2018).

    "Step" is one step of the environment, "update" one gradient step on critic and actor. Actions
    are measured in half ranges: 1 is the distance from the middle of the action space to its bound.

    Raises ValueError or TypeError, saying what would be right, for a value outside its range.
    """

    env_id: str = "Pendulum-v1"
    """Gymnasium id of an environment with vector observations and continuous actions."""
    image_side: int | None = None
    """Side of the grey square that images are shrunk to and flattened; none leaves observations."""
    algorithm: str = "ddpg"
    """ddpg, or td3: two critics, late actor and targets, smoothed target actions."""
    strategy: str = "mean_q"
    """How the actor's gradient is written: output_gradients, mean_q, get_updates, surrogate,
    target_action or jacobian."""
    seed: int = 0
    """Source of all randomness: weights, warm-up actions, noise, replay samples, environments."""

    total_steps: int = 10_000
    """Environment steps of the whole run, rounded up where num_envs do not share them evenly."""
    warmup_steps: int = 1_000
    """First steps, taken with uniformly random actions and without updates."""
    actor_warmup_steps: int = 0
    """First steps in which the actor is not updated; the critic learns from warmup_steps on."""
    batch_size: int = 64
    """N, transitions per update. A power of two makes the strategies equal to the bit."""
    buffer_size: int = 1_000_000
    """Transitions that the replay ring holds before it forgets the oldest."""
    gamma: float = 0.99
    """Discount of the next step's value, 0 to 1."""
    tau: float = 0.005
    """Share of the online weights in each target update, above 0; 1 is a hard copy."""
    target_update_every: int = 1
    """Updates from one target update to the next; with tau = 1, a hard copy every so many."""
    reward_scale: float = 1.0
    """Factor on the rewards that the critic learns from; returns are reported without it."""
    policy_delay: int = 2
    """td3: updates of the critics from one update of actor and targets to the next."""
    target_noise_sigma: float = 0.2
    """td3: standard deviation of the noise on target actions, in half ranges."""
    target_noise_clip: float = 0.5
    """td3: largest noise on target actions, in half ranges."""

    actor_learning_rate: float = 1e-3
    """Step size of the actor's optimiser."""
    critic_learning_rate: float = 1e-3
    """Step size of the critic's optimiser."""
    optimizer: str = "adam"
    """Keras name of the optimiser of both networks: adam, sgd, rmsprop, ..."""
    learning_rate_schedule: str = "constant"
    """Course of both learning rates over the run: constant, linear or cosine."""
    learning_rate_final: float = 0.0
    """Share of the learning rates that is left at the end of a linear or cosine schedule."""
    gradient_clip_norm: float | None = None
    """Largest norm of an optimiser's whole gradient, to which it is shortened; none: no clipping.
    td3: both critics have one optimiser."""
    delta_clip: float | None = None
    """Bellman error beyond which the critic's squared loss goes on as a line (Huber); none: never.
    With normalised returns, in their standard deviations."""
    critic_l2: float = 0.0
    """Weight of the sum of squares of the critic's kernels (not its biases) in its loss."""
    action_gradient: str = "none"
    """What is done to dQ/da: none, clip_value, clip_norm (each row) or invert (at the bounds)."""
    action_gradient_limit: float = 1.0
    """Largest component or norm of dQ/da for clip_value and clip_norm, in Q per unit of action."""

    hidden_sizes: tuple[int, ...] = (256, 256)
    """Widths of the hidden ReLU layers of the actor."""
    critic_hidden_sizes: tuple[int, ...] | None = None
    """Widths of the hidden ReLU layers of the critic; none: those of the actor."""
    normalization: str = "none"
    """Layers before each ReLU: none, layer (layer norm) or batch (batch norm, as in the paper)."""
    action_layer: int = 0
    """Hidden layer of the critic that the action enters: 0 is the first, 1 the paper's choice."""
    normalize_observations: bool = False
    """Subtract the running mean of the observations and divide by their running deviation."""
    observation_clip: float = 5.0
    """Largest component of a normalised observation, in standard deviations."""
    normalize_returns: bool = False
    """Let the critic learn returns less their running mean, in their running deviation."""
    pop_art: bool = False
    """Rescale the critic's last layer whenever those moments move, so that no Q value changes."""

    exploration: str = "gaussian"
    """Noise on actions: gaussian, ou (Ornstein-Uhlenbeck) or none; on the weights: parameter."""
    noise_sigma: float = 0.1
    """Scale of the noise, in half ranges; for ou, per square root of a unit of time; for parameter,
    the distance between noisy and noiseless actions that is aimed at."""
    noise_sigma_final: float | None = None
    """Floor that noise_sigma falls to, linearly; none keeps it constant."""
    noise_anneal_steps: int = 10_000
    """Steps over which it falls there."""
    ou_theta: float = 0.15
    """Rate at which Ornstein-Uhlenbeck noise returns to zero, per unit of time."""
    ou_dt: float = 1.0
    """Time between two steps for Ornstein-Uhlenbeck noise."""
    parameter_noise_adapt_every: int = 50
    """Updates from one adaptation of the parameter noise to the next, if not fewer than the learner
    makes in one call."""
    parameter_noise_factor: float = 1.01
    """Factor by which an adaptation raises or lowers the scale of the parameter noise."""

    num_envs: int = 1
    """Environments that are stepped together; a step of each counts as one step."""
    vectorization: str = "sync"
    """Where they run: sync, one after the other, or async, each in a process of its own."""
    autoreset: str = "same_step"
    """When a finished one is reset: same_step, next_step or disabled (by the loop itself)."""
    workers: int = 1
    """Processes that train together, each with environments, noise and replay of its own; each
    makes total_steps steps and draws its share of every batch."""

    update_every: int = 50
    """Steps between calls of the learner, each of which makes all the updates that are due."""
    updates_per_step: float = 1.0
    """Updates for each environment step, rounded down."""
    jit_compile: bool = True
    """Compile the learner with XLA."""
    eval_every: int = 1_000
    """Steps between evaluations."""
    eval_episodes: int = 10
    """Episodes, without noise, of an evaluation."""
    record_every: int | None = None
    """Steps between films of an evaluation, a multiple of eval_every; none makes no films."""

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))
        check(self)

    def updates_after(self, steps: int) -> int:
        """Return how many updates `steps` environment steps are worth, rounded down."""
        # 100 * 0.29 is a little less than 29
        return math.floor(steps * self.updates_per_step + 1e-9)

    def to_dict(self) -> dict:
        """Return the fields as plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "DDPGConfig":
        """Return the config of `values`; raises ValueError for a name that is no field."""
        known = [field.name for field in dataclasses.fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(
                f"unknown config field {', '.join(unknown)}; known: {', '.join(known)}"
            )
        return cls(**values)
