"""One program, once: python -m comparisons.peer_programs PROGRAM SETTING.

PROGRAM: a module of this package. SETTING: the fields of a `Setting`, as JSON. The last line that
it prints is JSON too, with the keys that `measured` names.
"""

import json
import resource
import sys
from contextlib import suppress
from importlib import import_module

import gymnasium as gym

from comparisons.peer_programs.clock import Clock, Over
from comparisons.peer_programs.parts import Parts
from comparisons.peer_programs.setting import Setting

WITHOUT_TENSORFLOW = ("stable_baselines3", "sbx")
"""Programs that do not need it and would import it all the same, for TensorBoard's sake, because it
is installed here: it would count into their memory and their start."""


def main(program: str, fields: str) -> None:
    """Train, and print what was measured."""
    print(json.dumps(measured(program, Setting(**json.loads(fields)))))


def measured(program: str, setting: Setting) -> dict:
    """Train until the environment ends it.

    seconds_a_step: of each part. first_update_at, reached_at: seconds since the epoch at which the
    first turn of the learner was over, and the mark was reached. steps: all that were made.
    returns: of the episodes. peak_bytes: the most memory that this process had. What did not come
    about is None.
    """
    if program in WITHOUT_TENSORFLOW:
        sys.modules["tensorflow"] = None  # an import fails
    module, parts, clocks = import_module(f"comparisons.peer_programs.{program}"), Parts(), []
    for owner, name, part in module.WATCHED:
        parts.watch(owner, name, part)

    def make() -> gym.Env:
        env = gym.make(setting.env_id, disable_env_checker=True)
        clocks.append(Clock(env, setting, parts))
        return clocks[-1]

    with suppress(Over):
        module.train(make, setting)
    # some programs make environments beside the one that they train in
    clock = max(clocks, key=lambda clock: clock.steps)
    return {
        "seconds_a_step": clock.seconds_a_step(),
        "first_update_at": parts.ends.get("learning"),
        "reached_at": clock.reached_at,
        "steps": clock.steps,
        "returns": clock.returns,
        "peak_bytes": peak_bytes(),
    }


def peak_bytes() -> int:
    """The most resident memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1_024 * peak


if __name__ == "__main__":
    main(*sys.argv[1:])
