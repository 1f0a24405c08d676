"""The command line `ddpg-tf`."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import tyro

from ddpg_tf import __version__
from ddpg_tf.cli.arguments import registry
from ddpg_tf.cli.compare import Compare
from ddpg_tf.cli.console import fit_for_tyro, report_in_one_line, turn_stdout_away
from ddpg_tf.cli.diagnose import Diagnose
from ddpg_tf.cli.evaluate import Evaluate
from ddpg_tf.cli.explore import Explore
from ddpg_tf.cli.export import Export
from ddpg_tf.cli.interruption import number_of
from ddpg_tf.cli.options import in_sections
from ddpg_tf.cli.plot import Plot
from ddpg_tf.cli.train import Train
from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets import get_preset
from ddpg_tf.run_files import saved_config
from ddpg_tf.startup import in_one_line, shown_in_one_line
from ddpg_tf.validation import description

Command = Compare | Train | Evaluate | Plot | Export | Explore | Diagnose
COMMANDS = ("compare", "train", "evaluate", "plot", "export", "explore", "diagnose")


def parse(arguments: list[str]) -> Command:
    """The command that the arguments describe. Raises ValueError for what they get wrong."""
    require_no_empty(arguments)
    train = in_sections(Train, start_from(arguments))
    commands = (
        Annotated[Compare, tyro.conf.subcommand("compare")]
        | Annotated[Train, tyro.conf.subcommand("train", constructor=train)]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Plot, tyro.conf.subcommand("plot")]
        | Annotated[Export, tyro.conf.subcommand("export")]
        | Annotated[Explore, tyro.conf.subcommand("explore")]
        | Annotated[Diagnose, tyro.conf.subcommand("diagnose")]
    )
    report = io.StringIO()
    try:
        with contextlib.redirect_stderr(report), fit_for_tyro():
            command = tyro.cli(
                commands,
                args=arguments,
                prog="ddpg-tf",
                registry=registry,
                description="How the actor of a deterministic policy gradient gets its gradient. "
                "Start with: ddpg-tf compare\n\n"
                "Also: ddpg-tf --version; ddpg-tf --tyro-print-completion bash (or zsh)",
            )
    except SystemExit as exit:
        if exit.code in (0, None):
            raise
        prog = " ".join(["ddpg-tf", *(name for name in arguments[:1] if name in COMMANDS)])
        said = report_in_one_line(report.getvalue())
        raise ValueError(f"{what_is_asked(said, arguments)} (see {prog} --help)") from None
    if isinstance(command, Train) and command.resume is not None:
        command.has_new_length = bool(values_of("--total-steps", arguments))
    return command


def require_no_empty(arguments: list[str]) -> None:
    """Raise ValueError for an empty argument: a variable of the shell that is not set, as a rule.

    A path would be the current folder.
    """
    for before, argument in pairwise(["", *arguments]):
        if argument == "" or (argument.startswith("--") and argument.endswith("=")):
            where = argument.rstrip("=") or (before if before.startswith("--") else "an argument")
            raise ValueError(f"{where} is empty; give it a value, or leave it out")


def what_is_asked(said: str, arguments: list[str]) -> str:
    """What tyro said, in the words of the fields where it speaks of an option that there is."""
    misplaced = re.match(r"Unrecognized.*? options: (--[\w-]+)", said)
    has_it = [name for name in COMMANDS if misplaced and misplaced[1] in hints_of_options([name])]
    if misplaced and has_it:
        command = " ".join(["ddpg-tf", *(name for name in arguments[:1] if name in COMMANDS)])
        return f"{command} has no option {misplaced[1]}; ddpg-tf {' and '.join(has_it)} has"
    found = re.match(r"Error parsing (--[\w-]+): |Missing value for argument '(--[\w-]+)'", said)
    option = (found[1] or found[2]) if found else ""
    hint = hints_of_options(arguments[:1]).get(option)
    if hint is None or get_origin(hint) is Mapping:
        return said
    several = "; write several with spaces between them" if "tuple[" in str(hint) else ""
    given = " ".join(values_of(option, arguments)[-1:]) or "nothing"
    return f"{option} must be {description(hint)}; got {given}{several}"


def hints_of_options(command: list[str]) -> dict[str, Any]:
    """Option -> the annotation of its field, for the command that is named."""
    kinds = {kind.__name__.lower(): kind for kind in get_args(Command)}
    hints: dict[str, Any] = {}
    for kind in [kinds[name] for name in command if name in kinds]:
        hints |= get_type_hints(kind, include_extras=True)
        if kind is Train:
            hints |= get_type_hints(DDPGConfig, include_extras=True)
    return {f"--{name.replace('_', '-')}": hint for name, hint in hints.items()}


def start_from(arguments: list[str]) -> DDPGConfig:
    """The config whose fields the arguments override: a saved run's, a preset's, or the defaults.

    `--resume DIR` and `--preset NAME` are looked for by hand, because tyro needs the defaults
    before it parses. Raises ValueError for an unknown preset, or for two of them.
    """
    for run_dir in values_of("--resume", arguments)[:1]:
        if not run_dir:
            raise ValueError(
                "--resume must be the directory of a run of 'ddpg-tf train'; got nothing"
            )
        require_nothing_else(arguments)
        return saved_config(run_dir)
    names = values_of("--preset", arguments)
    if len(names) > 1:
        raise ValueError(f"--preset is given {len(names)} times; a run starts from one preset")
    return get_preset(names[0]) if names else DDPGConfig()


def values_of(name: str, arguments: list[str]) -> list[str]:
    """What is given for an option, each time it is given."""
    values = []
    for index, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option == name:
            values.append(value if equals else "".join(arguments[index + 1 : index + 2]))
    return values


BESIDE_RESUME = ("--total-steps", "--env-id")
"""Options that `train --resume DIR` may have."""


def require_nothing_else(arguments: list[str]) -> None:
    """Raise ValueError if `train --resume DIR` has another option, even one at its default."""
    allowed = ("--resume", *BESIDE_RESUME)
    words = 1 + sum(
        1 if "=" in argument else 2
        for argument in arguments
        if argument.partition("=")[0] in allowed
    )
    if len(arguments) > words:
        raise ValueError(
            "--resume goes on with the run's own config; leave out all other options "
            f"(but {', '.join(BESIDE_RESUME)}), or start a new run without --resume"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 2, with one line, for a user's mistake.

    After Ctrl-C it is 130, after SIGTERM 143.

    TensorFlow takes seconds to import, so each command does that only when it comes to need it.
    Modules in the current folder can be imported, such as one with an environment. Below the line
    for an error in the user's own code stands its traceback.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, os.getcwd())
    try:
        if arguments == ["--version"]:
            print(f"ddpg-tf {__version__}")
            code = 0
        else:
            code = parse(arguments or ["--help"]).run()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # as a program that SIGPIPE ends: 128 + 13
        turn_stdout_away()
        return 141
    except shown_in_one_line() as error:
        print(f"ddpg-tf: {in_one_line(error)}", file=sys.stderr)
        if trace := getattr(error, "trace", None):
            print(trace, end="", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print("; ".join(["ddpg-tf: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
        return 128 + number_of(interrupt)
