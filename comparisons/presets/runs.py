"""Training runs, each of them what a line of the command line does."""

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from ddpg_tf import DDPG, PRESETS, DDPGConfig, evaluate
from ddpg_tf.cli.main import parse
from ddpg_tf.environments.evaluation import play
from ddpg_tf.environments.make import make_environment
from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.loop import TrainingRun, follow

EPISODES = {"Pendulum-v1": 200, "CarRacing-v3": 5}
"""Environment -> episodes of the last evaluation: many where a start decides much and a step costs
little, few where a step costs most. `ddpg-tf evaluate DIR --episodes N` plays the same ones."""

USUAL = 20
"""Episodes for the others, and of `ddpg-tf evaluate` by itself: the first of those above."""

SMALL = "--total-steps 300 --warmup-steps 250 --actor-warmup-steps 0 --hidden-sizes 8 --eval-every "
SMALL += "300 --critic-hidden-sizes 8 8 --eval-episodes 1 --jit-compile False"
"""Options that make any run a matter of a second."""

PENDULUM = {
    "td3": "ddpg-tf train --algorithm td3 --total-steps 20000 --learning-rate-schedule linear",
    "fujimoto": "ddpg-tf train --preset fujimoto --env-id Pendulum-v1 --total-steps 10000 "
    "--eval-every 1000",
}
"""Name -> command of the two that are held to a mark on Pendulum-v1."""

WITH_BATCH_NORM = ("lillicrap", "emami")
"""The presets that have it."""


class TargetsByMovingMoments(DDPG):
    """An agent whose target critics normalise next states by moving moments, in inference mode."""

    def target_values(self, observations, actions):
        return [self.value(critic, observations, actions) for critic in self.target_critics]


def preset_commands(names=PRESETS, options="") -> dict[str, str]:
    """Return name -> command for the presets `names`, by default all, with further options."""
    return {name: f"ddpg-tf train --preset {name}{options}" for name in names}


def study(command: str, quick: bool) -> dict:
    """Return what is known of the command before it is run: its environment and its length."""
    command = f"{command} {SMALL}" if quick else command
    config = config_of(command, seed=0)
    return {
        "command": command,
        "env_id": config.env_id,
        "image_side": config.image_side,
        "total_steps": config.total_steps,
        "episodes": 2 if quick else EPISODES.get(config.env_id, USUAL),
        "runs": [],
    }


def config_of(command: str, seed: int) -> DDPGConfig:
    """Return the config that a command line with this seed makes."""
    _, *arguments = shlex.split(command)
    return replace(parse(arguments).config, seed=seed)


def training(command: str, seed: int, episodes: int, agent_class: type[DDPG] = DDPG) -> dict:
    """Train; return the learning curve, the mean of new episodes at the end and the seconds.

    usual_return is the mean of the first 20 episodes. The time includes compiling and the
    evaluations on the way, not the import of TensorFlow.
    """
    config = config_of(command, seed)
    started = time.perf_counter()
    run = TrainingRun(config, agent_class)
    with closing(run.environments):
        result = follow(run, None, [], None)
    seconds = time.perf_counter() - started
    returns = evaluate(result.agent, config.env_id, episodes)
    return {
        "seed": seed,
        "steps": [row["step"] for row in result.history],
        "eval_returns": [row["eval_return_mean"] for row in result.history],
        "return": float(returns.mean()),
        "usual_return": float(returns[:USUAL].mean()),
        "episode_deviation": float(returns.std()),
        "seconds": seconds,
    }


@contextmanager
def trained(trials, together: int) -> Iterator[Iterator[dict]]:
    """Yield what `training` returns for each (study, seed, agent's class), in order.

    together: how many at a time, for one run alone does not keep two cores busy.
    """
    rows = [(studied["command"], seed, studied["episodes"], kind) for studied, seed, kind in trials]
    if together == 1:
        yield (training(*row) for row in rows)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(together, context, import_tensorflow_quietly) as pool:
        yield pool.map(training, *zip(*rows, strict=True))


def random_return(env_id: str, image_side: int | None, episodes: int) -> float:
    """Return the mean return of uniformly random actions over the same episodes."""
    with make_environment(env_id, image_side) as environment:
        space = environment.action_space
        space.seed(0)
        played = play(lambda observation: space.sample(), environment, episodes, seed=0)
        return float(np.mean([episode.total for episode in played]))
