"""What is measured: each noise's statistics, the states it reaches, what is learned with it."""

from comparisons.exploration.noises import NOISES, episode_rms, moments, path
from comparisons.exploration.trials import EPISODE, coverage, training, visits
from comparisons.study import Track


def run(quick: bool, track: Track) -> dict:
    """Measure every noise: a path, moments beside theory, visited cells, learning curves."""
    paths, episodes = (2_000, 2) if quick else (20_000, 10)
    seeds = range(1 if quick else 3)
    noises = {}
    for name, noise in track(NOISES.items(), "noise"):
        histograms = [visits(noise, episodes, seed) for seed in range(2 if quick else 5)]
        noises[name] = {
            "label": noise.label,
            "path": path(noise, EPISODE).tolist(),
            "theory": noise.theory(),
            "measured": moments(noise, paths),
            "episode_rms": episode_rms(noise, EPISODE, paths),
            "coverage": [coverage(histogram) for histogram in histograms],
            "visits": sum(histograms).astype(int).tolist(),
            "training": [],
        }
    trials = [(seed, name) for seed in seeds for name in NOISES]
    for seed, name in track(trials, "training"):
        noises[name]["training"].append({"seed": seed, **training(NOISES[name], seed, quick)})
    return {"paths": paths, "episodes": episodes, "episode_steps": EPISODE, "noises": noises}
