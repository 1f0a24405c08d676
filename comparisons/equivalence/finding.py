"""What was seen, in words that follow from the data."""

from comparisons.equivalence.cancellation import law
from comparisons.equivalence.grid import MODES, NETWORKS
from ddpg_tf.strategies import STRATEGIES
from ddpg_tf.training.lockstep import is_power_of_two


def same_at_powers_of_two(records: list[dict]) -> list[str]:
    """Return the strategies that had the bits of mean_q in all of these with N = 2^k."""
    powers = [record for record in records if is_power_of_two(record["batch_size"])]
    names = [name for name in STRATEGIES if any(r["strategy"] == name for r in powers)]
    return [n for n in names if all(r["same_bits"] for r in powers if r["strategy"] == n)]


def same_at_other_sizes(records: list[dict]) -> list[str]:
    """Return the strategies that had the bits of mean_q in all of these with N other than 2^k."""
    others = [record for record in records if not is_power_of_two(record["batch_size"])]
    names = [name for name in STRATEGIES if any(r["strategy"] == name for r in others)]
    return [n for n in names if all(r["same_bits"] for r in others if r["strategy"] == n)]


def grid_text(grid: list[dict]) -> str:
    """Return where the bits are the same, and how far apart they are elsewhere."""
    sizes = sorted({record["batch_size"] for record in grid})
    lines = [
        "## All strategies against mean_q",
        "",
        f"{len(grid):,} gradients with batch sizes {', '.join(map(str, sizes))}, each held against "
        "the gradient that mean_q gives in the same condition. Which had its bits every time:",
        "",
        "| network | mode | dtype | same bits whenever N = 2^k | same bits at every other N |",
        "|---|---|---|---|---|",
    ]
    for network in NETWORKS:
        for mode in MODES:
            for dtype in ("float32", "float64"):
                condition = (network, mode, dtype)
                kept = [r for r in grid if (r["network"], r["mode"], r["dtype"]) == condition]
                if kept:
                    at_powers, at_others = same_at_powers_of_two(kept), same_at_other_sizes(kept)
                    row = (*condition, listed(at_powers), listed(at_others))
                    lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, "", *distance_table(grid), "", grid_verdict(grid)])


def distance_table(grid: list[dict]) -> list[str]:
    """Return a table of the differences where there are any."""
    lines = [
        "Where the bits differ, the largest error as a share of the largest component, and the "
        "distance of a component in units of its own last place (median of the components, in the "
        "worst condition):",
        "",
        "| strategy | conditions that differ | float32 error | float64 error | median distance |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in STRATEGIES:
        ours = [record for record in grid if record["strategy"] == name]
        different = [record for record in ours if not record["same_bits"]]
        if not ours:
            continue
        errors = {
            dtype: max((r["relative_error"] for r in different if r["dtype"] == dtype), default=0)
            for dtype in ("float32", "float64")
        }
        median = max((record["median_ulps"] for record in different), default=0)
        lines.append(
            f"| {name} | {len(different)} of {len(ours)} | {errors['float32']:.1e} | "
            f"{errors['float64']:.1e} | {median:.3g} |"
        )
    return lines


def grid_verdict(grid: list[dict]) -> str:
    """Return what the tables say."""
    plain = [record for record in grid if record["network"] == "plain"]
    normalized = [record for record in grid if record["network"] != "plain"]
    worst = max(grid, key=lambda record: record["eps_error"])
    return (
        f"With plain networks, {listed(same_at_powers_of_two(plain))} had the bits of mean_q at "
        f"every N = 2^k, in every mode and both precisions; {listed(same_at_other_sizes(plain))} "
        f"at every other N too. With layer norm or batch norm in the networks it was "
        f"{listed(same_at_powers_of_two(normalized))} at every N = 2^k. A difference of bits is "
        f"small: the worst, in machine epsilons, was {worst['eps_error']:.1f} of the largest "
        f"component ({worst['relative_error']:.1e}; {worst['strategy']}, {worst['network']}, "
        f"{worst['dtype']}, {worst['mode']}, N = {worst['batch_size']})."
    )


def cancellation_text(cancellation: dict) -> str:
    """Return how target_action loses digits."""
    parts = []
    for dtype, records in cancellation.items():
        found = law(records)
        first, last = records[0], records[-1]
        half = [r["dq_da"] for r in records if r["error"]["target_action"] >= 0.5]
        lost = f"; it was above one half from |dQ/da| = {max(half):.0e} down" if half else ""
        parts.append(
            f"In {dtype} the gradient's relative error went from "
            f"{first['error']['target_action']:.1e} at |dQ/da| = {first['dq_da']:.1e} to "
            f"{last['error']['target_action']:.1e} at {last['dq_da']:.1e} (actions "
            f"{first['action']:.2f}, root mean squares){lost}. Below an error of 0.1 it goes as "
            f"|dQ/da|^{found['slope']:.2f} and is {found['ratio']:.2f} times eps |a| / |dQ/da|"
            + (
                ", presumably because the rounding errors of a batch partly cancel."
                if found["ratio"] < 0.5
                else "."
            )
        )
    kept = all(r["same_bits"]["surrogate"] for records in cancellation.values() for r in records)
    control = "kept the bits of mean_q at every scale" if kept else "parted from mean_q as well"
    return (
        "## Surprise: target_action loses digits as dQ/da shrinks\n\n(a + dQ/da) - a holds of "
        "dQ/da only what is above the last place of a. dQ/da was scaled by powers of two, for all "
        f"strategies alike. {' '.join(parts)} surrogate, for comparison, {control}."
    )


def dead_bias_text(dead_bias: dict) -> str:
    """Return what becomes of a bias before a batch norm."""
    gradients = [
        f"At N = {r['batch_size']} the largest component of the bias's gradient was "
        f"{r['bias']:.1e} in float32 and {r['bias_float64']:.1e} in float64 (its kernel's: "
        f"{r['kernel']:.1e}); output_gradients and mean_q "
        + (
            "had the same bits even there."
            if r["same_bits"]
            else f"differed by {r['difference']:.1f} times that."
        )
        for r in dead_bias["gradients"]
    ]
    walks = dead_bias["walks"]
    slow, fast = (pick(walks, key=lambda walk: walk["bias_step"]) for pick in (min, max))
    speeds = [
        f"{walk['bias_step'] / walk['kernel_step']:.2%} of its kernel's speed with |dQ/da| = "
        f"{walk['dq_da']:.2g}, epsilon {walk['epsilon']:.0e} and N = {walk['batch_size']}"
        for walk in (slow, fast)
    ]
    drifts = [drift(walks, size) for size in dict.fromkeys(w["batch_size"] for w in walks)]
    return (
        "## Surprise: the bias before a batch norm\n\nBatch norm subtracts such a bias again, so "
        f"its true gradient is zero and what a backward pass returns is rounding noise. "
        f"{' '.join(gradients)} Over {dead_bias['updates']} updates Adam moved it at between "
        f"{' and '.join(speeds)}{explanation(slow, fast)}. {' '.join(drifts)}"
    )


def explanation(slow: dict, fast: dict) -> str:
    """Return what sets the speed, if the faster walk is the one with more noise beside epsilon."""
    if fast["dq_da"] / fast["epsilon"] <= slow["dq_da"] / slow["epsilon"]:
        return ""
    return (
        ": the noise grows with |dQ/da|; far below Adam's epsilon it is damped, above it is scaled "
        "up like any gradient"
    )


def drift(walks: list[dict], batch_size: int) -> str:
    """Return how far the two strategies' biases drifted apart under Adam."""
    kept = [walk for walk in walks if walk["batch_size"] == batch_size]
    if all(walk["same_bits"] for walk in kept):
        return f"At N = {batch_size} the two strategies' biases kept the same bits throughout."
    apart = max(walk["apart"] for walk in kept)
    return (
        f"At N = {batch_size} the two strategies' biases ended up to {apart:.2g} learning rates "
        "apart."
    )


def listed(names: list[str]) -> str:
    """Return names in words."""
    return ", ".join(names) if names else "none"
