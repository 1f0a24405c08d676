"""The two tables of the page."""

TOLD_APART = 0.8
"""Largest share of different bits, over that of the next strategy, that tells the two apart."""


def main_table(data: dict) -> str:
    """Return the table of systems."""
    n, odd, steps = data["batch"], data["odd_batch"], data["steps"]
    lines = [
        f"| system | framework | factor | distance at N={n} | which of ours, told by the bits at "
        f"N={odd} | 1 step: largest gap of a weight, in learning rates | {steps} steps: distance | "
        f"the same with the system's form of Adam |",
        "|---|---|---:|---:|---|---:|---:|---:|",
    ]
    for row in data["rows"]:
        keras, same = row["apart"]["keras"], row["apart"]["same_adam"]
        gradient = row["distances"][row["nearest"][0]]["relative"]
        lines.append(
            f"| {row['name']} | {row['framework']} | {factor_words(row, data)} | "
            f"{relative_words(gradient)} | {which(row)} | {keras[0]['largest']:.2g} | "
            f"{relative_words(keras[1]['relative'])} | {relative_words(same[1]['relative'])} |"
        )
    return "\n".join(lines)


def relative_words(relative: float) -> str:
    """Return a relative distance; zero means that every bit is the same."""
    if relative == 0:
        return "same bits"
    return f"{relative:.2g}" if relative > 0.01 else f"{relative:.1e}"


def factor_words(row: dict, data: dict) -> str:
    """Return the factor as a multiple of N if it is one at both batch sizes."""
    per_row = row["factor"] / data["batch"]
    if per_row == row["odd_factor"] / data["odd_batch"] and per_row == round(per_row):
        return "N" if per_row == 1 else f"{per_row:.0f} N"
    if row["factor"] == row["odd_factor"]:
        return f"{row['factor']:g}"
    return f"{row['factor']:.4g} and {row['odd_factor']:.4g}"


def which(row: dict) -> str:
    """Return the nearest strategies and how many of their bits are the system's."""
    if not told_apart(row):
        return "not to be told apart"
    names = " = ".join(row["nearest"])
    different = row["odd_distances"][row["nearest"][0]]["different_bits"]
    if different == 0:
        return f"{names}: same bits"
    if row["odd_eager"]["different_bits"] == 0:
        return f"{names}: same bits (ours eager)"
    return f"{names}: {1 - different:.0%} of the numbers have the same bits"


def told_apart(row: dict) -> bool:
    """Return whether the nearest strategies have clearly fewer different bits than the next."""
    different = {name: apart["different_bits"] for name, apart in row["odd_distances"].items()}
    best = different[row["nearest"][0]]
    return all(
        best < TOLD_APART * share for name, share in different.items() if name not in row["nearest"]
    )


def sources_table(rows: list[dict]) -> str:
    """Return where each original stands."""
    lines = ["| system | lines rewritten | described in |", "|---|---|---|"]
    lines += [f"| {row['name']} | {row['lines']} | {row['seeds']} |" for row in rows]
    return "\n".join([*lines, "", DOCUMENTS])


DOCUMENTS = (
    "000: notes in Chinese on details of DDPG that compare four implementations; 001: Hoereth's "
    "slides on DQN and DDPG in code; 002: a walk through OpenAI Baselines' DDPG, in Chinese; 003: "
    "Skylark's notes on DDPG and TD3; 004: notes on the paper."
)
"""The documents that this project started from, by their numbers."""
