"""What can be read off a group: the runs of all strategies in one condition."""

from ddpg_tf.training.lockstep import REFERENCE

OTHER_SEED = "mean_q, another seed"


def title_of(group: dict) -> str:
    """Return the condition of a group in words."""
    network = ", batch norm" if group["normalization"] == "batch" else ""
    fence = "with the fence" if group["fenced"] else "without the fence"
    return f"batch {group['batch_size']}{network}, {fence}"


def parted(group: dict) -> dict[str, int]:
    """Return {strategy: first update after which a bit differed} for those that parted."""
    firsts = {name: run["first_different_update"] for name, run in group["runs"].items()}
    return {name: first for name, first in firsts.items() if first is not None}


def kept(group: dict) -> list[str]:
    """Return the strategies, the reference aside, that had its weights after every update."""
    return [name for name in group["runs"] if name != REFERENCE and name not in parted(group)]


def healed(group: dict) -> list[str]:
    """Return the strategies that parted and yet ended with weights equal to the reference's."""
    return [name for name in parted(group) if group["runs"][name]["differences"][-1][1] == 0]
