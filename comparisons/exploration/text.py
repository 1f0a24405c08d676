"""What was seen of the noises, in words that follow from the numbers."""

import numpy as np


def finding(data: dict) -> str:
    """Return what was seen."""
    noises = data["noises"]
    parts = [table(noises), moments_text(data), coverage_text(data), learning_text(noises)]
    return "\n\n".join(parts)


def table(noises: dict) -> str:
    """Return one row a noise."""
    header = (
        "| noise | mean, theory | deviation, theory | correlation time in steps, theory | rms in "
        "an episode | cells visited | last return |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    rows = [row(noise) for noise in noises.values()]
    return "\n".join([header, *rows])


def row(noise: dict) -> str:
    """Return a noise's measurements beside its theory."""
    pairs = [
        f"{noise['measured'][key]:.{digits}f}, {noise['theory'][key]:.{digits}f}"
        for key, digits in (("mean", 3), ("deviation", 3), ("correlation_time", 1))
    ]
    last = last_returns(noise)
    cells = [
        noise["label"],
        *pairs,
        f"{noise['episode_deviation']:.3f}",
        f"{np.mean(noise['coverage']):.0%}",
        f"{np.mean(last):.0f} ({min(last):.0f} to {max(last):.0f})",
    ]
    return f"| {' | '.join(cells)} |"


def last_returns(noise: dict) -> list[float]:
    """Return the last evaluation's return of each training."""
    return [training["returns"][-1] for training in noise["training"]]


def worst_deviation(noises: dict) -> float:
    """Return the largest relative error of a measured deviation against theory."""
    pairs = [(n["measured"]["deviation"], n["theory"]["deviation"]) for n in noises.values()]
    return max(abs(seen / true - 1) for seen, true in pairs if true)


def moments_text(data: dict) -> str:
    """Say how the paths compare with theory, and what the mistakes do to them."""
    noises = data["noises"]
    error = worst_deviation(noises)
    agreement = "agree with" if error < 0.1 else "differ from"
    ou, small, rootless, uniform = (
        noises[name] for name in ("ou", "small_dt", "missing_root", "uniform")
    )
    memory = small["measured"]["correlation_time"]
    longer = "longer" if memory > data["episode_steps"] else "not longer"
    shrunk = small["measured"]["deviation"] / rootless["measured"]["deviation"]
    lean = uniform["measured"]["mean"] / uniform["measured"]["deviation"]
    return (
        f"Noise is measured in half ranges of the action. Over {data['paths']:,} paths the "
        f"stationary deviations {agreement} theory (largest relative error {error:.1%}). "
        f"{small['label']} remembers {memory:.0f} steps, {longer} than an episode of "
        f"{data['episode_steps']}; since it starts at zero, its rms over an episode is "
        f"{small['episode_deviation']:.3f}, that of {ou['label']} {ou['episode_deviation']:.3f}. "
        f"Without the root, dt in place of sqrt(dt), the stationary deviation is {shrunk:.1f} "
        f"times smaller. Uniform numbers have a mean: that noise pushes one way, at "
        f"{uniform['measured']['mean']:.2f} with a deviation of "
        f"{uniform['measured']['deviation']:.2f}, {lean:.1f} deviations from zero."
    )


def coverage_text(data: dict) -> str:
    """Say which noise reached most and fewest states."""
    noises = data["noises"]
    shares = {n["label"]: float(np.mean(n["coverage"])) for n in noises.values()}
    most, fewest = max(shares, key=shares.get), min(shares, key=shares.get)
    ou, gaussian = shares[noises["ou"]["label"]], shares[noises["gaussian"]["label"]]
    comparison = "more than" if ou > gaussian else "no more than"
    small = noises["small_dt"]
    reason = (
        f"; but longer memory is not all: {small['label']} visits {shares[small['label']]:.0%}, "
        f"its rms in an episode being {small['episode_deviation']:.3f}"
    )
    return (
        f"Driven by the noise alone, {data['episodes']} episodes of Pendulum-v1 visit most cells "
        f'of angle and velocity with "{most}" ({shares[most]:.0%}) and fewest with "{fewest}" '
        f"({shares[fewest]:.0%}). Noise {noises['ou']['label']} visits {ou:.0%}, {comparison} "
        f"Gaussian noise of the same deviation, {gaussian:.0%}{reason if ou > gaussian else ''}."
    )


def learning_text(noises: dict) -> str:
    """Say what was learned, and whether the seeds allow to tell the noises apart."""
    last = {n["label"]: last_returns(n) for n in noises.values()}
    means = {label: float(np.mean(values)) for label, values in last.items()}
    best, worst = max(means, key=means.get), min(means, key=means.get)
    apart = min(last[best]) > max(last[worst])
    seeds = len(last[best])
    steps = noises["none"]["training"][0]["steps"][-1]
    if seeds == 1:
        verdict = "with one seed nothing can be said about which of them is better"
    elif apart:
        verdict = f"the worst seed of {best} is above the best of {worst}"
    else:
        verdict = f"the seeds of {best} and {worst} overlap, so these runs do not rank the two"
    pair = [noises[name]["label"] for name in ("ou", "gaussian")]
    low, high = sorted(pair, key=means.get)
    relation = "do not overlap" if min(last[high]) > max(last[low]) else "overlap"
    ranks = sorted(means, key=means.get, reverse=True)
    return (
        f"After {steps:,} steps of learning, {seeds} seed{'s' * (seeds > 1)} each and a warm-up "
        f"of only 100 random steps, the mean return without noise lies between "
        f"{means[worst]:.0f} ({worst}) and {means[best]:.0f} ({best}); {verdict}. No noise at all "
        f"is number {ranks.index('no noise') + 1} of {len(ranks)} with {means['no noise']:.0f}. "
        f"The seeds of {pair[0]} and {pair[1]} {relation if seeds > 1 else 'are one each'}."
    )
