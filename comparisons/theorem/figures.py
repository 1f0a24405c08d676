"""The theorem's figures."""

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ddpg_tf.training.figures import COLOURS

KIND_STYLES = {
    "states only": ("#0072B2", "o"),
    "state times action": ("#D55E00", "s"),
    "action times action": ("#009E73", "^"),
    "compatible critic": ("#CC79A7", "*"),
}
"""Kind of the critic's error -> colour and marker."""


def figures(data: dict) -> dict[str, Figure]:
    """The theorem itself, a wrong critic, states of another policy."""
    return {
        "exact": exact_figure(data),
        "critic": critic_figure(data["critic"]),
        "states": states_figure(data["states"]),
    }


def exact_figure(data: dict) -> Figure:
    """Draw the error of each strategy with exact states, and the error with sampled states."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    errors = {**data["errors"], "(differences of J)": data["difference_quotient_error"]}
    for name, error in errors.items():
        left.plot(max(error, 1e-17), name, "o", ms=9, color=COLOURS.get(name, "0.4"))
    left.invert_yaxis()
    left.set_xscale("log")
    left.set_xlim(1e-17, 1e-6)
    left.set_xlabel("|gradient - dJ/dθ| / |dJ/dθ|  (dimensionless)")
    left.set_ylabel("strategy, float64")
    left.set_title(
        f"Exact critic, exact states: every strategy is within {max(data['errors'].values()):.0e}"
    )
    left.grid(alpha=0.3)
    sampled = data["sampled"]
    counts, values = sampled["counts"], sampled["errors"]
    right.loglog(counts, values, "o-", color=COLOURS["mean_q"], label="mean_q, 32 repetitions")
    line = [values[0] * (count / counts[0]) ** -0.5 for count in counts]
    right.loglog(counts, line, "--", color="0.4", label="proportional to 1/√N")
    right.set_xlabel("N, states sampled from the discounted distribution")
    right.set_ylabel("relative error, root mean square")
    right.set_title(f"Exact critic, sampled states: error ~ N^{sampled['slope']:.2f}")
    right.legend()
    right.grid(alpha=0.3)
    return figure


def critic_figure(critic: dict) -> Figure:
    """Draw angle and size of the gradient against the critic's value error."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    axes = figure.subplots(1, 2)
    for kind, row in critic.items():
        colour, marker = KIND_STYLES[kind]
        style = {"color": colour, "marker": marker, "label": kind}
        style |= {"markersize": 15, "linestyle": ""} if kind == "compatible critic" else {}
        axes[0].plot(row["value_errors"], row["angles"], **style)
        axes[1].plot(row["value_errors"], row["sizes"], **style)
    axes[0].set_ylabel("angle to the true gradient (degrees)")
    axes[1].set_ylabel("size relative to the true gradient")
    axes[1].set_yscale("log")
    for axis in axes:
        axis.set_xscale("log")
        axis.set_xlabel("error of the critic's values, share of the spread of Q")
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.grid(alpha=0.3)
    axes[0].legend(title="where the critic is wrong")
    largest = max(angle for row in critic.values() for angle in row["angles"])
    axes[0].set_title(f"Direction: up to {largest:.0f} degrees off")
    axes[1].set_title("Length: a critic wrong in the states alone changes neither")
    return figure


def states_figure(states: dict) -> Figure:
    """Draw the gradient's angle against how far the behaviour is from the target policy."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    lines = {
        "alike": ("every step alike, as replay does", COLOURS["mean_q"], "s-"),
        "discounted": ("discounted, as in the theorem", COLOURS["output_gradients"], "o--"),
    }
    titles = {"older": "States of a weaker policy", "noisy": "States explored with noise"}
    for axis, (name, title) in zip(axes, titles.items(), strict=True):
        row = states[name]
        for weighting, (label, colour, style) in lines.items():
            axis.plot(row["settings"], row[weighting]["angles"], style, color=colour, label=label)
        largest = max(row["alike"]["angles"] + row["discounted"]["angles"])
        axis.set_title(f"{title}: up to {largest:.0f} degrees off")
        axis.grid(alpha=0.3)
    axes[0].set_xlabel("share of the target policy's gain that the behaviour lacks")
    axes[0].xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes[1].set_xlabel("standard deviation of the noise (units of the action)")
    axes[0].set_ylabel("angle to the true gradient (degrees),\nexact critic")
    axes[0].set_ylim(bottom=-1)
    axes[0].legend(title="how the states are weighted")
    return figure
