"""What can be read off a group: the runs of all strategies in one condition."""

from ddpg_tf.training.lockstep import REFERENCE

OTHER_SEED = "mean_q, another seed"


def condition_of(group: dict) -> str:
    """Batch size and network of a group in words."""
    network = ", batch norm" if group["normalization"] == "batch" else ""
    return f"batch {group['batch_size']}{network}"


def title_of(group: dict) -> str:
    """The condition of a group in words, the fence included."""
    return f"{condition_of(group)}, {'with' if group['fenced'] else 'without'} the fence"


def first_differences(group: dict) -> dict[str, int]:
    """Strategy -> first update after which a bit differed from mean_q's, where one did."""
    firsts = {name: run["first_different_update"] for name, run in group["runs"].items()}
    return {name: first for name, first in firsts.items() if first is not None}


def kept(group: dict) -> list[str]:
    """The strategies, mean_q aside, that had its weights after every update."""
    differing = first_differences(group)
    return [name for name in group["runs"] if name != REFERENCE and name not in differing]


def last_difference(group: dict, name: str) -> float:
    """The largest |difference| of a weight from mean_q's at the end."""
    return group["runs"][name]["differences"][-1][1]


def last_gap(group: dict, name: str) -> float:
    """How far the last return is from mean_q's."""
    runs = group["runs"]
    return abs(runs[name]["eval_returns"][-1] - runs[REFERENCE]["eval_returns"][-1])
