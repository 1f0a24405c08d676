"""What was seen, in words that follow from the data."""

from comparisons.lockstep.groups import OTHER_SEED, healed, kept, parted, title_of
from ddpg_tf.training.lockstep import REFERENCE


def finding(data: dict) -> str:
    """Return what was seen."""
    lines = [
        f"Each strategy but jacobian, too large for whole trainings, was trained on "
        f"{data['env_id']}, compiled with XLA, from seed 0. A fingerprint of actor and critic was "
        "held against mean_q's after each update, all weights after each call of the learner.",
        "",
        "| condition | updates | strategy | first different update "
        "| largest difference of a weight at the end | first different transition (step) "
        "| last return |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for group in data["groups"]:
        lines += [table_row(group, name) for name in group["runs"]]
    seeds = data["seeds"]
    updates = seeds["differences"][-1][0]
    lines += [
        f"| batch 64, with the fence | {updates:,} | {OTHER_SEED} | from the start | "
        f"{seeds['differences'][-1][1]:.2g} | from the start | {seeds['returns']['1'][-1]:.0f} |",
        "",
        *[f"- {sentence(group)}" for group in data["groups"]],
        "",
        fence_sentence(data),
        "",
        seed_sentence(data),
    ]
    return "\n".join(lines)


def table_row(group: dict, name: str) -> str:
    """Return a row of the table."""
    run = group["runs"][name]
    update, step = run["first_different_update"], run["first_different_step"]
    cells = (
        title_of(group),
        f"{run['differences'][-1][0]:,}",
        name,
        "-" if name == REFERENCE else "none" if update is None else f"{update:,}",
        f"{run['differences'][-1][1]:.2g}",
        "-" if name == REFERENCE else "none" if step is None else f"{step:,}",
        f"{run['eval_returns'][-1]:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def sentence(group: dict) -> str:
    """Return what was seen in one group."""
    runs = group["runs"]
    clauses = []
    if kept(group):
        clauses.append(f"{', '.join(kept(group))} kept the bits of {REFERENCE} throughout")
    for name, first in parted(group).items():
        end = runs[name]["differences"][-1][1]
        grew = (
            "but ended with equal weights: later rounding had absorbed the difference"
            if name in healed(group)
            else f"and ended up to {end:.2g} away"
        )
        clauses.append(f"{name} parted at update {first:,} {grew}")
    text = "; ".join(clauses)
    return f"{title_of(group).capitalize()}: {text}."


def fence_sentence(data: dict) -> str:
    """Return what became different without the fence."""
    half = len(data["groups"]) // 2
    changes = []
    for fenced, bare in zip(data["groups"][:half], data["groups"][half:], strict=True):
        lost = [name for name in kept(fenced) if name in parted(bare)]
        won = [name for name in kept(bare) if name in parted(fenced)]
        names = [f"{name} (update {parted(bare)[name]:,})" for name in lost]
        place = title_of(fenced).removesuffix(", with the fence")
        if names:
            changes.append(f"at {place}, {' and '.join(names)} parted that kept the bits with it")
        if won:
            changes.append(f"at {place}, {' and '.join(won)} kept the bits that parted with it")
    if not changes:
        return "Taking the fence away changed nothing in which strategies kept the bits of mean_q."
    return f"What changed when the fence was taken away: {'; '.join(changes)}."


def seed_sentence(data: dict) -> str:
    """Return how a different bit compares with a different seed."""
    last = {seed: returns[-1] for seed, returns in data["seeds"]["returns"].items()}
    between_seeds = abs(last["0"] - last["1"])
    groups = [g for g in data["groups"] if g["fenced"] and g["normalization"] == "none"]
    gaps = [
        abs(group["runs"][name]["eval_returns"][-1] - group["runs"][REFERENCE]["eval_returns"][-1])
        for group in groups
        for name in parted(group)
    ]
    weights = [
        group["runs"][name]["differences"][-1][1] for group in groups for name in parted(group)
    ]
    if not gaps:
        return (
            "No plain run with the fence parted from mean_q; another seed moved the last return "
            f"by {between_seeds:.0f}."
        )
    larger = "less" if max(gaps) < between_seeds else "as much as or more"
    far = data["seeds"]["differences"][-1][1]
    return (
        f"Another seed ended with weights up to {far:.2g} away and "
        f"a last return {between_seeds:.0f} from the first seed's. The plain runs with the fence "
        f"that parted by rounding alone ended with weights up to {max(weights):.2g} away and "
        f"returns up to {max(gaps):.0f} from mean_q's: {larger} than a seed. One pair of seeds; "
        "a gap of returns is one draw, not a measure of either effect's spread."
    )
