"""What was seen, in words that follow from the data."""

from comparisons.ancestors.tables import (
    factor_words,
    main_table,
    relative_words,
    sources_table,
)

ROUNDING = 1e-6
"""Relative distance below which two float32 gradients are called equal up to rounding."""

STILL_ROUNDING = 1e-4
"""Relative distance of weights up to which a training counts as parted by rounding alone."""


def finding(data: dict) -> str:
    """Return the study's page: table, what it means, and where the originals stand."""
    rows = data["rows"]
    return "\n\n".join(
        part
        for part in [
            setting(data),
            main_table(data),
            gradients_sentence(data),
            which_sentence(data),
            todo_sentence(data),
            outputs_sentence(rows),
            epsilon_sentence(data),
            rounding_sentence(data),
            clipping_sentence(data),
            skipped_sentence(data["skipped"]),
            "What was rewritten, and the documents that this project started from:",
            sources_table(rows),
        ]
        if part
    )


def setting(data: dict) -> str:
    """Return what was measured."""
    return (
        f"Each system's actor update, written afresh in its own framework, was given the weights "
        f"and observations that ours was given: {data['observation_dim']} observations, "
        f"{data['action_dim']} actions, two hidden layers of {data['hidden']}, the paper's initial "
        f"weights, {data['weights']:,} numbers in the actor, float32. The factor is theirs over "
        f"ours. Distances of gradients are relative, after division by the factor. Steps are taken "
        f"with the system's own Adam, ours with Keras 3's Adam of the same hyperparameters; the "
        f"distance of weights after {data['steps']} steps is relative to the way gone."
    )


def has_same_bits(row: dict) -> bool:
    """Return whether the gradient is one of ours to the bit at the odd batch size."""
    graph = row["odd_distances"][row["nearest"][0]]["different_bits"]
    return 0 in (graph, row["odd_eager"]["different_bits"])


def gradients_sentence(data: dict) -> str:
    """Return how many systems compute our gradient, and with which factors."""
    rows = data["rows"]
    worst = worst_gradient_distance(rows)
    equal = sum(nearest_distance(row) < ROUNDING for row in rows)
    scaled = [
        f"`{row['name']}` {factor_words(row, data)}"
        for row in rows
        if (row["factor"], row["odd_factor"]) != (1, 1)
    ]
    factors = f"; the factor is not 1 for {', '.join(scaled)}" if scaled else ""
    return (
        f"**{equal} of {len(rows)} compute our gradient up to rounding and a factor** (largest "
        f"distance {worst:.1e}){factors}. A factor of N means a sum over the batch, where the "
        f"equation has a mean."
    )


def nearest_distance(row: dict) -> float:
    """Return the relative distance from the nearest strategy at the power of two."""
    return row["distances"][row["nearest"][0]]["relative"]


def worst_gradient_distance(rows: list[dict]) -> float:
    """Return the largest distance of a system's gradient from its nearest strategy."""
    return max(nearest_distance(row) for row in rows)


def which_sentence(data: dict) -> str:
    """Return what the bits at the odd batch size tell."""
    same = [f"`{row['name']}`" for row in data["rows"] if has_same_bits(row)]
    seen = f"these are ours to the bit: {', '.join(same)}" if same else "none is ours to the bit"
    return (
        f"At N = {data['odd_batch']} the place of 1/N shows in the last bits, and there {seen}. "
        f"{reciprocal_sentence(data)}The others use another library's matrix products, half "
        f"batches, or a factor that is no power of two; which of these costs the bits was not "
        f"taken apart. Not to be told apart: no strategy shares clearly more bits than the next."
    )


def reciprocal_sentence(data: dict) -> str:
    """Return why eager and graph mode differ, as far as a system that gives the sum can tell."""
    sums = [
        row
        for row in data["rows"]
        if row["odd_factor"] != 1 and row["odd_eager"]["different_bits"] == 0
    ]
    if not sums:
        return ""
    row = sums[0]
    other = row["odd_distances"][row["nearest"][0]]["different_bits"]
    same = row["odd_by_reciprocal"]["different_bits"] == 0
    seen = "those of our `tf.function`" if same else "not those of our `tf.function` either"
    return (
        f'"Ours eager" marks bits that our eager mode has and our `tf.function` has not: '
        f"`{row['name']}`'s sum divided by {data['odd_batch']} differs from the latter in "
        f"{other:.0%} of the numbers; multiplied by the rounded 1/{data['odd_batch']} instead its "
        f"bits are {seen}. "
    )


def todo_sentence(data: dict) -> str:
    """Return the answer to the to-do in Hoereth's code."""
    rows = {row["name"]: row for row in data["rows"]}
    todo = rows["hoereth_todo"]
    apart = [todo[key]["output_gradients"]["relative"] for key in ("distances", "odd_distances")]
    sizes = (data["batch"], data["odd_batch"])
    seen = " and ".join(
        f"{relative_words(relative)} at N = {size}"
        for relative, size in zip(apart, sizes, strict=True)
    )
    answer = "yes" if max(apart) < ROUNDING else "no"
    return (
        f"The to-do in Hoereth's code asks whether differentiating Q by the actor's weights would "
        f"be the same: {answer}. Divided by N, beside `output_gradients`: {seen}."
    )


def outputs_sentence(rows: list[dict]) -> str:
    """Return what a critic with one output per action dimension does."""
    several = [row for row in rows if row["q_outputs"] > 1]
    if not several:
        return ""
    parts = []
    for row in several:
        cosines = ", ".join(
            f"{round(cosine, 2) + 0.0:.2f}" for cosine in row["cosines_with_single_outputs"]
        )
        parts.append(f"`{row['name']}` {cosines}")
    return (
        "A critic with one output per action dimension is compared with ours for a critic whose Q "
        "is the mean of those outputs. Cosines of that gradient with the gradient of each output "
        f"alone, at these initial weights: {'; '.join(parts)}."
    )


def epsilon_sentence(data: dict) -> str:
    """Return why single weights part by most of a learning rate in the first step."""
    rows = data["rows"]
    apart = [row for row in rows if row["epsilon_ratio"] != 1]
    if not apart:
        return ""
    error = max(abs(gap(row) - row["predicted_gap"]) for row in apart)
    verdict = "and that is what was seen" if error < 0.01 else "but that is not what was seen"
    flips = sum(row["signs_that_differ"] for row in rows)
    signs = (
        "No weight's gradient has another sign than ours"
        if flips == 0
        else f"{flips} gradients of single weights have another sign than ours"
    )
    groups = {}
    for row in apart:
        numbers = f"{row['predicted_gap']:.3f} predicted, {gap(row):.3f} seen"
        groups.setdefault(numbers, []).append(f"`{row['name']}`")
    examples = "; ".join(f"{numbers} ({', '.join(names)})" for numbers, names in groups.items())
    median, ours = rows[0]["median_gradient"], data["epsilon"] * data["hat_epsilon_ratio"]
    below = "below" if median < ours else "above"
    others = max((gap(row) for row in rows if row["epsilon_ratio"] == 1), default=None)
    rest = "" if others is None else f" Where r = 1 the largest gap is {others:.1e}."
    return (
        f"**Why single weights part by most of a learning rate.** Adam's first step is "
        f"g / (|g| + epsilon): all but sign(g), until |g| comes near epsilon. In TensorFlow's, "
        f"Keras's and MpiAdam's form epsilon counts {data['hat_epsilon_ratio']:.1f}-fold in the "
        f"first step, in the paper's and PyTorch's it does not; a sum instead of a mean makes it "
        f"count less by the factor. With r the ratio of the two epsilons, two first steps can "
        f"differ by at most (sqrt r - 1) / (sqrt r + 1) learning rates, at |g| the geometric mean "
        f"of the two, {verdict}: {examples}. The median |g| of `{rows[0]['name']}` is "
        f"{median:.1e}, {below} the {ours:.1e} that epsilon counts in our first step. "
        f"{signs}.{rest}"
    )


def gap(row: dict) -> float:
    """Return the largest gap of one weight after the first step, in learning rates."""
    return row["apart"]["keras"][0]["largest"]


def rounding_sentence(data: dict) -> str:
    """Return what is left when the form of Adam and the factor are made the same."""
    rows, steps = data["rows"], data["steps"]
    keras = max(row["apart"]["keras"][1]["relative"] for row in rows)
    close = [row for row in rows if same_adam_distance(row) < STILL_ROUNDING]
    text = f"After {steps} steps the weights are apart by up to {keras:.2g} of our way."
    if close:
        largest = max(map(same_adam_distance, close))
        text += (
            f" With the system's form of Adam and its factor on our side too, {len(close)} of "
            f"{len(rows)} stay within {largest:.1e}: for them how much epsilon counts "
            f"(its place, and the factor), not the direction of the gradient, parts the weights."
        )
    for row in rows:
        if row not in close:
            text += (
                f" `{row['name']}` is {same_adam_distance(row):.2g} apart even so"
                f"{jump_words(row['jump'])}."
            )
    return text


def same_adam_distance(row: dict) -> float:
    """Return the distance of the weights after the last step, with the same form of Adam."""
    return row["apart"]["same_adam"][1]["relative"]


def jump_words(jump: dict | None) -> str:
    """Return at which step the gradients parted."""
    if jump is None:
        return ""
    text = (
        f": at step {jump['step']} the distance of the gradients jumps from "
        f"{jump['before']:.1e} to {jump['after']:.1e}"
    )
    if jump["gates"]:
        gates = "gate" if jump["gates"] == 1 else "gates"
        text += (
            f", with {jump['gates']} ReLU {gates} (one unit at one observation) open in one of the "
            f"two trainings and shut in the other"
        )
    return text


def clipping_sentence(data: dict) -> str:
    """Return what clipping does: keras-rl's limit, and Baselines' order of clip and average."""
    parts = []
    for row in data["rows"]:
        if row["clipnorm"] is not None:
            acts = "acts" if row["largest_gradient_norm"] > row["clipnorm"] else "never acts"
            parts.append(
                f"`{row['name']}`'s limit of {row['clipnorm']:g} for the norm of a weight's "
                f"gradient {acts} here (largest {row['largest_gradient_norm']:.1e})."
            )
    clip = data["clipping"]
    parts.append(
        f"In `baselines` each of {clip['workers']} workers clips before the average: with a limit "
        f"of half the largest norm ({clip['limit']:.1e}) that is {clip['relative']:.1%} away from "
        f"clipping the average."
    )
    return " ".join(parts)


def skipped_sentence(skipped: dict) -> str:
    """Return which systems were not run because their framework is missing."""
    if not skipped:
        return ""
    names = ", ".join(f"`{name}` (needs {package})" for name, package in skipped.items())
    return f"Skipped: {names}. Install with: `pip install -e '.[comparisons]'`."
