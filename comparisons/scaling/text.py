"""What was seen, in words."""

from comparisons.scaling.on_paper import all_reduce_seconds, ring_bytes, update_seconds

MANY = 100


def finding(data: dict) -> str:
    """Return what was measured with two workers, and what follows for many."""
    small, large = data["cases"]["small"], data["cases"]["large"]
    return "\n\n".join(
        [
            measured_table(data["cases"]),
            measured_words(small, large),
            paper_table(data),
            paper_words(data),
        ]
    )


def measured_table(cases: dict) -> str:
    """Return the speeds of one worker and of two."""
    lines = [
        "| Pendulum-v1 | | one worker | two workers | ratio |",
        "|---|---|---:|---:|---:|",
    ]
    for name, case in cases.items():
        seconds = case["seconds"]
        widths = "-".join(map(str, case["hidden_sizes"]))
        label = f"{name}: batch {case['batch_size']}, networks {widths}"
        rows = {
            "updates a second, neither with XLA": (1 / seconds["graph"], 1 / seconds["together"]),
            "updates a second, one worker with XLA": (1 / seconds["xla"], 1 / seconds["together"]),
            "whole run: environment steps a second, of all workers": (
                1 / seconds["run_alone"],
                2 / seconds["run_together"],
            ),
        }
        for title, (one, two) in rows.items():
            lines.append(f"| {label} | {title} | {one:,.1f} | {two:,.1f} | {two / one:.2f} |")
            label = ""
    return "\n".join(lines)


def measured_words(small: dict, large: dict) -> str:
    """Return what the table means."""
    times = [case["seconds"] for case in (small, large)]
    milliseconds = [1e3 * seconds["all_reduce"] for seconds in times]
    shares = [seconds["all_reduce"] / seconds["together"] for seconds in times]
    return (
        "Each worker has one core; two workers share each batch and step an environment each. "
        f"Averaging the gradients by itself takes {milliseconds[0]:.1f} ms for a small update, "
        f"{shares[0]:.0%} of the whole, and {milliseconds[1]:.1f} ms for a large one, "
        f"{shares[1]:.0%}: what a worker saves by computing half a batch has to be more than that. "
        "XLA compiles nothing in the learner of several workers: it has no operation that waits "
        "for another process."
    )


def paper_table(data: dict) -> str:
    """Return what an update computes and sends for several numbers of workers."""
    lines = [
        "| case | workers | computing, each | sends, each | computing | averaging | an update |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, case in data["cases"].items():
        sizes = case["sizes"]
        for workers in (1, 2, 8, 64):
            averaging = all_reduce_seconds(sizes["gradient_bytes"], workers, data["link"])
            total = update_seconds(case, workers, data["link"])
            lines.append(
                f"| {name} | {workers} | {sizes['flops'] / workers / 1e6:,.1f} MFLOP "
                f"| {ring_bytes(sizes['gradient_bytes'], workers) / 1e6:.2f} MB "
                f"| {1e3 * (total - averaging):.2f} ms | {1e3 * averaging:.1f} ms "
                f"| {1e3 * total:.1f} ms |"
            )
    return "\n".join(lines)


def paper_words(data: dict) -> str:
    """Return the reasoning about many workers."""
    link, sizes = data["link"], data["cases"]["small"]["sizes"]
    waiting = 1e3 * all_reduce_seconds(sizes["gradient_bytes"], MANY, link)
    best = {name: fastest(case, link) for name, case in data["cases"].items()}
    gradient, transition = sizes["gradient_bytes"], sizes["transition_bytes"]
    return (
        f"On paper, with what a message cost here ({1e6 * link['hop']:.0f} us, and "
        f"{1e9 * link['seconds_per_byte']:.2f} ns a byte): what each worker computes falls as "
        "1 / N, what it sends stays below twice the gradients' size, but in a ring of N workers "
        f"2 (N - 1) messages wait for one another, so that {MANY} workers would spend "
        f"{waiting:,.0f} ms on averaging in each small update. On the same batch the fastest "
        f"update would be that of {workers(best['small'])} in the small case, and of "
        f"{workers(best['large'])} in the large one.\n\n"
        "The replay lives with the worker that filled it "
        f"({sizes['replay_bytes'] / 1e6:.0f} MB for the default ring on Pendulum-v1), and no "
        f"transition is ever sent. The gradients of a small update are {gradient / 1e3:,.0f} kB, "
        f"its whole batch is {sizes['batch_bytes'] / 1e3:.1f} kB, and the one transition that a "
        f"worker adds for it {transition} bytes, {gradient / transition:,.0f} times less than the "
        f"gradients. So with {MANY} workers, for each of whom a small batch has not even one "
        "transition, one would send experience rather than gradients: many "
        "actors, each with a copy of the policy that is a little old, fill a replay beside one "
        "learner, as in Ape-X (Horgan et al. 2018, arXiv 1803.00933) and D4PG (Barth-Maron et al. "
        "2018, arXiv 1804.08617). Averaging gradients is for updates that take long to compute: "
        "large batches, large networks, images."
    )


def workers(number: int) -> str:
    """Return the number with its noun."""
    return f"{number} worker" if number == 1 else f"{number} workers"


def fastest(case: dict, link: dict) -> int:
    """Return the number of workers, at most one for each transition, with the fastest update."""
    return min(range(1, case["batch_size"] + 1), key=lambda n: update_seconds(case, n, link))
