"""Every setting of a training run, in one frozen dataclass. A run is a pure function of it."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

EXPLORATIONS = ("gaussian", "ou", "none")
NORMALIZATIONS = ("none", "layer", "batch")
TRANSFORMS = ("none", "clip_value", "clip_norm", "invert")


@dataclass(frozen=True)
class DDPGConfig:
    """The settings of a DDPG run (Lillicrap et al. 2015, algorithm 1).

    "Step" is one step of the environment, "update" one gradient step on critic and actor. Actions
    are measured in half ranges: 1 is the distance from the middle of the action space to its bound.

    Raises ValueError or TypeError, saying what would be right, for a value outside its range.
    """

    env_id: str = "Pendulum-v1"
    """Gymnasium id of an environment with vector observations and continuous actions."""
    strategy: str = "mean_q"
    """How the actor's gradient is written: output_gradients, mean_q, get_updates, surrogate,
    target_action or jacobian."""
    seed: int = 0
    """Source of all randomness: weights, warm-up actions, noise, replay samples, environments."""

    total_steps: int = 10_000
    """Environment steps of the whole run."""
    warmup_steps: int = 1_000
    """First steps, taken with uniformly random actions and without updates."""
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

    actor_learning_rate: float = 1e-3
    """Step size of the actor's optimiser."""
    critic_learning_rate: float = 1e-3
    """Step size of the critic's optimiser."""
    optimizer: str = "adam"
    """Keras name of the optimiser of both networks: adam, sgd, rmsprop, ..."""
    critic_l2: float = 0.0
    """Weight of the sum of squares of the critic's kernels (not its biases) in its loss."""
    action_gradient: str = "none"
    """What is done to dQ/da: none, clip_value, clip_norm (each row) or invert (at the bounds)."""
    action_gradient_limit: float = 1.0
    """Largest component or norm of dQ/da for clip_value and clip_norm, in Q per unit of action."""

    hidden_sizes: tuple[int, ...] = (256, 256)
    """Widths of the hidden ReLU layers, of actor and critic alike."""
    normalization: str = "none"
    """Layers before each ReLU: none, layer (layer norm) or batch (batch norm, as in the paper)."""
    action_layer: int = 0
    """Hidden layer of the critic that the action enters: 0 is the first, 1 the paper's choice."""

    exploration: str = "gaussian"
    """Noise on the actions: gaussian, ou (Ornstein-Uhlenbeck) or none."""
    noise_sigma: float = 0.1
    """Scale of the noise, in half ranges; for ou, per square root of a unit of time."""
    noise_sigma_final: float | None = None
    """Scale that noise_sigma falls to, linearly; none keeps it constant."""
    noise_anneal_steps: int = 10_000
    """Steps over which it falls there."""
    ou_theta: float = 0.15
    """Rate at which Ornstein-Uhlenbeck noise returns to zero, per unit of time."""
    ou_dt: float = 1.0
    """Time between two steps for Ornstein-Uhlenbeck noise."""

    update_every: int = 50
    """Steps between calls of the learner, each of which makes that many updates."""
    jit_compile: bool = True
    """Compile the learner with XLA."""
    eval_every: int = 1_000
    """Steps between evaluations."""
    eval_episodes: int = 10
    """Episodes, without noise, of an evaluation."""

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))
        sizes = self.hidden_sizes
        if not isinstance(self.hidden_sizes, tuple) or not self.hidden_sizes:
            raise TypeError(
                f"hidden_sizes must be a tuple of widths like (256, 256); got {sizes!r}"
            )
        for width in self.hidden_sizes:
            require_integer("hidden_sizes", width, at_least=1)
        for name in ("env_id", "strategy", "optimizer"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} must be a name; got {getattr(self, name)!r}")
        for name in POSITIVE_INTEGERS:
            require_integer(name, getattr(self, name), at_least=1)
        for name in ("seed", "warmup_steps", "action_layer"):
            require_integer(name, getattr(self, name), at_least=0)
        for name in POSITIVE_NUMBERS:
            require_number(name, getattr(self, name), above=0)
        for name in ("critic_l2", "noise_sigma"):
            require_number(name, getattr(self, name), at_least=0)
        require_number("gamma", self.gamma, at_least=0, at_most=1)
        require_number("tau", self.tau, above=0, at_most=1)
        if self.noise_sigma_final is not None:
            require_number("noise_sigma_final", self.noise_sigma_final, at_least=0)
        require_choice("exploration", self.exploration, EXPLORATIONS)
        require_choice("normalization", self.normalization, NORMALIZATIONS)
        require_choice("action_gradient", self.action_gradient, TRANSFORMS)
        if not isinstance(self.jit_compile, bool):
            raise TypeError(f"jit_compile must be True or False; got {self.jit_compile!r}")
        if self.action_layer > len(self.hidden_sizes) - 1:
            raise ValueError(
                f"action_layer {self.action_layer} is not one of the {len(self.hidden_sizes)} "
                f"hidden layers; count from 0 to {len(self.hidden_sizes) - 1}"
            )
        if self.batch_size > self.buffer_size:
            raise ValueError(
                f"batch_size {self.batch_size} is more than buffer_size {self.buffer_size}; "
                "the replay ring must hold at least one batch"
            )

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


POSITIVE_INTEGERS = (
    "total_steps",
    "batch_size",
    "buffer_size",
    "target_update_every",
    "noise_anneal_steps",
    "update_every",
    "eval_every",
    "eval_episodes",
)
POSITIVE_NUMBERS = (
    "actor_learning_rate",
    "critic_learning_rate",
    "action_gradient_limit",
    "ou_theta",
    "ou_dt",
)


def plain(value):
    """Return a NumPy number as Python's own and a list as a tuple, so that JSON can hold them."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(plain(item) for item in value) if isinstance(value, (list, tuple)) else value


def require_integer(name, value, at_least) -> None:
    """Raise TypeError or ValueError unless `value` is an integer of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer; got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}; got {value}")


def require_number(name, value, above=-math.inf, at_least=-math.inf, at_most=math.inf) -> None:
    """Raise TypeError or ValueError unless `value` is a finite number within the bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number; got {value!r}")
    if not (math.isfinite(value) and above < value and at_least <= value <= at_most):
        bounds = [f"above {above}"] if above > -math.inf else []
        bounds += [f"at least {at_least}"] if at_least > -math.inf else []
        bounds += [f"at most {at_most}"] if at_most < math.inf else []
        raise ValueError(f"{name} must be finite, {' and '.join(bounds)}; got {value}")


def require_choice(name, value, choices) -> None:
    """Raise ValueError, listing the choices, unless `value` is one of them."""
    if value not in choices:
        raise ValueError(f"unknown {name} {value!r}; choose from: {', '.join(choices)}")
