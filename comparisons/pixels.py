"""CarRacing-v3 from its pixels, with networks of one's own: what it takes in memory and time.

    python -m comparisons.pixels --steps 20000

No study, and no claim that the agent learns in so few steps: it shows that 84 x 84 colour images
can be learned from, and what a step and a stored transition cost. `tutorials/own_networks.md` has
the numbers. Needs Box2D and OpenCV: pip install 'gymnasium[box2d,other]'.
"""

import argparse
import os
import resource
import sys
import time

from ddpg_tf.config import DDPGConfig
from ddpg_tf.startup import import_tensorflow_quietly

import_tensorflow_quietly()

import gymnasium as gym  # noqa: E402
import keras  # noqa: E402

from ddpg_tf.replay import ReplayBuffer  # noqa: E402
from ddpg_tf.runs import train  # noqa: E402
from ddpg_tf.training.progress import Progress  # noqa: E402

SIDE = 84


def car_racing(**options) -> gym.Env:
    """CarRacing-v3 with images [84, 84, 3] of bytes."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    return gym.wrappers.ResizeObservation(gym.make("CarRacing-v3", **options), (SIDE, SIDE))


def features(images):
    """Images [B, 84, 84, 3] of bytes -> [B, 128], by layers of its own for every network."""
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(16, 8, 4, activation="relu")(x)
    x = keras.layers.Conv2D(32, 4, 2, activation="relu")(x)
    return keras.layers.Dense(128, "relu")(keras.layers.Flatten()(x))


def actor(observation_space: gym.Space, action_space: gym.Space) -> keras.Model:
    """mu: images -> actions [B, act_dim] within their bounds."""
    images = keras.Input(observation_space.shape)
    small = keras.initializers.RandomUniform(-3e-3, 3e-3)
    x = keras.layers.Dense(len(action_space.low), "tanh", kernel_initializer=small)(
        features(images)
    )
    middle = (action_space.high + action_space.low) / 2
    half_range = (action_space.high - action_space.low) / 2
    x = keras.layers.Rescaling(half_range.tolist(), middle.tolist())(x)
    return keras.Model(images, x)


def critic(observation_space: gym.Space, action_space: gym.Space) -> keras.Model:
    """Q: [images, actions] -> [B, 1]."""
    images, actions = keras.Input(observation_space.shape), keras.Input(action_space.shape)
    x = keras.layers.Concatenate()([features(images), actions])
    x = keras.layers.Dense(128, "relu")(x)
    return keras.Model([images, actions], keras.layers.Dense(1)(x))


def config_for(steps: int) -> DDPGConfig:
    """One update in four steps, and one evaluation, at the end."""
    return DDPGConfig(
        env_id="CarRacing-v3",
        total_steps=steps,
        warmup_steps=min(1_000, steps // 2),
        batch_size=32,
        update_every=20,
        updates_per_step=0.25,
        eval_every=steps,
        eval_episodes=1,
        jit_compile=False,
    )


def main(arguments: list[str] | None = None) -> int:
    """Train, and print the measurements as a table; Ctrl-C prints those of the steps so far."""
    parser = argparse.ArgumentParser(prog="python -m comparisons.pixels", description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    config = config_for(parser.parse_args(arguments).steps)
    marks = []

    def measure(progress: Progress) -> None:
        if progress.row is None:
            marks.append((progress.step, time.perf_counter(), progress.replay))
            if progress.step % 1_000 == 0:
                print(f"step {progress.step:,}", file=sys.stderr)

    try:
        train(config, env=car_racing, actor=actor, critic=critic, callbacks=[measure])
    except KeyboardInterrupt:
        print("stopped by hand", file=sys.stderr)
    if len(marks) > 1:
        print(table(marks, min(config.total_steps, config.buffer_size)))
    return 0


def table(marks: list[tuple[int, float, ReplayBuffer]], capacity: int) -> str:
    """The measurements in Markdown. marks: step, time and replay buffer after each block."""
    (first, since, _), (last, until, replay) = marks[0], marks[-1]
    row = replay.nbytes / capacity
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = {
        "steps": f"{last:,}",
        "steps a second, updates included": f"{(last - first) / (until - since):.1f}",
        f"replay buffer for {capacity:,} transitions": f"{replay.nbytes / 1e6:,.0f} MB",
        "a transition": f"{row:,.0f} bytes",
        "so a replay buffer for 1,000,000": f"{row / 1e3:,.1f} GB",
        "the whole process, at most": f"{peak / 1e3:,.0f} MB",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| measured | |", "|---|---:|", *lines])


if __name__ == "__main__":
    sys.exit(main())
