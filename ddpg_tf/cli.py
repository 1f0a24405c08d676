"""The command line `ddpg-tf`."""

import contextlib
import io
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from ddpg_tf.config import DDPGConfig
from ddpg_tf.console import first_paragraph, import_tensorflow_quietly, progress_bar
from ddpg_tf.presets import PRESETS, get_preset


@dataclass
class Compare:
    """Train the same agent once with each of three actor updates and look for different bits.

    Trains three times with a batch of 64 and three times with a batch of 100, from the same seed;
    prints a table and one sentence; writes compare.png and compare.json. Exits with 1 if the runs
    at a batch size that is a power of two are not the same to the bit.

    Example:  ddpg-tf compare --seed 1 --out runs/compare-1
    """

    env_id: str = "Pendulum-v1"
    """Gymnasium id of the environment."""
    seed: int = 0
    """Source of all randomness, the same for all runs."""
    steps: int = 4_500
    """Environment steps of each run."""
    batch_sizes: tuple[int, ...] = (64, 100)
    """One group of runs for each."""
    out: Path = Path("runs/compare")
    """Directory for the figure and the result; those of an earlier comparison are replaced."""

    def run(self) -> int:
        from rich.console import Console

        from ddpg_tf.compare import COMPARED, closing_sentence, compare, unexpected
        from ddpg_tf.plotting import compare_figure

        if self.out.exists() and not self.out.is_dir():
            raise NotADirectoryError(f"{str(self.out)!r} is a file; --out must be a directory")
        config = DDPGConfig(
            env_id=self.env_id,
            seed=self.seed,
            total_steps=self.steps,
            eval_every=500,
            eval_episodes=5,
            update_every=25,
        )
        total = self.steps * len(self.batch_sizes) * len(COMPARED)
        started = time.perf_counter()
        with progress_bar("comparing", total) as advance:
            result = compare(config, self.batch_sizes, progress=advance)
        figure = compare_figure(result)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "compare.json").write_text(json.dumps(result) + "\n")
        figure.savefig(self.out / "compare.png", dpi=130)
        Console().print(compare_table(result))
        print(f"{self.out / 'compare.png'}  {self.out / 'compare.json'}")
        print(f"{total:,} steps of {self.env_id} in {time.perf_counter() - started:.0f} s")
        print(f"Seen: {closing_sentence(result)}")
        return 1 if unexpected(result) else 0


@dataclass
class Train:
    """Train an agent.

    Every field below can be set, and overrides the preset's. Writes config.json, metrics.csv,
    TensorBoard events and the agent at every evaluation to the run's directory.

    Example:  ddpg-tf train --env-id Pendulum-v1 --strategy output_gradients --seed 1
    """

    config: tyro.conf.OmitArgPrefixes[DDPGConfig] = field(default_factory=DDPGConfig)
    preset: Literal[tuple(PRESETS)] | None = None
    """Published hyperparameters to start from."""
    run_dir: Path | None = None
    """Directory of the run; by default runs/ENV/ddpg-STRATEGY-sSEED."""

    def run(self) -> int:
        from ddpg_tf.training import train

        config = self.config
        name = f"ddpg-{config.strategy}-s{config.seed}"
        run_dir = self.run_dir or Path("runs") / config.env_id / name
        with progress_bar(config.env_id, config.total_steps) as advance:
            last = 0

            def show(moment):
                nonlocal last
                row = moment.row
                advance(moment.step - last, row and f"return {row['eval_return_mean']:.1f}")
                last = moment.step

            result = train(config, run_dir, show)
        print(f"return {result.history[-1]['eval_return_mean']:.1f} without noise, see {run_dir}")
        return 0


@dataclass
class Evaluate:
    """Play a trained agent without noise and print its returns.

    Example:  ddpg-tf evaluate runs/Pendulum-v1/ddpg-mean_q-s0 --episodes 20
    """

    run_dir: tyro.conf.Positional[Path]
    """Directory of a run (its latest agent) or of one of its checkpoints."""
    episodes: int = 20
    """Number of episodes."""
    seed: int = 0
    """Source of the environment's randomness."""

    def run(self) -> int:
        from ddpg_tf.agent import DDPG
        from ddpg_tf.evaluation import evaluate

        agent = DDPG.load(self.run_dir)
        returns = evaluate(agent, agent.config.env_id, self.episodes, self.seed)
        print(" ".join(f"{value:.1f}" for value in returns))
        print(
            f"{agent.config.env_id}: mean {returns.mean():.1f}, standard deviation "
            f"{returns.std():.1f}, {self.episodes} episodes"
        )
        return 0


@dataclass
class Plot:
    """Draw the learning curves of one or more runs.

    Example:  ddpg-tf plot runs/Pendulum-v1/* --out runs/learning.png
    """

    run_dirs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Directories of runs."""
    out: Path | None = None
    """File for the figure; by default figures/learning.png in the first directory."""

    def run(self) -> int:
        from ddpg_tf.plotting import learning_figure
        from ddpg_tf.recording import read_metrics

        if not self.run_dirs:
            raise ValueError("no run to plot; give the directory of a run of 'ddpg-tf train'")
        names = [path.name for path in self.run_dirs]
        labels = names if len(set(names)) == len(names) else [str(p) for p in self.run_dirs]
        rows = [read_metrics(path) for path in self.run_dirs]
        figure = learning_figure(dict(zip(labels, rows, strict=True)))
        out = self.out or self.run_dirs[0] / "figures" / "learning.png"
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out, dpi=130)
        print(out)
        return 0


def compare_table(result: dict):
    """Return the table of `ddpg-tf compare`."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title="Each run held against mean_q, to the bit", box=SIMPLE_HEAD, padding=0)
    for column in ("batch", "actor update", "weights", "returns", "steps"):
        table.add_column(column, no_wrap=True)
    for column in ("part at", "apart by", "return"):
        table.add_column(column, justify="right", no_wrap=True)
    for group in result["groups"]:
        for name, run in group["runs"].items():
            first = run["first_different_update"]
            checks = ("same_weights", "same_returns", "same_transitions")
            table.add_row(
                str(group["batch_size"]),
                name,
                *("same" if run[check] else "differ" for check in checks),
                "never" if first is None else f"update {first:,}",
                f"{run['differences'][-1][1]:.1g}",
                f"{run['eval_returns'][-1]:.1f}",
            )
        table.add_section()
    return table


def parse(arguments: list[str]):
    """Return the command that the arguments describe. Raises ValueError for what they get wrong."""
    commands = (
        Annotated[Compare, tyro.conf.subcommand("compare")]
        | Annotated[Train, tyro.conf.subcommand("train", default=Train(config=preset(arguments)))]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Plot, tyro.conf.subcommand("plot")]
    )
    report = io.StringIO()
    try:
        with contextlib.redirect_stderr(report):
            return tyro.cli(
                commands,
                args=arguments,
                prog="ddpg-tf",
                description="How the actor of a deterministic policy gradient gets its gradient. "
                "Start with: ddpg-tf compare",
                config=(tyro.conf.FlagConversionOff,),
            )
    except SystemExit as exit:
        if exit.code in (0, None):
            raise
    raise ValueError(f"{first_paragraph(report.getvalue())} (see ddpg-tf --help)")


def preset(arguments: list[str]) -> DDPGConfig:
    """Return the config to start from: that of `--preset NAME` if the arguments have one.

    It must be known before tyro parses the fields that override it.
    """
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--preset":
            return get_preset(value if equals else "".join(arguments[index + 1 : index + 2]))
    return DDPGConfig()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 2, with one line, for a user's mistake."""
    try:
        command = parse(sys.argv[1:] if arguments is None else arguments)
        import_tensorflow_quietly()
        return command.run()
    except (ValueError, TypeError, OSError, FloatingPointError) as error:
        print(f"ddpg-tf: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("ddpg-tf: interrupted; what was saved before is intact", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
