"""Signs that a run is ill, in the metrics that it logs anyway: each is said once, in one line.

A number that is not finite ends a run (`statistics.require_finite`). These end nothing, and a run
goes on for days with them. Each looks at the evaluations since the actor began to learn, the latest
last. The thresholds stand an order of magnitude away from all healthy runs of the presets; what
they say may still be as it should be, and so a sign is a note and not an error.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from ddpg_tf.training.metrics import tag

Rows = Sequence[Mapping[str, float]]
"""Rows of metrics.csv."""

BEYOND = 2
"""Times the largest |Q| that the rewards allow: the least that counts as too much."""

FLAT = 0.005
"""The mean slope of a tanh, or the distance of an actor's actions from one another in half ranges,
below which nothing is left of it."""

IN_A_ROW = 3
"""Evaluations that must show the same of an actor; after one, it may still come back."""

CONSTANT = 5
"""Evaluations with the same return."""

SAME = 1e-6
"""Share of the run's largest return by which returns that are the same may differ."""


def new_signs(history: Rows) -> list[str]:
    """What the last of a run's rows shows and none before it did: a line each.

    A pure function of the rows, so that a resumed run says nothing twice.
    """
    rows = learning(history)
    if not rows or rows[-1] is not history[-1]:
        return []
    return [
        line
        for sign in SIGNS
        if (line := sign(rows)) and not any(sign(rows[:end]) for end in range(1, len(rows)))
    ]


def learning(history: Rows) -> Rows:
    """The rows since the actor's first step, in which there can be signs."""
    return [row for row in history if not math.isnan(row.get("actor_loss", math.nan))]


def critic_beyond_rewards(rows: Rows) -> str | None:
    """|Q| is more than any policy could earn, and grows: the critic feeds on its own errors."""
    limit = max((row["q_limit"] for row in rows if row.get("q_limit", 0) > 0), default=math.inf)
    before, now = [largest_q(row) for row in (rows[-2:] if len(rows) > 1 else [{}, {}])]
    if not now >= before > BEYOND * limit:
        return None
    return (
        f"step {rows[-1]['step']:,}: the critic says {now:.3g}, and the rewards so far allow no "
        f"|Q| above {limit:.3g}: it diverges; lower critic_learning_rate, or set "
        f"gradient_clip_norm or a smaller tau (TensorBoard: {tags('q', 'policy_q', 'q_limit')})"
    )


def largest_q(row: Mapping[str, float]) -> float:
    """The largest |Q| among the means that a row has."""
    values = (abs(row.get(name, 0.0)) for name in ("q", "policy_q", "second_policy_q"))
    return max(value for value in values if not math.isnan(value))


def critic_flat(rows: Rows) -> str | None:
    """Q does not depend on the action, so that there is nothing to climb."""
    last = rows[-IN_A_ROW:]
    if len(last) < IN_A_ROW or not all(row.get("dq_da_norm_max") == 0 for row in last):
        return None
    return (
        f"step {last[-1]['step']:,}: dQ/da is 0 for every action, and the actor learns nothing: "
        "the critic's hidden units are dead, or it has not seen an action that matters; lower "
        f"critic_learning_rate, and begin anew (TensorBoard: {tags('dq_da_norm_max', 'q')})"
    )


def actor_saturated(rows: Rows) -> str | None:
    """Every action is at a bound, where an actor that ends in a tanh gets no gradient any more."""
    last = rows[-IN_A_ROW:]
    if len(last) < IN_A_ROW or not all(row.get("tanh_slope", math.nan) < FLAT for row in last):
        return None
    return (
        f"step {last[-1]['step']:,}: {last[-1]['action_saturation']:.0%} of the actor's actions "
        f"are at the bounds, and little of dQ/da comes through: a slope of "
        f"{last[-1]['tanh_slope']:.1g}; lower actor_learning_rate, or set action_gradient invert, "
        "and begin anew (TensorBoard: "
        f"{tags('action_saturation', 'tanh_slope', 'actor_gradient_norm')})"
    )


def actor_dead(rows: Rows) -> str | None:
    """The actor gives one action whatever the state: its hidden units are all off, or no use."""
    last = rows[-IN_A_ROW:]
    # where it is stuck at the bounds, that says enough
    if len(last) < IN_A_ROW or not all(
        row.get("action_std", math.nan) < FLAT <= row["tanh_slope"] for row in last
    ):
        return None
    return (
        f"step {last[-1]['step']:,}: the actor gives nearly the same action in every state: "
        "unless that is right, its hidden units are dead, or their inputs too small; lower "
        "actor_learning_rate, set normalization layer or normalize_observations, and begin anew "
        "(TensorBoard: "
        f"{tags('action_std', 'actor_gradient_norm')})"
    )


def return_constant(rows: Rows) -> str | None:
    """Evaluation after evaluation gives the same return."""
    returns = [row["eval_return_mean"] for row in rows]
    last = returns[-CONSTANT:]
    if len(last) < CONSTANT or max(last) - min(last) > SAME * max(map(abs, returns)):
        return None
    return (
        f"step {rows[-1]['step']:,}: the last {CONSTANT} evaluations all returned {last[-1]:.6g}; "
        "unless that is the best there is, no action matters to the reward, or the policy no "
        f"longer changes (TensorBoard: {tags('eval_return_mean', 'action_std', 'dq_da_norm_mean')})"
    )


def tags(*names: str) -> str:
    """Where metrics stand in TensorBoard."""
    return ", ".join(map(tag, names))


SIGNS: tuple[Callable[[Rows], str | None], ...] = (
    critic_beyond_rewards,
    critic_flat,
    actor_saturated,
    actor_dead,
    return_constant,
)
"""Each gives its line for rows whose last ones show it, or None."""
