"""What the finding asserts, and the numbers that it names."""

from itertools import product

import numpy as np

from comparisons.equivalence.cancellation import law
from comparisons.equivalence.grid import MODES, NETWORKS
from comparisons.study import Claim, in_words, table_rows
from ddpg_tf.strategies import STRATEGIES
from ddpg_tf.training.lockstep import is_power_of_two


def values(data: dict) -> dict:
    """The rows of both tables, the worst condition, and the two surprises in numbers.

    plain_powers and the like: the strategies that had the bits of mean_q in every condition with
    such networks and batch sizes. n64, n100: the bias's gradient at these batch sizes. slow, fast:
    the runs of Adam in which the bias moved least and most.
    """
    grid, dead_bias = data["grid"], data["dead_bias"]
    plain = [record for record in grid if record["network"] == "plain"]
    normalised = [record for record in grid if record["network"] != "plain"]
    walks = sorted(dead_bias["walks"], key=lambda walk: walk["bias_step"])
    controls = [record for records in data["cancellation"].values() for record in records]
    return {
        **{f"n{record['batch_size']}": record for record in dead_bias["gradients"]},
        **{
            f"loss_{dtype}": loss(dtype, records) for dtype, records in data["cancellation"].items()
        },
        "count": len(grid),
        "sizes": sorted({record["batch_size"] for record in grid}),
        "same_rows": table_rows(same_rows(grid)),
        "distance_rows": table_rows(distance_rows(grid)),
        "plain_powers": with_the_bits(plain, powers=True),
        "plain_others": with_the_bits(plain, powers=False),
        "normalised_powers": with_the_bits(normalised, powers=True),
        "normalised_others": with_the_bits(normalised, powers=False),
        "get_updates_in_a_graph": [
            record["same_bits"]
            for record in grid
            if (record["strategy"], record["mode"]) == ("get_updates", "graph")
        ],
        "worst": max(grid, key=lambda record: record["eps_error"]),
        "surrogate_kept": all(record["same_bits"]["surrogate"] for record in controls),
        "slow": walks[0],
        "fast": walks[-1],
        "slow_speed": walks[0]["bias_step"] / walks[0]["kernel_step"],
        "fast_speed": walks[-1]["bias_step"] / walks[-1]["kernel_step"],
        "same_at_64": all(walk["same_bits"] for walk in walks if walk["batch_size"] == 64),
        "apart": max(walk["apart"] for walk in walks if walk["batch_size"] == 100),
    }


def with_the_bits(records: list[dict], powers: bool) -> list[str]:
    """The strategies that had the bits of mean_q in all of these whose N is, or isn't, 2^k."""
    kept = [record for record in records if is_power_of_two(record["batch_size"]) == powers]
    names = [name for name in STRATEGIES if any(r["strategy"] == name for r in kept)]
    return [n for n in names if all(r["same_bits"] for r in kept if r["strategy"] == n)]


def same_rows(grid: list[dict]) -> list[tuple]:
    """Network, mode, dtype, and who had the bits at N = 2^k and at other N."""
    rows = []
    for condition in product(NETWORKS, MODES, ("float32", "float64")):
        kept = [r for r in grid if (r["network"], r["mode"], r["dtype"]) == condition]
        if kept:
            names = (in_words(with_the_bits(kept, powers)) for powers in (True, False))
            rows.append((*condition, *names))
    return rows


def distance_rows(grid: list[dict]) -> list[tuple]:
    """Strategy, how often the bits differ, the largest error of each dtype, the median distance."""
    rows = []
    for name in dict.fromkeys(record["strategy"] for record in grid):
        ours = [record for record in grid if record["strategy"] == name]
        different = [record for record in ours if not record["same_bits"]]
        errors = [
            max((r["relative_error"] for r in different if r["dtype"] == dtype), default=0)
            for dtype in ("float32", "float64")
        ]
        median = max((record["median_ulps"] for record in different), default=0)
        how_many = f"{len(different)} of {len(ours)}"
        rows.append((name, how_many, *[f"{error:.1e}" for error in errors], f"{median:.3g}"))
    return rows


def loss(dtype: str, records: list[dict]) -> dict:
    """How target_action loses digits: the law, and where it has lost all of them.

    half_size: the largest |dQ/da| from which the error is above one half; nan if none is.
    complete: whether the error grows from rounding to more than one half.
    """
    errors = [record["error"]["target_action"] for record in records]
    half = [r["dq_da"] for r, error in zip(records, errors, strict=True) if error >= 0.5]
    return law(records) | {
        "half_size": max(half, default=float("nan")),
        "complete": errors[0] < 1e3 * np.finfo(dtype).eps and errors[-1] > 0.5,
    }


def is_noise(gradient: dict) -> bool:
    """Whether the bias's gradient is nothing beside its kernel's, and smaller in float64."""
    tiny = gradient["bias"] < 1e-5 * gradient["kernel"]
    return tiny and gradient["bias_float64"] < 1e-6 * gradient["bias"]


CLAIMS = [
    Claim(
        "plain networks, N = 2^k: output_gradients, get_updates and surrogate have the bits",
        lambda plain_powers: plain_powers == ["output_gradients", "get_updates", "surrogate"],
    ),
    Claim(
        "plain networks, other N: get_updates alone has the bits",
        lambda plain_others: plain_others == ["get_updates"],
    ),
    Claim(
        "layer norm or batch norm, N = 2^k: output_gradients and surrogate have the bits",
        lambda normalised_powers: normalised_powers == ["output_gradients", "surrogate"],
    ),
    Claim(
        "layer norm or batch norm, other N: in some condition each strategy has other bits",
        lambda normalised_others: normalised_others == [],
    ),
    Claim(
        "get_updates has the bits in a graph at every N, with every network",
        lambda get_updates_in_a_graph: all(get_updates_in_a_graph),
    ),
    Claim(
        "no error is larger than ten machine epsilons of the largest component",
        lambda worst: worst["eps_error"] < 10,
    ),
    Claim(
        "target_action's error grows to one half and more in both precisions",
        lambda loss_float32, loss_float64: loss_float32["complete"] and loss_float64["complete"],
    ),
    Claim(
        "its error goes about as one over |dQ/da|",
        lambda loss_float32, loss_float64: all(
            -1.3 < d["slope"] < -0.7 for d in (loss_float32, loss_float64)
        ),
    ),
    Claim(
        "its error is smaller than eps |a| / |dQ/da|",
        lambda loss_float32, loss_float64: all(
            0 < d["ratio"] < 0.5 for d in (loss_float32, loss_float64)
        ),
    ),
    Claim("surrogate keeps the bits at every scale", lambda surrogate_kept: surrogate_kept),
    Claim(
        "the gradient of a bias before a batch norm is rounding noise",
        lambda n64, n100: is_noise(n64) and is_noise(n100),
    ),
    Claim(
        "output_gradients and mean_q have the same noise at N = 64 and not at N = 100",
        lambda n64, n100: n64["same_bits"] and not n100["same_bits"],
    ),
    Claim(
        "Adam moves the bias least where its noise is small beside epsilon, most where it is large",
        lambda slow, fast: fast["dq_da"] / fast["epsilon"] > slow["dq_da"] / slow["epsilon"],
    ),
    Claim(
        "Adam damps the smallest noise and scales up the largest",
        lambda slow_speed, fast_speed: slow_speed < 0.01 and fast_speed > 0.3,
    ),
    Claim(
        "under Adam the biases keep the same bits at N = 64 and drift apart at N = 100",
        lambda same_at_64, apart: same_at_64 and apart > 1,
    ),
]
