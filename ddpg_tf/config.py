"""Every setting of a training run, in one frozen dataclass. A run is a pure function of it.

A new setting is one field here: its annotation says which values it may hold, the line below it
what it does. The command line offers it, with its choices, and `validation.py` refuses the rest.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ddpg_tf.validation import FrozenDict, Range, check_fields, kind_of, plain

PositiveInt = Annotated[int, Range(at_least=1)]
NonNegativeInt = Annotated[int, Range(at_least=0)]
PositiveFloat = Annotated[float, Range(above=0)]
NonNegativeFloat = Annotated[float, Range(at_least=0)]
Share = Annotated[float, Range(at_least=0, at_most=1)]
Normalization = Literal["none", "layer", "batch"]
# one number, or one for each component of the action
PerAction = float | tuple[float, ...]
NonNegativePerAction = NonNegativeFloat | tuple[NonNegativeFloat, ...]
PositivePerAction = PositiveFloat | tuple[PositiveFloat, ...]


SECTIONS = {
    "environment": "env_id",
    "algorithm": "algorithm",
    "networks": "hidden_sizes",
    "exploration": "exploration",
    "normalisation": "normalize_observations",
    "run": "seed",
}
"""Section of the config -> the field that it begins with; it goes on until the next begins."""

CHECKSUM = "sha256"
"""The key in a run's config.json that is no setting: the SHA-256 of those that are."""


@dataclass(frozen=True)
class DDPGConfig:
    """The settings of a run of DDPG (Lillicrap et al. 2015) or TD3 (Fujimoto et al. 2018).

    A "step" is one step of the environment, an "update" one gradient step on critic and actor.
    Noise on actions is given in half ranges, unless noise_units says otherwise: 1 is the distance
    from the middle of the action space to its bound.

    Raises TypeError or ValueError, in one line that says what would be right, for a value of the
    wrong type, one out of its range, or two that contradict each other.
    """

    env_id: str = "Pendulum-v1"
    """Gymnasium id of an environment with continuous actions; module:Env-v0 for one that a module
    registers, module:name for a function or class in it that makes one."""
    env_kwargs: Mapping[str, Any] = dataclasses.field(default_factory=FrozenDict)
    """Arguments for making the environment, plain values by name."""
    wrappers: tuple[str, ...] | None = None
    """Wrappers around the environment, the innermost first: TimeAwareObservation or
    RescaleAction(-1.0, 1.0) of gymnasium.wrappers, my_module:Wrapper(scale=0.1) of your own."""
    max_episode_steps: PositiveInt | None = None
    """Steps after which an episode is cut off; None keeps the environment's own limit, or 1,000
    where it has none."""
    num_envs: PositiveInt = 1
    """Environments that are stepped together; a step of each counts as one step."""
    vectorization: Literal["sync", "async"] = "sync"
    """Where the environments run: one after the other (sync), or each in a process of its own
    (async)."""
    autoreset: Literal["same_step", "next_step", "disabled"] = "same_step"
    """When an environment whose episode has ended is reset: in that step, in the next one, or by
    the training loop (disabled)."""

    algorithm: Literal["ddpg", "td3"] = "ddpg"
    """td3 is ddpg with two critics, an actor and targets updated less often, and noise on the
    target actions."""
    strategy: Literal[
        "output_gradients", "mean_q", "get_updates", "surrogate", "target_action", "jacobian"
    ] = "mean_q"
    """How the gradient of the actor is written. All are the same mathematics."""

    warmup_steps: NonNegativeInt = 1_000
    """First steps, taken with uniformly random actions and without updates."""
    actor_warmup_steps: NonNegativeInt = 0
    """First steps in which the actor is not updated; the critic learns from warmup_steps on."""
    update_every: PositiveInt = 50
    """Steps between calls of the learner, each of which makes all the updates that are due."""
    updates_per_step: PositiveFloat = 1.0
    """Updates for each step, rounded down."""
    update_order: Literal["critic_first", "together"] = "critic_first"
    """Whether the critic takes its step before the gradient of the actor is formed (critic_first,
    the paper's), or both gradients are formed before either step (together)."""
    batch_size: PositiveInt = 64
    """N, the transitions in a batch. With a power of two and plain networks, three strategies have
    the bits of mean_q."""
    buffer_size: PositiveInt = 1_000_000
    """Transitions that the replay buffer holds before it overwrites the oldest."""
    gamma: Share = 0.99
    """Discount factor of the next step's value."""
    n_step: PositiveInt = 1
    """n, the steps whose rewards a target adds up before it relies on a value: r_0 + gamma r_1 +
    ... + gamma^n Q'. Fewer at the end of an episode."""
    tau: Annotated[float, Range(above=0, at_most=1)] = 0.005
    """Share of the online weights in each target update; 1 is a hard copy."""
    target_update_every: PositiveInt = 1
    """Updates from one target update to the next. With tau 1 the targets are hard copies."""
    reward_scale: PositiveFloat = 1.0
    """Factor on the rewards that the critic learns from; returns are reported without it."""
    policy_delay: PositiveInt = 2
    """td3: updates of the critics for each update of actor and targets."""
    target_noise_sigma: NonNegativeFloat = 0.2
    """td3: standard deviation of the noise on target actions, in half ranges."""
    target_noise_clip: NonNegativeFloat = 0.5
    """td3: bound on the noise on target actions, in half ranges."""

    actor_learning_rate: PositiveFloat = 1e-3
    """Step size of the actor's optimiser."""
    critic_learning_rate: PositiveFloat = 1e-3
    """Step size of the critic's optimiser."""
    optimizer: str = "adam"
    """Keras name of the optimiser of both networks: adam, sgd, rmsprop, ..."""
    adam_epsilon: PositiveFloat = 1e-7
    """Epsilon, which adam adds to the root of the second moment."""
    adam_epsilon_place: Literal["keras", "pytorch"] = "keras"
    """Where adam adds epsilon: to the root as it is (keras), where it acts as one 32 times as large
    in the first step, or to the root divided by its bias correction (pytorch; Adam's own paper)."""
    learning_rate_schedule: Literal["constant", "linear", "cosine"] = "constant"
    """Course of both learning rates over the run."""
    learning_rate_final: Share = 0.0
    """Share of the learning rates that is left at the end of a linear or cosine schedule."""
    gradient_clip_norm: PositiveFloat | None = None
    """Largest norm of an optimiser's whole gradient, which is scaled down to it; None never clips.
    Both critics of td3 share one optimiser."""
    delta_clip: PositiveFloat | None = None
    """Absolute Bellman error above which the critic's loss is linear instead of quadratic (Huber);
    None keeps it quadratic. With normalize_returns, in standard deviations of the returns."""
    critic_l2: NonNegativeFloat = 0.0
    """Weight, in the critic's loss, of the sum of squares of its kernels."""
    critic_l2_biases: bool = False
    """Let critic_l2 count the biases too."""
    action_gradient: Literal["none", "clip_value", "clip_norm", "invert"] = "none"
    """What is done to dQ/da: clip_value clips each component and clip_norm each row; invert scales
    each component by the room that is left to the bound of the action."""
    action_gradient_limit: PositiveFloat = 1.0
    """Largest component (clip_value) or norm of a row (clip_norm) of dQ/da, in Q per unit of
    action."""

    hidden_sizes: tuple[PositiveInt, ...] = (256, 256)
    """Widths of the actor's hidden layers."""
    critic_hidden_sizes: tuple[PositiveInt, ...] | None = None
    """Widths of the critic's hidden layers; None takes the actor's."""
    activation: Literal["relu", "selu"] = "relu"
    """What each hidden layer ends with."""
    actor: str | None = None
    """Function (observation_space, action_space) -> keras.Model that builds the actor, as
    module:function; None builds one of hidden_sizes."""
    critic: str | None = None
    """The same for the critic, [observations, actions] -> Q; td3 gives it a twin."""
    normalization: Normalization = "none"
    """Layer norm or batch norm (as in the paper) before the activation of each hidden layer."""
    critic_normalization: Normalization | None = None
    """The same for the critic; None takes the actor's."""
    action_layer: NonNegativeInt = 0
    """Hidden layer of the critic that the action enters: 0 is the first, 1 the paper's choice."""

    exploration: Literal["gaussian", "ou", "pull", "parameter", "none"] = "gaussian"
    """Noise on the actions, independent (gaussian), correlated in time (ou, Ornstein-Uhlenbeck), or
    without memory but pulled towards ou_mean (pull, see noise.py); or on the actor's weights
    (parameter); or none."""
    noise_sigma: NonNegativePerAction = 0.1
    """How strong the exploration is, one number or one for each component of the action. gaussian,
    pull: standard deviation of the noise. ou: scale of the noise that is added in a unit of time
    (the standard deviation of what a step adds is noise_sigma times the square root of ou_dt).
    parameter: root-mean-square distance between actions with and without noise on the weights,
    which the noise is adapted to."""
    noise_sigma_final: NonNegativePerAction | None = None
    """Value that noise_sigma falls to, linearly, from the end of the warm-up; None keeps it
    constant."""
    noise_anneal_steps: PositiveInt = 10_000
    """Steps that the fall to noise_sigma_final takes."""
    noise_units: Literal["half_ranges", "environment"] = "half_ranges"
    """Units of noise_sigma, noise_sigma_final and ou_mean: half ranges of the action space, or the
    environment's own."""
    ou_theta: PositivePerAction = 0.15
    """ou: rate at which the noise returns to ou_mean, per unit of time. pull: share of the way to
    ou_mean. One number or one for each component."""
    ou_mean: PerAction = 0.0
    """ou: what the noise returns to. pull: the action that is pulled to, 0 being the middle of the
    range in half ranges. One number or one for each component."""
    ou_dt: PositiveFloat = 1.0
    """Units of time between two steps for Ornstein-Uhlenbeck noise."""
    parameter_noise_adapt_every: PositiveInt = 50
    """Updates from one adaptation of the parameter noise to the next; at least as many as the
    learner makes in one call."""
    parameter_noise_factor: Annotated[float, Range(above=1)] = 1.01
    """Factor by which an adaptation raises or lowers the scale of the parameter noise."""

    normalize_observations: bool = False
    """Subtract the observations' running mean and divide by their running standard deviation."""
    observation_clip: PositiveFloat = 5.0
    """Bound on the components of a normalised observation, in standard deviations."""
    normalize_returns: bool = False
    """Let the critic learn returns normalised by their running mean and standard deviation."""
    pop_art: bool = False
    """Rescale the critic's last layer whenever that mean and standard deviation change, so that
    its Q values do not."""

    seed: NonNegativeInt = 0
    """Source of all randomness: weights, warm-up actions, noise, replay samples, environments."""
    total_steps: PositiveInt = 10_000
    """Steps of the whole run, rounded up to a multiple of num_envs."""
    init_from: str | None = None
    """Directory of a run, or of one of its checkpoints, whose networks and running moments this run
    begins with; None begins with new ones."""
    init_optimizers: bool = False
    """Let the optimisers too go on as they were in init_from; else they begin anew."""
    replay: str | None = None
    """Transitions that the replay buffer begins with: an .npz file with the fields of a Batch,
    Minari's main_data.hdf5, or the directory of a run; None begins with none."""
    workers: PositiveInt = 1
    """Processes that train together, each with environments, noise and a replay buffer of its own;
    each makes total_steps steps and draws its share of every batch."""
    jit_compile: bool = True
    """Compile the learner with XLA."""
    eval_every: PositiveInt = 1_000
    """Steps between evaluations."""
    eval_episodes: PositiveInt = 10
    """Episodes of an evaluation, played without noise."""
    stop_at_return: float | None = None
    """Ends the run with the first evaluation whose mean return is at least this; None makes all
    total_steps."""
    keep: PositiveInt = 20
    """The newest checkpoints that are kept, and the one of the best evaluation besides."""
    record_every: PositiveInt | None = None
    """Steps between videos of an evaluation, a multiple of eval_every; None makes no videos."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))
        check_fields(self)
        for contradiction in contradictions(self):
            raise ValueError(contradiction)

    def updates_after(self, steps: int) -> int:
        """How many updates are due after `steps` steps without warm-up, rounded down."""
        # 100 * 0.29 is a little less than 29
        return math.floor(steps * self.updates_per_step + 1e-9)

    def to_dict(self) -> dict:
        """The fields as plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "DDPGConfig":
        """Make the config that `to_dict` was called on; fields left out take their defaults.

        Raises ValueError, listing the fields, for a name that is not one of them, and TypeError for
        what is no mapping.
        """
        if not isinstance(values, Mapping):
            raise TypeError(f"a config is made from a mapping of its fields; got {kind_of(values)}")
        if values.get("image_side") is not None:
            raise ValueError(
                "image_side is no longer a setting; images go to networks of your own as they are "
                "(actor, critic), or through gymnasium's wrappers (wrappers)"
            )
        # config.json's own checksum, and what is None in that of every earlier run
        values = {k: v for k, v in values.items() if k not in (CHECKSUM, "image_side")}
        known = [field.name for field in dataclasses.fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(
                f"unknown config field {', '.join(unknown)}; known: {', '.join(known)}"
            )
        return cls(**values)


def contradictions(config: DDPGConfig) -> Iterator[str]:
    """What fields, each fine by itself, say against each other, and what would be right."""
    yield from contradictions_in_learning(config)
    yield from contradictions_in_start(config)
    yield from contradictions_in_exploration(config)
    yield from contradictions_between_processes(config)
    yield from contradictions_in_timing(config)


def contradictions_in_learning(config: DDPGConfig) -> Iterator[str]:
    """Networks, replay and optimisation."""
    widths = "hidden_sizes" if config.critic_hidden_sizes is None else "critic_hidden_sizes"
    layers = len(getattr(config, widths))
    if config.action_layer >= layers:
        yield (
            f"action_layer {config.action_layer} is not one of the {layers} layers of {widths}; "
            f"count from 0 to {layers - 1}"
        )
    if config.batch_size > config.buffer_size:
        yield (
            f"batch_size {config.batch_size} is more than buffer_size {config.buffer_size}; "
            "the replay buffer must hold at least one batch"
        )
    if config.pop_art and not config.normalize_returns:
        yield "pop_art follows the statistics of the returns; set normalize_returns too"
    if config.algorithm == "td3" and config.target_update_every not in (1, config.policy_delay):
        yield (
            "algorithm td3 updates its targets with its actor, every policy_delay "
            f"{config.policy_delay} updates; leave out target_update_every"
        )
    if config.learning_rate_final and config.learning_rate_schedule == "constant":
        yield "learning_rate_final needs a learning_rate_schedule that falls: linear or cosine"
    for name in ("adam_epsilon", "adam_epsilon_place"):
        value = getattr(config, name)
        if config.optimizer.lower() != "adam" and value != getattr(DDPGConfig, name):
            yield f"{name} {value} needs optimizer adam; it is {config.optimizer}"
    if config.update_order == "together":
        if config.algorithm == "td3":
            yield (
                "algorithm td3 updates its actor after its critics, and less often; update_order "
                "together is for algorithm ddpg"
            )
        if config.actor_warmup_steps > config.warmup_steps:
            yield (
                "update_order together forms a gradient of the actor for every step of the "
                "critic; leave out actor_warmup_steps"
            )
    if config.critic_l2_biases and not config.critic_l2:
        yield "critic_l2_biases says what critic_l2 counts, which is 0; set critic_l2 too"


def contradictions_in_start(config: DDPGConfig) -> Iterator[str]:
    """What the run begins with."""
    if config.init_optimizers and config.learning_rate_schedule != "constant":
        yield (
            f"learning_rate_schedule {config.learning_rate_schedule} counts the optimisers' "
            "updates, which init_optimizers brings along; leave out one of them"
        )


def contradictions_in_exploration(config: DDPGConfig) -> Iterator[str]:
    """Noise."""
    names = ["noise_sigma", "noise_sigma_final"]
    if config.exploration in ("ou", "pull"):
        names += ["ou_theta", "ou_mean"]
    sizes = {name: len(v) for name in names if isinstance(v := getattr(config, name), tuple)}
    if len(set(sizes.values())) > 1:
        counts = ", ".join(f"{name} {size}" for name, size in sizes.items())
        yield f"numbers for each component of the action must be equally many; got {counts}"
    elif config.noise_sigma_final is not None and any(
        final > sigma for final, sigma in pairs(config.noise_sigma_final, config.noise_sigma)
    ):
        yield (
            f"noise_sigma_final {config.noise_sigma_final} is what noise_sigma "
            f"{config.noise_sigma} falls to; it must not be above it"
        )
    fastest = max(values(config.ou_theta)) * config.ou_dt
    if config.exploration == "ou" and fastest >= 2:
        yield (
            f"exploration ou with ou_theta {config.ou_theta} and ou_dt {config.ou_dt} makes noise "
            "that grows without bound; their product must be below 2"
        )
    if config.exploration == "pull" and max(values(config.ou_theta)) > 1:
        yield (
            f"exploration pull with ou_theta {config.ou_theta} takes actions beyond the mean that "
            "it pulls them to; ou_theta must be at most 1"
        )
    if config.exploration == "parameter":
        yield from contradictions_in_parameter_noise(config)


def contradictions_in_parameter_noise(config: DDPGConfig) -> Iterator[str]:
    """Noise on the actor's weights, which is measured by one distance between actions."""
    for name in ("noise_sigma", "noise_sigma_final"):
        if isinstance(setting := getattr(config, name), tuple):
            yield (
                "exploration parameter adapts the noise until actions are noise_sigma apart, so "
                f"{name} is one number; got {setting}"
            )
    if config.noise_sigma == 0:
        yield (
            "exploration parameter adapts the noise until actions are noise_sigma apart, which "
            "must be above 0; for no noise use exploration none"
        )
    if config.noise_units == "environment":
        yield (
            "exploration parameter measures the distance of actions in half ranges; leave out "
            "noise_units environment"
        )


def values(setting: float | tuple[float, ...]) -> tuple[float, ...]:
    """The numbers of a setting that is one number or one for each component of the action."""
    return setting if isinstance(setting, tuple) else (setting,)


def pairs(
    one: float | tuple[float, ...], other: float | tuple[float, ...]
) -> Iterator[tuple[float, float]]:
    """The numbers of two settings, component by component; one number stands for all."""
    size = max(len(values(one)), len(values(other)))
    one, other = (v * size if len(v) == 1 else v for v in (values(one), values(other)))
    return zip(one, other, strict=True)


def contradictions_between_processes(config: DDPGConfig) -> Iterator[str]:
    """Environments and workers."""
    if config.vectorization == "async" and config.num_envs == 1:
        yield "vectorization async needs num_envs of at least 2; use vectorization sync"
    if config.workers > 1 and config.num_envs > 1 and config.autoreset == "next_step":
        yield (
            f"autoreset next_step with workers {config.workers} and num_envs {config.num_envs} "
            "lets some workers make fewer transitions in as many steps, and wait for the others; "
            "use autoreset same_step or disabled"
        )
    if config.workers > 1 and config.replay is not None:
        yield (
            f"replay with workers {config.workers}: each worker has a replay buffer of its own; "
            "use workers 1"
        )
    if config.workers > config.batch_size:
        yield (
            f"workers {config.workers} cannot share a batch of {config.batch_size} transitions; "
            "raise batch_size or lower workers"
        )
    if config.batch_size % config.workers:
        yield (
            f"batch_size {config.batch_size} cannot be divided by workers {config.workers}; use a "
            "multiple"
        )


def contradictions_in_timing(config: DDPGConfig) -> Iterator[str]:
    """What happens at which step."""
    if config.num_envs > config.total_steps:
        yield (
            f"num_envs {config.num_envs} is more than total_steps {config.total_steps}, of which "
            "each environment makes its share; lower num_envs"
        )
    if config.actor_warmup_steps >= config.total_steps:
        yield (
            f"actor_warmup_steps {config.actor_warmup_steps} leaves the actor untrained for all of "
            f"the {config.total_steps} total_steps; lower it"
        )
    updates = config.update_every * config.updates_per_step
    if round(updates) < 1 or not math.isclose(updates, round(updates)):
        yield (
            f"update_every {config.update_every} steps with updates_per_step "
            f"{config.updates_per_step} make {updates:g} updates; choose them so that the product "
            "is a whole number"
        )
    if config.record_every is not None and config.record_every % config.eval_every:
        yield (
            f"record_every {config.record_every} must be a multiple of eval_every "
            f"{config.eval_every}, because evaluations are what is recorded"
        )
