"""Exploration noise seen: its paths, the states that it reaches, and what is learned with it.

`noises.py` holds the noises, three of them common mistakes or surprises, with their theory;
`trials.py` tries them on Pendulum-v1; `figures.py` draws and `text.py` says what was seen.
"""

from comparisons.exploration import figures as draw
from comparisons.exploration.noises import NOISES, episode_deviation, moments, path
from comparisons.exploration.text import finding as finding
from comparisons.exploration.trials import EPISODE, coverage, training, visits


def run(quick, track) -> dict:
    """Return for each noise: a path, moments and theory, visited cells, learning curves."""
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
            "episode_deviation": episode_deviation(noise, EPISODE, paths),
            "coverage": [coverage(histogram) for histogram in histograms],
            "visits": sum(histograms).astype(int).tolist(),
            "training": [],
        }
    trials = [(seed, name) for seed in seeds for name in NOISES]
    for seed, name in track(trials, "training"):
        noises[name]["training"].append({"seed": seed, **training(NOISES[name], seed, quick)})
    return {"paths": paths, "episodes": episodes, "episode_steps": EPISODE, "noises": noises}


def figures(data: dict) -> dict:
    """Return the figures of paths, of visited states and of learning."""
    return {
        "paths": draw.paths(data),
        "visited_states": draw.visited_states(data),
        "learning": draw.learning(data),
    }
