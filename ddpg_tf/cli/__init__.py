"""One file for each command of `ddpg-tf`: a dataclass of its options, with `run() -> exit code`."""
