"""A run as the page shows it: mu and Q over two observations, for every evaluation.

The grids come from the run's checkpoints, so that any run can be looked at, and training has
nothing to do for it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddpg_tf.run_files import all_checkpoints, saved_config, step_of
from ddpg_tf.startup import import_tensorflow_quietly, note
from ddpg_tf.training.history import read_metrics

POINTS = 61
"""Along each axis."""

MOST_OBSERVATIONS = 4
"""Beyond, a plane through all of them says little."""

VISITED_EPISODES = 3
"""Episodes of the last policy that tell where the others stay, and how far the axes reach."""


class Axis(NamedTuple):
    """A direction of the plane: an observation, or the angle of an observed cosine and sine."""

    name: str
    values: np.ndarray
    """[POINTS]"""
    columns: tuple[int, ...]

    def rows(self) -> np.ndarray:
        """What is observed along the axis, [POINTS, len(columns)]."""
        if len(self.columns) == 2:
            return np.stack([np.cos(self.values), np.sin(self.values)], axis=1)
        return self.values[:, np.newaxis]


def run_as_json(
    run_dir: str | Path, chosen: Sequence[int] | None = None, env_id: str | None = None
) -> bytes:
    """What the page asks for as run.json.

    chosen: the two observations of the axes. env_id: in place of the run's own.
    Raises FileNotFoundError if `run_dir` holds no run, and ValueError if its observations are too
    many, or not those that were chosen.
    """
    config = saved_config(run_dir)
    returns = {int(row["step"]): row["eval_return_mean"] for row in read_metrics(run_dir)}
    checkpoints = [path for path in all_checkpoints(run_dir) if step_of(path) in returns]
    if not checkpoints:
        raise ValueError(f"the run in {str(run_dir)!r} has no checkpoint yet; let it go on first")
    if len(checkpoints) < len(returns):
        note(
            f"{len(checkpoints)} of {len(returns)} evaluations have a checkpoint, which is shown; "
            "to keep more in another run: ddpg-tf train --keep 1000"
        )
    import_tensorflow_quietly()
    from ddpg_tf.agents.ddpg import DDPG

    size = observation_size(checkpoints[-1])
    require_drawable(size, chosen)
    agent = DDPG.load(checkpoints[-1])
    visited = visited_observations(agent, env_id or config.env_id)
    axes = axes_over(visited, chosen)
    plane = observations_on(axes, visited)
    evaluations = [
        {"step": step_of(path), "return": returns[step_of(path)], **on_plane(agent, path, plane)}
        for path in checkpoints
    ]
    described = {
        "title": f"{config.env_id}, {config.algorithm}, {config.strategy}, seed {config.seed}",
        "axes": [{"name": axis.name, "values": axis.values.tolist()} for axis in axes],
        "held": held_at(axes, visited),
        "low": float(agent.action_low[0]),
        "high": float(agent.action_high[0]),
        "actions": agent.action_size,
        "evaluations": evaluations,
    }
    return json.dumps(described).encode()


def observation_size(checkpoint: Path) -> int:
    """How many numbers are observed at a time; for images, how many pixels."""
    from ddpg_tf.acting.saved import box_from, description_of

    return int(np.prod(box_from(description_of(checkpoint)["observation_space"]).shape))


def require_drawable(size: int, chosen: Sequence[int] | None) -> None:
    """Raise ValueError unless there are few observations, and the chosen ones are two of them."""
    if size > MOST_OBSERVATIONS:
        raise ValueError(
            f"the run's environment has {size} observations, and a plane shows up to "
            f"{MOST_OBSERVATIONS}; 'ddpg-tf explore' without a directory shows the page alone"
        )
    if chosen is not None and (len(set(chosen)) < 2 or not set(chosen) <= set(range(size))):
        raise ValueError(
            f"--observations must be two different numbers from 0 to {size - 1}; got "
            f"{' '.join(map(str, chosen))}"
        )


def visited_observations(agent, env_id: str) -> np.ndarray:
    """What the policy observes in a few episodes of that environment, [n, obs_dim]."""
    from ddpg_tf.environments.evaluation import episodes_of
    from ddpg_tf.environments.make import environment_for

    with environment_for(agent.config, env_id) as environment:
        played = episodes_of(agent.policy(), environment, VISITED_EPISODES, seed=0)
        return np.concatenate([episode.observations for episode in played])


def axes_over(visited: np.ndarray, chosen: Sequence[int] | None) -> list[Axis]:
    """Two axes, or one where there is one observation.

    Those chosen; else an angle, if two observations next to each other are its cosine and sine, and
    the first of the rest; else the first two.
    """
    count = visited.shape[1]
    angle = next((k for k in range(count - 1) if is_circle(visited[:, k : k + 2])), None)
    if chosen is not None or angle is None:
        columns = list(range(count))[:2] if chosen is None else chosen
        return [straight(visited, column) for column in columns]
    turned = Axis(
        f"angle of observations {angle} and {angle + 1}",
        np.linspace(-np.pi, np.pi, POINTS),
        (angle, angle + 1),
    )
    rest = [column for column in range(count) if column not in turned.columns]
    return [turned, *[straight(visited, column) for column in rest[:1]]]


def is_circle(pairs: np.ndarray) -> bool:
    """Whether all rows [n, 2] lie on the unit circle, and not all at one place."""
    on_it = np.allclose(np.square(pairs).sum(axis=1), 1, atol=1e-3)
    return bool(on_it and np.ptp(pairs, axis=0).max() > 0.1)


def straight(visited: np.ndarray, column: int) -> Axis:
    """An axis as long as what was visited, and a quarter more at both ends."""
    low, high = visited[:, column].min(), visited[:, column].max()
    room = (high - low) / 4 or 1.0
    return Axis(f"observation {column}", np.linspace(low - room, high + room, POINTS), (column,))


def observations_on(axes: Sequence[Axis], visited: np.ndarray) -> np.ndarray:
    """[POINTS ** len(axes), obs_dim]: the first axis varies fastest; the rest at its median."""
    places = np.meshgrid(*[np.arange(POINTS)] * len(axes))
    rows = np.tile(np.median(visited, axis=0), (POINTS ** len(axes), 1))
    for axis, place in zip(axes, places, strict=True):
        rows[:, list(axis.columns)] = axis.rows()[place.ravel()]
    return rows.astype(np.float32)


def held_at(axes: Sequence[Axis], visited: np.ndarray) -> dict[str, float]:
    """The observations that are no axis -> where they are held."""
    drawn = {column for axis in axes for column in axis.columns}
    medians = np.median(visited, axis=0)
    return {
        f"observation {column}": float(medians[column])
        for column in range(len(medians))
        if column not in drawn
    }


def on_plane(agent, checkpoint: Path, plane: np.ndarray) -> dict[str, list[float]]:
    """mu's first component and Q(s, mu(s)), in units of return, at every place of the plane."""
    from ddpg_tf.agents.checkpoint import restore_agent
    from ddpg_tf.agents.diagnostics import policy_values

    restore_agent(agent, checkpoint)
    actions = agent.policy()(plane)
    values = policy_values(agent, agent.critic, plane)
    return {"mu": rounded(actions[:, 0]), "q": rounded(values)}


def rounded(numbers: np.ndarray) -> list[float]:
    """As many digits as a colour can show."""
    return [float(f"{number:.5g}") for number in numbers]
