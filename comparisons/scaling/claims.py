"""What the finding asserts, and the numbers that it names."""

from comparisons.scaling.on_paper import (
    all_reduce_seconds,
    fastest,
    ring_bytes,
    update_seconds,
)
from comparisons.study import Claim, table_rows

MANY = 100
"""Workers in the reasoning about many."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data.

    Speeds are [one worker, two]; averaging is the share of an update with two workers.
    """
    link, cases = data["link"], data["cases"]
    small, large = cases["small"], cases["large"]
    sizes = small["sizes"]
    return {
        "measured_rows": table_rows(row for case in cases.items() for row in measured_rows(*case)),
        "paper_rows": table_rows(
            paper_row(name, case, workers, link)
            for name, case in cases.items()
            for workers in (1, 2, 8, 64)
        ),
        "small_ms": 1e3 * small["seconds"]["all_reduce"],
        "large_ms": 1e3 * large["seconds"]["all_reduce"],
        "small_share": averaging_share(small),
        "large_share": averaging_share(large),
        "small_speedup": small["seconds"]["graph"] / small["seconds"]["together"],
        "large_speedup": large["seconds"]["graph"] / large["seconds"]["together"],
        "small_run": speeds(small)["run"],
        "large_run": speeds(large)["run"],
        "hop_us": 1e6 * link["hop"],
        "ns_per_byte": 1e9 * link["seconds_per_byte"],
        "many": MANY,
        "waiting_ms": 1e3 * all_reduce_seconds(sizes["gradient_bytes"], MANY, link),
        "fastest_small": fastest(small, link),
        "fastest_large": fastest(large, link),
        "replay_mb": sizes["replay_bytes"] / 1e6,
        "gradient_kb": sizes["gradient_bytes"] / 1e3,
        "batch_kb": sizes["batch_bytes"] / 1e3,
        "transition_bytes": sizes["transition_bytes"],
        "times_larger": sizes["gradient_bytes"] / sizes["transition_bytes"],
    }


def averaging_share(case: dict) -> float:
    """The share of an update with two workers that averaging takes by itself."""
    return case["seconds"]["all_reduce"] / case["seconds"]["together"]


def speeds(case: dict) -> dict[str, tuple[float, float]]:
    """What one worker and two do per second: updates, or steps of the environment in a run."""
    seconds = case["seconds"]
    return {
        "graph": (1 / seconds["graph"], 1 / seconds["together"]),
        "xla": (1 / seconds["xla"], 1 / seconds["together"]),
        "run": (1 / seconds["run_alone"], 2 / seconds["run_together"]),
    }


def measured_rows(name: str, case: dict) -> list[list[str]]:
    """The cells of a case's speeds, of one worker and of two."""
    widths = "-".join(map(str, case["hidden_sizes"]))
    labels = [f"{name}: batch {case['batch_size']}, networks {widths}", "", ""]
    titles = (
        "updates per second, neither with XLA",
        "updates per second, one worker with XLA",
        "whole run: environment steps per second, all workers together",
    )
    return [
        [label, title, f"{one:,.1f}", f"{two:,.1f}", f"{two / one:.2f}"]
        for label, title, (one, two) in zip(labels, titles, speeds(case).values(), strict=True)
    ]


def paper_row(name: str, case: dict, workers: int, link: dict) -> list[str]:
    """The cells of what an update computes and sends with a number of workers."""
    sizes = case["sizes"]
    averaging = all_reduce_seconds(sizes["gradient_bytes"], workers, link)
    total = update_seconds(case, workers, link)
    return [
        name,
        str(workers),
        f"{sizes['flops'] / workers / 1e6:,.1f} MFLOP",
        f"{ring_bytes(sizes['gradient_bytes'], workers) / 1e6:.2f} MB",
        f"{1e3 * (total - averaging):.2f} ms",
        f"{1e3 * averaging:.1f} ms",
        f"{1e3 * total:.1f} ms",
    ]


CLAIMS = [
    Claim(
        "small updates are faster with one worker, as updates and as a whole run",
        lambda small_speedup, small_run: small_speedup < 1 and small_run[1] < small_run[0],
        in_quick_runs=False,
    ),
    Claim(
        "averaging is most of a small update",
        lambda small_share: small_share > 0.5,
        in_quick_runs=False,
    ),
    Claim(
        "large updates are not faster with two workers, but a whole run with them is",
        lambda large_speedup, large_run: large_speedup < 1 and large_run[1] > large_run[0],
        in_quick_runs=False,
    ),
    Claim(
        "averaging is a smaller share of a large update",
        lambda small_share, large_share: large_share < small_share,
        in_quick_runs=False,
    ),
    Claim(
        "on paper, small updates are fastest with one worker, large ones with a few",
        lambda fastest_small, fastest_large: fastest_small == 1 < fastest_large < 10,
        in_quick_runs=False,
    ),
    Claim(
        "a hundred workers have less than one transition of a small batch each",
        lambda many, cases: cases["small"]["batch_size"] < many,
    ),
    Claim(
        "an update's gradients are much larger than its batch, and than a transition",
        lambda gradient_kb, batch_kb, times_larger: (
            gradient_kb > 100 * batch_kb and times_larger > 1e3
        ),
    ),
]
