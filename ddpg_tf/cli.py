"""The command line `ddpg-tf`."""

import contextlib
import io
import sys
from typing import Annotated

import tyro

from ddpg_tf.commands.compare import Compare
from ddpg_tf.commands.diagnose import Diagnose
from ddpg_tf.commands.evaluate import Evaluate
from ddpg_tf.commands.plot import Plot
from ddpg_tf.commands.train import Train
from ddpg_tf.config import DDPGConfig
from ddpg_tf.console import first_paragraph, import_tensorflow_quietly
from ddpg_tf.presets import get_preset


def parse(arguments: list[str]):
    """Return the command that the arguments describe. Raises ValueError for what they get wrong."""
    commands = (
        Annotated[Compare, tyro.conf.subcommand("compare")]
        | Annotated[Train, tyro.conf.subcommand("train", default=Train(config=preset(arguments)))]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Plot, tyro.conf.subcommand("plot")]
        | Annotated[Diagnose, tyro.conf.subcommand("diagnose")]
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
    except KeyboardInterrupt as interrupt:
        print("; ".join(["ddpg-tf: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
