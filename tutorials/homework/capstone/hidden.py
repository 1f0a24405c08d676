"""The hidden tests of the capstone's own questions; the others' are those of their homeworks.

The update is compared with one in NumPy (`updates.py`). The agent is watched while it remembers and
acts; then it learns, in a world that the student has not seen (`world.py`).
"""

# ruff: noqa: D103 -- each function is the test of the question of its name
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tutorials.homework.capstone import measure as measurements
from tutorials.homework.capstone.mistakes import MISTAKES
from tutorials.homework.capstone.updates import Constants, Way, example, simulated
from tutorials.homework.capstone.world import Lesson, seed_of_disguise
from tutorials.homework.checking import measure
from tutorials.homework.judging import Mistake, NotRight, call, expect_function, judge

LOW, HIGH = np.float32([-1.0, 0.0]), np.float32([5.0, 0.5])
"""Bounds that are not symmetric."""
HALF, MIDDLE = (HIGH - LOW) / 2, (HIGH + LOW) / 2
UPDATES = 5
RTOL = 5e-3
"""How near the changes of the weights must be, of the largest one of an array."""
SEED = 7
"""Of the agent that learns, not of its world's disguise."""
SECONDS = 70.0
"""Processor time in which an agent must learn. One whose steps are compiled takes a third of it."""


def asked(name: str, answer: Any, measurement: Callable, *arguments: Any) -> Any:
    """A measurement of an answer. Raises NotRight if the answer fails."""
    expect_function(name, answer)
    return call(name, lambda *given: measure(answer, measurement, *given), arguments)[0]


def make_actor(answer: Any) -> None:
    observations = np.random.default_rng(51).normal(size=(200, 4))
    arguments = (LOW, HIGH, observations, [3.0] * 10)
    outputs = asked("make_actor", answer, measurements.actor_outputs, *arguments)
    middle = np.asarray(outputs[0])
    if middle.shape != (200, 2):
        raise NotRight(f"make_actor: actions {list(middle.shape)}, expected [200, 2]")
    wide = np.concatenate(outputs[1:])
    least, most = wide.min(axis=0), wide.max(axis=0)
    reached = (least < MIDDLE - 0.8 * HALF) & (most > MIDDLE + 0.8 * HALF)
    within = (least >= LOW - 1e-5) & (most <= HIGH + 1e-5)
    if np.abs(middle - MIDDLE).max() > 1e-5:
        if np.abs(wide).max() <= 1:
            raise Mistake(
                "[actions_not_scaled] The actions range from -1 to 1, not between the bounds."
            )
        if np.allclose(np.abs(wide).max(axis=0), HIGH, rtol=0.05):
            raise Mistake("[upper_bound_as_range] Half the range is not the upper bound here.")
        raise NotRight(f"make_actor: with all weights zero, the action is {middle[0].tolist()}")
    if not within.all():
        raise Mistake("[actions_not_bounded] Large weights give actions outside the bounds.")
    if not reached.all():
        raise Mistake("[range_not_reached] No weights, however large, give actions near a bound.")


def update(
    answer: Any, gamma: float, tau: float, delay: int, smoothing: float, clip: float
) -> None:
    constants = Constants(gamma, tau, delay, smoothing, clip)

    def changes(weights, batches, normals, low, high):
        told = measure(answer, measurements.updated, weights, batches, normals, low, high)
        counts.append(told["counts"])
        return [
            [
                [np.float64(now) - then for now, then in zip(net, weights[name], strict=True)]
                for name, net in zip(weights, nets, strict=True)
            ]
            for nets in told["after"]
        ]

    expect_function("update", answer)
    counts: list[list[int]] = []
    generator = np.random.default_rng(52)
    cases = [
        example(generator, np.float32([-1.0]), np.float32([2.0]), UPDATES),
        example(generator, LOW, HIGH, UPDATES),
    ]
    # of a change that much is left in float32
    judge("update", changes, simulated(Way(), constants), mistakes(constants), cases, rtol=RTOL)
    if any(list(each) != list(range(1, UPDATES + 1)) for each in counts):
        raise Mistake(
            "[not_counted] The update is right, but `networks.updates` does not count it."
        )


def mistakes(constants: Constants) -> list[Callable]:
    """MISTAKES as functions with names and hints, as `judge` wants them."""
    functions = []
    for name, (hint, way) in MISTAKES.items():
        function = simulated(way, constants)
        function.__name__, function.__doc__ = name, hint
        functions.append(function)
    return functions


CAPACITY = 150
OF_ONE_SEED = "Not all randomness comes from `self.generator`: two agents with the same seed"


def transitions(count: int) -> dict[str, np.ndarray]:
    """Transitions whose every number tells which one it is of; none is 0."""
    number = np.arange(1, count + 1, dtype=np.float32)
    return {
        "observations": np.stack([number, number + 0.25, -number], axis=1),
        "actions": np.stack([number / count, 0.5 * number / count], axis=1),
        "rewards": -number,
        "next_observations": np.stack([number + 0.5, number + 0.75, 2 * number], axis=1),
        "terminated": number % 7 == 0,
        "truncated": number % 5 == 0,
    }


def remembers(answer: Any, batch_size: int) -> None:
    """What goes in comes out, and an update follows each step once there is a batch."""
    given = transitions(3 * CAPACITY)
    arguments = (given, CAPACITY, LOW, HIGH)
    told, again = (asked("Agent", answer, measurements.observed, *arguments, i) for i in (1, 2))
    counts, batches = np.asarray(told["counts"]), told["batches"]
    if not len(batches):
        raise Mistake("[no_updates] `observe` never called `update`.")
    if counts[: batch_size - 1].any():
        raise Mistake("[update_too_early] There was an update before the buffer held a batch.")
    if not (counts[batch_size - 1 :] == 1).all():
        where = batch_size + int(np.argmax(counts[batch_size - 1 :] != 1))
        raise Mistake(
            f"[not_one_update_a_step] After step {where} `update` was not called exactly once."
        )
    newest = [int(-np.min(batch["rewards"], initial=0)) for batch in batches[-30:]]
    if max(newest) <= CAPACITY:
        raise Mistake("[full_for_ever] Once the buffer is full, nothing new gets into it.")
    for at, batch in enumerate(batches):
        check_batch(batch, given, at + batch_size, batch_size)
    if max(newest) < len(given["rewards"]) - 30:
        raise NotRight("Agent: the last transitions are in no batch")
    check_normals(told["normals"], batch_size)
    for what in (lambda each: each["normals"][-1], lambda each: each["batches"][-1]["rewards"]):
        if not np.array_equal(what(told), what(again)):
            raise Mistake(f"[own_randomness] {OF_ONE_SEED} draw different batches or numbers.")


def check_batch(batch: Mapping, given: Mapping, held: int, batch_size: int) -> None:
    """Raise what is wrong with a batch that was drawn when `held` transitions had been given."""
    if np.shape(batch["rewards"]) != (batch_size,):
        raise NotRight(
            f"Agent: rewards {list(np.shape(batch['rewards']))}, expected [{batch_size}]"
        )
    rows = np.rint(-batch["rewards"]).astype(int) - 1
    if rows.min() < 0 or rows.max() >= held:
        raise Mistake("[unfilled_slots] A slot was drawn that holds no transition yet.")
    if rows.min() < held - CAPACITY:
        raise Mistake("[too_old] A batch holds transitions that should have been overwritten.")
    right = {name: given[name][rows] for name in measurements.FIELDS}
    flags = np.asarray(batch["terminated"]).astype(float)
    for name in measurements.FIELDS[:4]:
        if np.shape(batch[name]) != right[name].shape:
            shapes = f"{list(np.shape(batch[name]))}, expected {list(right[name].shape)}"
            raise NotRight(f"Agent: {name} {shapes}")
        if not np.allclose(batch[name], right[name]):
            raise Mistake(f"[rows_mixed_up] {name} and rewards come from different transitions.")
    if flags.shape == (batch_size,) and (flags == right["terminated"]).all():
        return
    truncated = given["truncated"][rows]
    wrong = {
        "truncated_as_terminated": (
            truncated | right["terminated"],
            "An episode that was cut off by the clock had a future: what is `terminated` for?",
        ),
        "truncated_for_terminated": (truncated, "The wrong one of the two flags is remembered."),
        "terminations_forgotten": (np.zeros(len(rows)), "No transition is marked as the last one."),
        "mask_for_flag": (~right["terminated"], "The flag says that the task goes on."),
    }
    for name, (flag, hint) in wrong.items():
        if flags.shape == (batch_size,) and (flags == flag).all():
            raise Mistake(f"[{name}] {hint}")
    raise NotRight("Agent: `terminated` in a batch is not that of its transitions")


def check_normals(normals: Any, batch_size: int) -> None:
    """Raise what is wrong with the numbers that the updates were given."""
    if {np.shape(each) for each in normals} != {(batch_size, len(LOW))}:
        raise NotRight(f"Agent: the normal numbers must be [{batch_size}, act_dim]")
    numbers = np.stack(normals)
    if (numbers == numbers[0]).all():
        raise Mistake("[normals_repeated] Every update gets the same numbers.")
    if abs(numbers.mean()) > 0.1 or abs(numbers.std() - 1) > 0.1:
        raise Mistake("[normals_not_standard] Not standard normal numbers: `update` scales them.")


def acts(answer: Any, noise: float, warmup: int) -> None:
    """Judged without noise; random steps first, then noise around the policy."""
    times, observations = 400, np.random.default_rng(53).normal(size=(50, 3)).astype(np.float32)
    arguments = (LOW, HIGH, observations, warmup, times)
    told = asked("Agent", answer, measurements.chosen, *arguments)
    if {np.shape(each) for each in told["judged"]} != {(50, 2)}:
        raise NotRight(f"Agent: act gave {list(np.shape(told['judged'][0]))}, expected [50, 2]")
    early, late = np.asarray(told["early"]), np.asarray(told["late"])
    if early.shape != (times, 2) or late.shape != (times, 2):
        raise NotRight(f"Agent: explore gave {list(early.shape[1:])}, expected [2]")
    first, second = told["judged"]
    if not np.array_equal(first, second):
        raise Mistake("[noise_in_evaluation] `act` gives different actions when called again.")
    if not np.allclose([early, late], told["again"], atol=1e-5):
        raise Mistake(f"[own_randomness] {OF_ONE_SEED} explore in different ways.")
    everything = (early, late, first, np.asarray(told["at_the_bounds"]))
    if any(np.any((each < LOW) | (each > HIGH)) for each in everything):
        raise Mistake("[out_of_bounds] Some actions lie outside their bounds.")
    check_noise(late, told["policy"], noise)
    # of uniform numbers: half a range times 1 / sqrt(3)
    if (np.abs(early.std(axis=0) / HALF - 3**-0.5) > 0.08).any():
        raise Mistake("[no_random_steps] The first actions are not uniform within the bounds.")


def check_noise(actions: np.ndarray, policy: np.ndarray, noise: float) -> None:
    """Raise what is wrong with the noise around the policy's action."""
    spread = actions.std(axis=0)
    if (spread == 0).all():
        raise Mistake("[no_exploration] `explore` does what the policy does, without noise.")
    if np.allclose(spread, HALF * 3**-0.5, rtol=0.12):
        raise Mistake("[random_for_ever] After WARMUP steps the actions are still random.")
    if np.allclose(spread, noise, rtol=0.25):
        raise Mistake("[noise_not_scaled] The noise is not in units of half a range.")
    if not np.allclose(spread, noise * HALF, rtol=0.25):
        raise NotRight(f"Agent: after WARMUP steps the noise's standard deviation is {spread}")
    if (np.abs(actions.mean(axis=0) - policy) > 0.25 * spread).any():
        raise NotRight("Agent: the noise is not around the action of the policy")


def learns(answer: Any, steps: int, mark: float, first: int = 1500, every: int = 500) -> None:
    """The mean return reaches `mark` within `steps`, at one of the evaluations from `first` on."""
    expect_function("Agent", answer)
    best = -np.inf
    try:
        lesson = Lesson(answer, SEED, seed_of_disguise())
        while lesson.steps < steps:
            # in short parts, so that an agent that is too slow is stopped
            lesson.learn(min(50, steps - lesson.steps))
            if lesson.seconds > SECONDS:
                raise Mistake(
                    f"[too_slow] {lesson.steps} of {steps} steps took {SECONDS:g} seconds: "
                    "are the critic's and the actor's steps compiled, with `tf.function`?"
                )
            if lesson.steps >= first and lesson.steps % every == 0:
                best = max(best, lesson.mean_return())
            if best >= mark:
                return
    except AssertionError:
        raise
    except Exception as error:
        raise NotRight(f"Agent: {error}") from None
    raise Mistake(
        f"[does_not_learn] The best mean return in {steps} steps was {best:.0f}; {mark:g} is "
        "asked for. If all other tests pass, is the class Networks unchanged?"
    )
