"""The figure: what difference each question's subject makes, as one ratio a question."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from comparisons.questions.claims import NUMBERS

LABELS = {
    "divide_by_n": "SGD step, sum over mean (Adam: {adam:.2f})",
    "divide_twice": "Adam's first step, divided twice over once",
    "minus_and_third_argument": "regret after training, +dQ/da over -dQ/da",
    "is_a_factor_missing": "gradient's norm, -mean(Q) over both factors multiplied",
    "two_symbolic_forms": "norm, tf.gradients(a, theta, -dq_da) over (q, theta)/N",
    "at_which_action": "regret after training, replayed old action over mu(s)",
    "jacobian_or_sum": "norm of dQ/da, returned sum over Jacobian's diagonal",
    "two_tapes": "gradient's norm, two tapes divided by N over one tape",
    "second_tensor": "gradients found, second action tensor over first",
    "get_updates_in_tf2": "time of an update, graph drawn anew over drawn once",
    "whom_does_it_train": "time, gradient at both networks over actor alone",
    "scale_or_zero_a_loss": "Adam's step, zeroed loss over real loss",
    "one_output_per_action": "norm of dQ/da, {outputs} outputs over 1",
    "critic_without_action": "actor's gradient, critic without action over true Q",
    "noise_without_dt": "noise rms in an episode, OU dt = 0.01 over dt = 1",
    "uniform_numbers": "OU noise's standard deviation, uniform over normal",
    "noise_never_added": "loss at the end, training without noise over with",
    "batch_norm_that_never_trains": "loss, batch norm's flag never set over set",
    "norms_in_target_networks": "target's error, moving moments left out over blended",
    "actions_saturate": "updates to turn round, tanh over inverting",
    "time_limits_as_ends": "learned value, time limit stored as terminal over true",
    "critic_targets": "size of the target's error, TD3 over DDPG",
    "shared_layers": "gradient's norm on shared layers, mean_q over chain rule",
    "action_bounds": "cost, critic that sees bounds of 1,000 over bounds of 1",
    "order_of_steps": "cost, both gradients before either step over critic first",
    "training_flag_of_the_critic": "regret, last batch norm in training over inference mode",
    "port_from_pytorch": "Adam's first update, Keras's defaults over PyTorch's",
    "mountain_car": "flag reached by noise alone, Gaussian over OU noise",
    "targets_that_learn": "cost, pendulum with targets that learn over usual ones",
    "exported_actor": "cost, the bare actor network over the policy",
    "factor_two_in_l2": "gradient of an L2 penalty, Keras over TensorFlow 1",
}
"""Question -> what its ratio is of, with its numbers; in the order of their numbers."""

SAME = 0.01
"""Ratios within this of 1 count as no difference, in the figure's title and colours."""

COLOURS = {"no difference": "#0072B2", "a difference": "#D55E00"}


def figures(data: dict) -> dict[str, Figure]:
    """One figure: what difference each question's subject makes."""
    return {"questions": overview(data)}


def overview(data: dict) -> Figure:
    """Draw the ratio of every question on a logarithmic axis; zeros as arrows that point off it."""
    ratios = [data[name]["ratio"] for name in LABELS]
    positive = [ratio for ratio in ratios if ratio > 0]
    left, right = min([*positive, 0.1]) / 4, max([*positive, 10]) * 6
    figure = Figure(figsize=(11, 1.4 + 0.34 * len(ratios)), layout="constrained")
    axis = figure.subplots()
    axis.set_xscale("log")
    for row, ratio in enumerate(ratios):
        draw_row(axis, row, ratio, left)
    axis.axvline(1, color="0.3", linewidth=1)
    axis.set_xlim(left / 5, right)
    axis.set_ylim(len(ratios) - 0.4, -0.6)
    labels = [label.format(**data[name]) for name, label in LABELS.items()]
    numbered = [f"{label}   {NUMBERS[name]:2}" for name, label in zip(LABELS, labels, strict=True)]
    axis.set_yticks(range(len(ratios)), numbered, fontsize=8.5)
    axis.set_ylabel("question")
    axis.set_xlabel("measured ratio, logarithmic (1: no difference; arrow: 0, off the axis)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.grid(axis="x", alpha=0.3)
    axis.set_title(title(ratios))
    return figure


def title(ratios: list[float]) -> str:
    """How many ratios are 1, how many 0, and which is the largest."""
    return (
        f"What {len(ratios)} questions turn on: {sum(map(is_same, ratios))} make no difference (a "
        f"ratio of 1 within {SAME:.0%}),\n{ratios.count(0)} leave nothing (0), the largest ratio "
        f"is {shown(max(ratios))} (question {[*NUMBERS.values()][ratios.index(max(ratios))]})"
    )


def is_same(ratio: float) -> bool:
    """Whether the ratio is 1 within SAME."""
    return abs(ratio - 1) < SAME


def draw_row(axis: Axes, row: int, ratio: float, left: float) -> None:
    """Draw a stem from 1 to the ratio; its mark is filled for a difference, hollow for none."""
    kind = "no difference" if is_same(ratio) else "a difference"
    value = max(ratio, left)
    axis.plot([1, value], [row, row], color=COLOURS[kind], linewidth=2)
    fill = "white" if is_same(ratio) else COLOURS[kind]
    mark = "o" if ratio > 0 else "<"
    axis.plot(value, row, mark, color=COLOURS[kind], markerfacecolor=fill, markersize=7, zorder=3)
    below = ratio < 1 and not is_same(ratio)
    offset, side = ((-8, 0), "right") if below else ((8, 0), "left")
    where = {"xytext": offset, "textcoords": "offset points", "ha": side, "va": "center"}
    axis.annotate(shown(ratio), (value, row), fontsize=8.5, **where)


def shown(ratio: float) -> str:
    """The ratio with three significant digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
