"""The checks of notebook 3: a gradient is held against wiggling the weight.

All gradients and values are functions of (w, s, g): a weight, states [N] and goals [N].
"""

import numpy as np

TRIALS, COUNT = 5, 8


def check_stretched(candidate):
    """Mark d(mean Q)/dw for the actor 2 tanh(w s) and the critic -(a - goal)^2; return a remark."""
    remarks = {
        "It is half of that, everywhere. How far does the action move if the tanh does?": (
            lambda t, s, g: -2 * (2 * t - g) * (1 - t**2) * s
        ),
        "The slope of the tanh is 1 - tanh²; `actions` are twice the tanh.": (
            lambda t, s, g: -2 * (2 * t - g) * 2 * (1 - (2 * t) ** 2) * s
        ),
        "The critic judges the action, not the tanh.": (
            lambda t, s, g: -2 * (t - g) * 2 * (1 - t**2) * s
        ),
    }
    return check(lambda t, g: -((2 * t - g) ** 2), candidate, remarks)


def check_edged(candidate):
    """Mark d(mean Q)/dw for the actor tanh(w s) and the critic -|a - goal|; return a remark."""
    remarks = {
        "That is still the slope of the square, which grows with the distance from the goal.": (
            lambda t, s, g: -2 * (t - g) * (1 - t**2) * s
        ),
        "It is the right number with the wrong sign: below the goal the critic wants more.": (
            lambda t, s, g: np.sign(t - g) * (1 - t**2) * s
        ),
    }
    return check(lambda t, g: -np.abs(t - g), candidate, remarks)


def check(q_of_tanh, candidate, remarks):
    """Compare at random weights, states and goals.

    q_of_tanh: Q [N] as a function of tanh(w s) and the goals; remarks: what to say of one who
    returns the mean of this function of tanh(w s), the states and the goals.
    """
    generator = np.random.default_rng(0)
    cases = [(generator.uniform(-1, 1), *generator.normal(size=(2, COUNT))) for _ in range(TRIALS)]
    right = [wiggled(q_of_tanh, *case) for case in cases]
    found = np.array([candidate(*case) for case in cases], float)
    if found.shape != (TRIALS,):
        return "Not yet: return one number, the mean over the states."
    if alike(found, right):
        return f"Right, at {TRIALS} weights and {TRIALS * COUNT} states."
    if alike(found, COUNT * np.array(right)):
        return "Not yet: this is the sum over the states. The mean is wanted."
    wrong = next(i for i in range(TRIALS) if not alike(found[i], right[i]))
    remark = [
        remark
        for remark, mistaken in remarks.items()
        if alike(found, [np.mean(mistaken(np.tanh(w * s), s, g)) for w, s, g in cases])
    ]
    seen = f"at w = {cases[wrong][0]:.3f} you have {found[wrong]:.4f}, wiggling gives"
    return " ".join([f"Not yet: {seen} {right[wrong]:.4f}.", *remark])


def wiggled(q_of_tanh, w, s, g, h=1e-6):
    """d(mean Q)/dw by central difference."""
    up, down = (np.mean(q_of_tanh(np.tanh((w + d) * s), g)) for d in (h, -h))
    return (up - down) / (2 * h)


def alike(found, right):
    """Are they equal, but for the error of a difference quotient?"""
    return np.allclose(found, right, rtol=1e-4, atol=1e-6)
