"""The hidden tests of homework 2.

The three gradients are diagnosed (`ddpg_tf.diagnosis`): compared with float64, then with the
catalogue of known mistakes. If they are right, the way counts: which gradients TensorFlow was asked
for (`measure.py`). The other answers are compared with the definition, number by number.
"""

# ruff: noqa: D103 -- each function is the test of the question of its name
import functools
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ddpg_tf.sandbox.cleaning import clean
from tutorials.homework.checking import measure
from tutorials.homework.judging import (
    Finding,
    Mistake,
    NotRight,
    expect_function,
    judge,
    judge_value,
)


def output_gradients(answer: Any) -> None:
    judge_way(two_steps, judge_gradients("output_gradients", answer))


def mean_q(answer: Any) -> None:
    judge_way(one_tape, judge_gradients("mean_q", answer))


def symbolic_update(answer: Any) -> None:
    judge_way(one_graph, judge_gradients("symbolic_update", answer))


def judge_gradients(name: str, answer: Any) -> dict:
    """Diagnose a function of (actor, critic, observations), or one that performs the update.

    What was measured, if its gradient is right: see `measure.run_cases`.
    """
    from ddpg_tf.diagnosis.cases import default_cases
    from ddpg_tf.diagnosis.submission import verdict_on

    measured = measured_in_cases(name, answer)
    verdict = verdict_on(measured, default_cases())
    if verdict.outcome == "mistake":
        kind = Mistake if verdict.mistake else Finding
        raise kind(f"[{verdict.name}] {told(verdict)}")
    if not verdict.correct:
        raise NotRight(f"{name}: {told(verdict)}")
    return measured


def measured_in_cases(name: str, answer: Any) -> dict:
    """What the function did in the diagnosis' cases; two tests of a question measure once."""
    from tutorials.homework.gradient.measure import run_cases

    expect_function(name, answer)
    if LAST.get("answer") is not answer:
        try:
            LAST.update(answer=answer, measured=measure(answer, run_cases))
        except Exception as error:
            raise NotRight(f"{name}: {clean(str(error))}") from None
    return LAST["measured"]


LAST: dict[str, Any] = {}
"""The answer that was measured last, and what was measured."""


def judge_way(problem_of: Callable[[Sequence[dict]], str], measured: dict) -> None:
    """Raise a Mistake if a gradient that is right was computed in another way than was asked.

    The first call of each case counts: a graph that was drawn there need not be drawn again.
    """
    from ddpg_tf.diagnosis.cases import default_cases

    first = 0
    for case in default_cases():
        problem = problem_of(measured["ways"][first])
        if problem:
            raise Mistake(f"[{problem}] {WAYS[problem]}")
        first += len(case.calls)


WAYS = {
    "no_chain_rule": "The numbers are right, but the chain rule is not written out: where is dQ/da,"
    " and where does it go into `output_gradients=`?",
    "not_one_tape": "The numbers are right, but one tape was asked for, and one gradient.",
    "no_scalar_loss": "The numbers are right, but the gradient of a scalar loss was asked for.",
    "no_symbolic_graph": "The step is right, but `tf.gradients` in a graph was asked for, not a"
    " tape.",
    "step_outside_the_graph": "The step is right, but it, too, should be drawn in the"
    " `tf.function`.",
}
"""What is not asked for, though it gives the right numbers: name -> hint."""


def gradients_by_tape(way: Sequence[dict]) -> list[dict]:
    """The gradients that tapes were asked for."""
    return [event for event in way if event["what"] in ("gradient", "jacobian", "batch_jacobian")]


def two_steps(way: Sequence[dict]) -> str:
    """Question 2: first dQ/da, then onwards from there to the weights, and in no other way.

    What goes on must be the actions, by their shape: students may watch a copy of them.
    """
    asked = gradients_by_tape(way)
    slopes = [shape for event in asked if not event["of_weights"] for shape in event["sources"]]
    to_weights = [event for event in asked if event["of_weights"]]
    goes_on = all(
        event["onwards"] and all(shape in slopes for shape in event["targets"])
        for event in to_weights
    )
    return "" if to_weights and goes_on and len(asked) == len(way) else "no_chain_rule"


def one_tape(way: Sequence[dict]) -> str:
    """Question 3: one gradient, that of a scalar."""
    asked = gradients_by_tape(way)
    if len(asked) != 1 or len(way) != 1 or asked[0]["onwards"]:
        return "not_one_tape"
    return "" if asked[0]["targets"] == [[]] else "no_scalar_loss"


def one_graph(way: Sequence[dict]) -> str:
    """Question 4: gradients and step, both inside a graph."""
    drawn = [event for event in way if event["what"] == "gradients" and event["in_graph"]]
    if gradients_by_tape(way) or not drawn:
        return "no_symbolic_graph"
    steps = [event for event in way if event["what"] == "apply"]
    return "" if steps and all(s["in_graph"] for s in steps) else "step_outside_the_graph"


def returned_loss(answer: Any) -> None:
    """Question 4: what it returns is the loss before the step."""
    from ddpg_tf.diagnosis.cases import default_cases

    losses = list(measured_in_cases("symbolic_update", answer)["losses"])
    calls = [(case, i) for case in default_cases() for i in range(len(case.calls))]
    if len(losses) < len(calls):
        raise NotRight("symbolic_update did not finish in every case")
    found = [loss_named(loss, *call) for loss, call in zip(losses, calls, strict=True)]
    for name, advice in LOSSES.items():
        if all(name in names for names in found):
            raise Mistake(f"[{name}] {advice}")
    if not all("right" in names for names in found):
        raise NotRight("symbolic_update: what it returns is not the loss before the step")


LOSSES = {
    "no_loss_returned": "What is returned is not a single number: the loss is asked for.",
    "loss_after_the_step": "This is the loss after the step; it should be the one before.",
    "mean_q_returned": "This is the mean of Q; the loss is its negative.",
    "summed_loss_returned": "The loss is a mean over the batch, not a sum.",
}
"""What people return in place of the loss before the step: name -> hint."""


def loss_named(loss: Any, case: Any, index: int) -> set[str]:
    """Which of LOSSES a returned number is in a call of a case, or "right"."""
    if not isinstance(loss, float):
        return {"no_loss_returned"}
    before, after, scale = expected_losses(case, index)
    size = len(case.calls[index].observations)
    wanted = {
        "right": before,
        "loss_after_the_step": after,
        "mean_q_returned": -before,
        "summed_loss_returned": size * before,
    }
    return {name for name, value in wanted.items() if abs(loss - value) <= 1e-4 * scale}


@functools.lru_cache(maxsize=64)
def expected_losses(case: Any, index: int) -> tuple[float, float, float]:
    """-mean Q before and after the right step, and the mean size of Q before, in float64."""
    from ddpg_tf.diagnosis.cases import LEARNING_RATE
    from ddpg_tf.diagnosis.reference import in_float64, reference

    actor, critic, observations = in_float64(case, index)

    def values():
        return critic([observations, actor(observations, training=True)], training=False).numpy()

    before = values()
    for weight, gradient in zip(
        actor.trainable_variables, reference(case, index).gradients, strict=True
    ):
        weight.assign(weight - LEARNING_RATE * gradient)
    return -float(before.mean()), -float(values().mean()), float(np.abs(before).mean())


def told(verdict: Any) -> str:
    """The verdict as the student reads it: what and where to look, then its other lines."""
    further = [line for line in verdict.lines() if line[0] not in ("what", "hint")]
    parts = [f"{verdict.explanation.rstrip('.')}. {verdict.hint}"]
    parts += [f"{label}: {text}" for label, text in further]
    return "\n".join(clean(part) for part in parts)


def by_hand(answer: Any, weight: float, best: float, states: Sequence[float]) -> None:
    def loss(w):
        return sum(0.5 * (w * s - best) ** 2 for s in states) / 2

    def slope(a, step=1e-5):
        return (-0.5 * (a + step - best) ** 2 + 0.5 * (a - step - best) ** 2) / (2 * step)

    slopes = [slope(weight * s) for s in states]
    gradient = (loss(weight + 1e-5) - loss(weight - 1e-5)) / 2e-5
    wrong = {
        "wrong_sign": ([*slopes, -gradient], "The loss is -Q: which way is downhill?"),
        "sum_for_mean": ([*slopes, 2 * gradient], "The batch has two states; a mean is asked for."),
        "slope_of_minus_q": ([-slopes[0], -slopes[1], gradient], "Give dQ/da, not its negative."),
        "actor_forgotten": (
            [*slopes, -sum(slopes) / 2],
            "The chain rule's second factor, da/dw, is missing.",
        ),
        "averaged_before_the_chain_rule": (
            [*slopes, -sum(slopes) / 2 * sum(states) / 2],
            "First multiply sample by sample, then take the mean.",
        ),
        "at_the_state": (
            [*(slope(s) for s in states), gradient],
            "dQ/da is taken at the action mu(s) = w s.",
        ),
    }
    judge_value("by_hand", answer, [*slopes, gradient], wrong)


def bits(number: np.floating) -> str:
    """The bits of a float32 or float64."""
    letter = "f" if number.dtype == np.float32 else "d"
    return "".join(f"{byte:08b}" for byte in struct.pack(f">{letter}", float(number)))


def same_bits(answer: Any) -> None:
    def reference(left, right):
        if len(left) != len(right):
            return False
        for a, b in zip(left, right, strict=True):
            if a.dtype != b.dtype or a.shape != b.shape:
                return False
            if any(bits(x) != bits(y) for x, y in zip(a.flat, b.flat, strict=True)):
                return False
        return True

    def values(compare):
        def compute(left, right):
            return len(left) == len(right) and all(
                a.shape == b.shape and a.dtype == b.dtype and bool(compare(a, b))
                for a, b in zip(left, right, strict=True)
            )

        return compute

    def close_for_equal(left, right):
        """Numbers that are merely close count as the same."""
        return values(np.allclose)(left, right)

    def signed_zeros(left, right):
        """0.0 == -0.0 is true; are their bits the same?"""
        return values(lambda a, b: np.array_equal(a, b, equal_nan=True))(left, right)

    def values_for_bits(left, right):
        """`==` compares values: 0.0 equals -0.0, and a NaN equals nothing. Compare bits."""
        return values(np.array_equal)(left, right)

    def dtype_ignored(left, right):
        """A float32 and a float64 of the same value have different bits."""
        return len(left) == len(right) and all(
            reference([np.float64(a)], [np.float64(b)]) for a, b in zip(left, right, strict=True)
        )

    def shape_ignored(left, right):
        """Arrays of different shapes count as the same."""
        return len(left) == len(right) and all(
            reference([a.ravel()], [b.ravel()]) for a, b in zip(left, right, strict=True)
        )

    def length_ignored(left, right):
        """One list may be longer than the other: zip stops at the shorter one."""
        return all(reference([a], [b]) for a, b in zip(left, right, strict=False))

    def array_equal_alone(left, right):
        """`np.array_equal` compares values, not bits or dtypes."""
        return len(left) == len(right) and all(
            np.array_equal(a, b) for a, b in zip(left, right, strict=True)
        )

    def array_equal_of_pairs(left, right):
        """`np.array_equal` compares values, not bits or dtypes; and zip stops at the shorter."""
        return all(np.array_equal(a, b) for a, b in zip(left, right, strict=False))

    def allclose_of_pairs(left, right):
        """Numbers that are merely close count as the same; and zip stops at the shorter list."""
        return all(
            a.shape == b.shape and np.allclose(a, b) for a, b in zip(left, right, strict=False)
        )

    def first_only(left, right):
        """Only the first arrays of the lists are compared."""
        return reference(left[:1], right[:1]) and len(left) == len(right)

    one = np.float32([1.5, -2.0, 3.25])
    near = np.nextafter(one, np.float32(9))
    nan = np.float32([np.nan, 1.0])
    cases = [
        ([one, one], [one, one]),
        ([one, one], [one, near]),
        ([near, one], [one, one]),
        ([np.float32([0.0])], [np.float32([-0.0])]),
        ([nan], [nan]),
        ([one], [np.float64(one)]),
        ([one], [one[None]]),
        ([one], [one, one]),
        ([one, near], [one]),
        ([np.float64([0.1])], [np.nextafter(np.float64([0.1]), 1)]),
        ([], []),
    ]
    mistakes = [close_for_equal, values_for_bits, signed_zeros, dtype_ignored, shape_ignored]
    mistakes += [length_ignored, first_only, array_equal_alone, array_equal_of_pairs]
    judge("same_bits", answer, reference, [*mistakes, allclose_of_pairs], cases)


def float_steps(answer: Any) -> None:
    def place(number):
        """The number's rank among all float32, where zero has rank 0."""
        (rank,) = struct.unpack(">I", struct.pack(">f", abs(float(number))))
        return -rank if np.signbit(number) else rank

    def reference(left, right):
        pairs = zip(left.flat, right.flat, strict=True)
        return np.array([abs(place(a) - place(b)) for a, b in pairs], np.int64).reshape(left.shape)

    def sign_ignored(left, right):
        """Numbers of different sign lie on opposite sides of 0: their distances to it add up."""
        return reference(np.abs(left), np.abs(right))

    def raw_integers(left, right):
        """The bits of negative floats, read as integers, are not in the order of the floats."""
        bits_of = [array.view(np.int32).astype(np.int64) for array in (left, right)]
        return np.abs(bits_of[0] - bits_of[1])

    def overflow(left, right):
        """int32 is too small for the distance between two numbers that are far apart."""
        difference = left.view(np.int32) - right.view(np.int32)
        return np.abs(difference).astype(np.int64)

    def direction(left, right):
        """A distance is not negative."""
        pairs = zip(left.flat, right.flat, strict=True)
        return np.array([place(b) - place(a) for a, b in pairs], np.int64).reshape(left.shape)

    def backwards(left, right):
        """A distance is not negative."""
        return -direction(left, right)

    generator = np.random.default_rng(21)
    x = np.float32(generator.normal(size=(4, 5)))
    tiny = np.float32([[-1e-45, -0.0, 1e-45, 1e-38]])
    cases = [
        (x, np.nextafter(x, np.float32(9))),
        (x, np.float32(1.001) * x),
        (tiny, tiny[:, ::-1].copy()),
        (np.float32([3e38, -3e38, 1.0]), np.float32([-3e38, 3e38, -1.0])),
    ]
    mistakes = [sign_ignored, raw_integers, overflow, direction, backwards]
    judge("float_steps", answer, reference, mistakes, cases, dtype=np.int64)


def bit_equal_sizes(answer: Any, sizes: Sequence[int]) -> None:
    right = sorted(size for size in sizes if f"{size:b}".count("1") == 1)
    even = sorted(size for size in sizes if size % 2 == 0)
    wrong = {
        "even_sizes": (even, "An even number need not be a power of two."),
        "one_forgotten": ([s for s in right if s > 1], "What is 2 to the power of 0?"),
        "all_sizes": (sorted(sizes), "Compare the two for each size: for some, they differ."),
    }
    in_order_of_the_text = [size for size in sizes if size in right]
    wrong["not_in_order"] = (in_order_of_the_text, "Those are the sizes: put them in order.")
    judge_value("bit_equal_sizes", answer, right, wrong, atol=0)
