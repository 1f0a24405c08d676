"""The benchmark's figure."""

from matplotlib.figure import Figure

from comparisons.benchmark.claims import spread
from ddpg_tf.training.figures import COLOURS


def figures(data: dict) -> dict[str, Figure]:
    """Speeds of the strategies on the left, learning curves on the right."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    speeds = data["updates_per_second"]
    left.barh(list(speeds), speeds.values(), color=[COLOURS[name] for name in speeds])
    left.invert_yaxis()
    left.set_xlabel("updates per second (batch 64, 256-256, XLA)")
    left.set_ylabel("strategy")
    left.set_title(f"Fastest and slowest strategy: {spread(speeds):.1%} apart")
    for run, colour, marker in zip(data["runs"], COLOURS.values(), "os^Dv", strict=False):
        label = f"seed {run['seed']}"
        right.plot(run["steps"], run["eval_returns"], color=colour, marker=marker, label=label)
    right.set_xlabel("environment steps of Pendulum-v1")
    right.set_ylabel("return without noise (mean of an evaluation)")
    worst = min(run["return"] for run in data["runs"])
    right.set_title(f"New episodes at the end, worst seed: {worst:.0f}")
    right.grid(alpha=0.3)
    right.legend()
    return {"benchmark": figure}
