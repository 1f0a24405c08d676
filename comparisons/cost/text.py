"""What was seen, in words, from the data alone."""

MODE_NAMES = {"eager": "eagerly", "graph": "in a graph", "xla": "under XLA"}


NOTABLE = 0.10
"""Differences of time below this share are not worth a word: one and the same program can differ
by as much from itself."""


def finding(data: dict) -> str:
    """Return what was seen."""
    return "\n\n".join(
        [
            table(data),
            *[mode_sentence(data, mode) for mode in MODE_NAMES],
            scaling_sentence(data),
            memory_sentence(data["memory"]),
            jacobian_sentence(data["jacobian"]),
        ]
    )


def table(data: dict) -> str:
    """Return the ratios of times to mean_q."""
    heads = [f"{what} {mode}" for what in ("gradient", "update") for mode in MODE_NAMES]
    lines = [
        f"Time relative to mean_q's (median over rounds in turns), batch {data['batch_size']}, "
        f"two hidden layers of {data['width']}; mean_q's own least time in ms in brackets.",
        "",
        f"| strategy | {' | '.join(heads)} |",
        "|---|" + "---:|" * len(heads),
    ]
    for name in data["gradient"]["eager"]:
        cells = [
            cell(name, data[what][mode][name])
            for what in ("gradient", "update")
            for mode in MODE_NAMES
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(name: str, row: dict) -> str:
    """Return a ratio, or for mean_q its time too."""
    own = f" ({row['least_ms']:.2f})" if name == "mean_q" else ""
    return f"{row['ratio']:.2f}{own}"


def mode_sentence(data: dict, mode: str) -> str:
    """Say which strategies are slower or faster than mean_q beyond the scatter of the rounds."""
    parts = [
        f"a {'whole update' if what == 'update' else 'gradient'} {differences(data[what][mode])}"
        for what in ("gradient", "update")
    ]
    return f"Run {MODE_NAMES[mode]}, {parts[0]}; {parts[1]}."


def differences(rows: dict) -> str:
    """Say whose middle half of rounds lies wholly above or below mean_q's time."""
    slower = [name for name, row in rows.items() if row["low"] > 1 and row["ratio"] > 1 + NOTABLE]
    faster = [name for name, row in rows.items() if row["high"] < 1 and row["ratio"] < 1 - NOTABLE]
    if not slower and not faster:
        return f"takes the same time with every strategy, to {NOTABLE:.0%} or the scatter of rounds"
    described = [
        f"{relation} with {', '.join(with_ratio(name, rows) for name in names)}"
        for relation, names in (("longer", slower), ("less", faster))
        if names
    ]
    return f"takes {' and '.join(described)} than with mean_q in most rounds"


def scaling_sentence(data: dict) -> str:
    """Say how far from mean_q any strategy comes over batch sizes and widths, compiled."""
    settings = data["over_batch"] + data["over_width"]
    ratios = [row["ratio"] for setting in settings for row in setting["xla"].values()]
    own = [setting["xla"]["mean_q"]["least_ms"] for setting in data["over_batch"]]
    batches, widths = data["batches"], data["widths"]
    return (
        f"Under XLA a gradient of mean_q takes {own[0]:.2f} ms at batch {batches[0]} and "
        f"{own[-1]:.2f} ms at batch {batches[-1]}. Over these batches and the widths {widths[0]} "
        f"to {widths[-1]} the strategies take {min(ratios):.2f} to {max(ratios):.2f} times as long."
    )


def with_ratio(name: str, rows: dict) -> str:
    """Return 'name (ratio)'."""
    return f"{name} ({rows[name]['ratio']:.2f})"


def memory_sentence(memory: dict) -> str:
    """Say how much memory a gradient needs, by XLA's plan and by the process's peak."""
    parts = [
        f"Peak memory of one gradient at batch {memory['batch_size']}, width {memory['width']}."
    ]
    planned = {name: size for name, size in memory["xla"].items() if size is not None}
    if planned:
        parts.append(
            "XLA's buffer assignment plans temporary buffers of "
            + (
                f"{min(planned.values()):.1f} MiB for each strategy."
                if max(planned.values()) == min(planned.values())
                else f"{min(planned.values()):.1f} to {max(planned.values()):.1f} MiB "
                f"(largest: {max(planned, key=planned.get)})."
            )
        )
    for mode in ("eager", "graph"):
        seen = {name: size for name, size in memory[mode].items() if size is not None}
        if seen:
            parts.append(
                f"{MODE_NAMES[mode].capitalize()} it raises the peak of a process by "
                f"{min(seen.values()):.0f} to {max(seen.values()):.0f} MiB "
                f"(most: {max(seen, key=seen.get)})."
            )
    return " ".join(parts)


def jacobian_sentence(jacobian: dict) -> str:
    """Say how the Jacobian grows and what it costs."""
    first, last = jacobian["rows"][0], jacobian["rows"][-1]
    buffers = last["xla_bytes"]
    planned = (
        f" XLA plans {buffers['jacobian'] / 2**20:.1f} MiB of temporary buffers with it and "
        f"{buffers['mean_q'] / 2**20:.2f} MiB for mean_q."
        if all(buffers.values())
        else ""
    )
    return (
        f"The full Jacobian, batch {jacobian['batch_size']}, {jacobian['action_size']} actions: "
        f"{first['bytes'] / 2**20:.2f} MiB at width {first['width']}, {last['bytes'] / 2**20:.1f} "
        f"MiB at width {last['width']}, and a gradient takes "
        f"{first['graph']['jacobian']['ratio']:.1f} and {last['graph']['jacobian']['ratio']:.1f} "
        f"times as long as mean_q's in a graph, {first['xla']['jacobian']['ratio']:.1f} and "
        f"{last['xla']['jacobian']['ratio']:.1f} times under XLA.{planned}"
    )
