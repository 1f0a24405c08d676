"""The figures of costs."""

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ddpg_tf.training.figures import COLOURS

MARKERS = {
    "output_gradients": "o",
    "mean_q": "s",
    "get_updates": "^",
    "surrogate": "D",
    "target_action": "v",
}


def figures(data: dict) -> dict[str, Figure]:
    """Modes of execution, growth with batch and width, memory, the Jacobian."""
    return {
        "modes": modes_figure(data),
        "scaling": scaling_figure(data),
        "memory": memory_figure(data["memory"]),
        "jacobian": jacobian_figure(data["jacobian"]),
    }


def modes_figure(data: dict) -> Figure:
    """Draw the time of each strategy relative to mean_q's in each mode."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    for axis, what in zip(figure.subplots(1, 2), ("gradient", "update"), strict=True):
        modes = data[what]
        names = list(modes["eager"])
        for row, mode in enumerate(modes):
            for position, name in enumerate(names):
                y = row + 0.13 * (position - (len(names) - 1) / 2)
                label = name if row == 0 else None
                times = modes[mode][name]
                style = {"color": COLOURS[name], "label": label}
                axis.plot(times["ratio"], y, MARKERS[name], **style)
                axis.plot([times["low"], times["high"]], [y, y], color=COLOURS[name], linewidth=1.5)
        compiled = [modes[mode][name]["ratio"] for mode in ("graph", "xla") for name in names]
        axis.axvline(1, color="0.4", linewidth=1, zorder=0)
        axis.set_xscale("log")
        plain_numbers(axis.xaxis)
        axis.set_yticks(range(len(modes)), [f"{m}\nmean_q: {least(modes, m)}" for m in modes])
        axis.set_xlabel("time / mean_q's time, median and quartiles of rounds")
        whole = "A gradient" if what == "gradient" else "A whole update"
        axis.set_title(f"{whole}: compiled, {min(compiled):.2f} to {max(compiled):.2f} of mean_q")
        axis.grid(alpha=0.3, axis="x", which="both")
        axis.set_ylabel("mode of execution")
        axis.invert_yaxis()
        axis.legend(fontsize=8)
    return figure


def least(modes: dict, mode: str) -> str:
    """mean_q's least time in that mode with its unit."""
    return f"{modes[mode]['mean_q']['least_ms']:.3g} ms"


def scaling_figure(data: dict) -> Figure:
    """Draw least times against batch and width, a column for each mode."""
    figure = Figure(figsize=(12, 7), layout="constrained")
    axes = figure.subplots(2, 3, sharey=True)
    sweeps = {"batch": ("batches", "over_batch"), "width": ("widths", "over_width")}
    units = {"batch": "batch size N", "width": "width of the two hidden layers"}
    for row, (what, (sizes, key)) in zip(axes, sweeps.items(), strict=True):
        for axis, mode in zip(row, ("eager", "graph", "xla"), strict=True):
            for name in data["gradient"][mode]:
                times = [setting[mode][name]["least_ms"] for setting in data[key]]
                axis.loglog(
                    data[sizes], times, marker=MARKERS[name], color=COLOURS[name], label=name
                )
            own = [setting[mode]["mean_q"]["least_ms"] for setting in data[key]]
            growth = f"mean_q x{own[-1] / own[0]:.1f} from {data[sizes][0]} to {data[sizes][-1]}"
            axis.set_title(f"{mode}: {growth}", fontsize=10)
            axis.set_xlabel(units[what])
            axis.set_xticks(data[sizes], [str(size) for size in data[sizes]])
            axis.xaxis.set_minor_formatter(NullFormatter())
            axis.grid(alpha=0.3)
        row[0].set_ylabel("least time of a gradient (ms)")
        plain_numbers(row[0].yaxis)
    axes[0, 2].legend(fontsize=8)
    return figure


def memory_figure(memory: dict) -> Figure:
    """Draw XLA's temporary buffers and the growth of a process's peak."""
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    titles = {"xla": "XLA: temporary buffers", "graph": "graph: process", "eager": "eager: process"}
    names = list(memory["xla"])
    axes = figure.subplots(1, 3, sharey=True)
    for axis, (mode, title) in zip(axes, titles.items(), strict=True):
        values = [memory[mode].get(name) or 0 for name in names]
        bars = axis.barh(names, values, color=[COLOURS[name] for name in names])
        known = [memory[mode].get(name) is not None for name in names]
        labels = [f"{v:.0f}" if k else "not measured" for v, k in zip(values, known, strict=True)]
        axis.bar_label(bars, labels=labels, padding=3)
        axis.set_xlim(0, 1.25 * max([*values, 1]))
        axis.set_xlabel("planned (MiB)" if mode == "xla" else "rise of peak resident memory (MiB)")
        seen = [value for value, is_known in zip(values, known, strict=True) if is_known]
        span = sorted({f"{min(seen):.0f}", f"{max(seen):.0f}"}, key=float) if seen else []
        axis.set_title(f"{title}, {' to '.join(span)} MiB" if span else title, fontsize=10)
    axes[0].invert_yaxis()
    axes[0].set_ylabel("strategy")
    figure.suptitle(
        f"Memory of a gradient at batch {memory['batch_size']}, width {memory['width']}"
    )
    return figure


def jacobian_figure(jacobian: dict) -> Figure:
    """Draw the Jacobian's size and its time relative to mean_q's against the width."""
    rows = jacobian["rows"]
    widths = [row["width"] for row in rows]
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    size = [row["bytes"] / 2**20 for row in rows]
    left.loglog(widths, size, "--", color="0.3", label="da/dθ: N · act_dim · P · 4 bytes")
    for name, marker in (("jacobian", "o"), ("mean_q", "s")):
        planned = [row["xla_bytes"][name] for row in rows]
        if all(planned):
            label = f"XLA's temporary buffers, {name}"
            values = [value / 2**20 for value in planned]
            left.loglog(widths, values, marker=marker, color=COLOURS[name], label=label)
    left.set_ylabel("memory (MiB)")
    left.set_title(f"The Jacobian: {size[-1]:.3g} MiB at width {widths[-1]}")
    for mode, style in (("graph", "o-"), ("xla", "s--")):
        ratio = [row[mode]["jacobian"]["ratio"] for row in rows]
        right.loglog(widths, ratio, style, color=COLOURS["jacobian"], label=mode, mfc="white")
    right.axhline(1, color=COLOURS["mean_q"], label="mean_q")
    right.set_ylabel("time of a gradient relative to mean_q's")
    worst = max(row[mode]["jacobian"]["ratio"] for row in rows for mode in ("graph", "xla"))
    right.set_title(f"Its time: up to {worst:.0f} times mean_q's")
    plain_numbers(right.yaxis)
    for axis in (left, right):
        axis.set_xlabel(f"width of the two hidden layers (N = {jacobian['batch_size']})")
        axis.set_xticks(widths, [str(width) for width in widths])
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid(alpha=0.3)
        axis.legend()
    return figure


def plain_numbers(axis: Axis) -> None:
    """Write the ticks of a logarithmic axis as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
