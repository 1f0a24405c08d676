"""One program, once, in a process of its own: `python -m comparisons.peers.worker PROGRAM JSON`.

JSON: the fields of a `Setting`. Prints one line of JSON: steps_a_second; seconds_to_first_update,
from the start of the process; peak_megabytes of memory.
"""

import json
import os
import resource
import sys
from importlib import import_module

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gymnasium as gym

from comparisons.peers.clock import Clock, steps_a_second
from comparisons.peers.setting import Setting


def main(program: str, fields: str) -> None:
    """Train, and print what was measured."""
    setting = Setting(**json.loads(fields))
    clocks = []

    def make() -> gym.Env:
        clocks.append(Clock(gym.make(setting.env_id)))
        return clocks[-1]

    import_module(f"comparisons.peers.programs.{program}").train(make, setting)
    # some programs make environments beside the one that they train in
    times = max((clock.times for clock in clocks), key=len)
    print(json.dumps({"steps_a_second": steps_a_second(times), "peak_megabytes": peak()}))


def peak() -> float:
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


if __name__ == "__main__":
    main(*sys.argv[1:])
