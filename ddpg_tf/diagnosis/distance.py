"""How far one list of gradients is from another, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

Gradients = Sequence[np.ndarray | None]
"""One for each weight."""
MANTISSA = {np.dtype("float32"): 24, np.dtype("float64"): 53}


def difference(found: Gradients, expected: Gradients) -> float:
    """The largest relative error of any weight's gradient, in the maximum norm.

    Infinite if the lists differ in length, in shapes, in which entries are None, or if a number is
    not finite.
    """
    if len(found) != len(expected):
        return np.inf
    errors = [relative_error(f, e) for f, e in zip(found, expected, strict=True)]
    return max(errors, default=0.0)


def relative_error(found: np.ndarray | None, expected: np.ndarray | None) -> float:
    """max|found - expected| / max|expected|, infinite where `difference` says so."""
    if found is None or expected is None:
        return 0.0 if found is expected else np.inf
    if found.shape != expected.shape or not np.all(np.isfinite(found)):
        return np.inf
    error = np.abs(found - expected).max(initial=0.0)
    size = np.abs(expected).max(initial=0.0)
    if error == 0.0:
        return 0.0
    return float(error / size) if size else np.inf


def matching_bits(error: float, dtype: np.dtype | str) -> int:
    """How many leading bits agree at that relative error, of those that the dtype has."""
    available = MANTISSA.get(np.dtype(dtype), 53)
    return available if error == 0 else int(np.clip(np.floor(-np.log2(error)), 0, available))


def is_numeric(gradients: Gradients, like: Gradients) -> bool:
    """Whether the gradients are finite and have the shapes of `like`."""
    return len(gradients) == len(like) and all(
        found is not None and found.shape == expected.shape and np.all(np.isfinite(found))
        for found, expected in zip(gradients, like, strict=True)
    )


def norm(gradients: Gradients) -> float:
    """The Euclidean norm of all gradients together."""
    return float(np.sqrt(sum(np.sum(np.square(gradient)) for gradient in gradients)))


def best_factor(found: Gradients, expected: Gradients) -> float:
    """The k for which k * expected is nearest to found, by least squares."""
    above = sum(np.sum(f * e) for f, e in zip(found, expected, strict=True))
    below = sum(np.sum(e * e) for e in expected)
    return float(above / below) if below else 0.0


def times(factor: float, gradients: Gradients) -> list[np.ndarray]:
    """factor * gradients."""
    return [factor * gradient for gradient in gradients]


@dataclass(frozen=True)
class Factor:
    """A factor of the form constant * N^n_power * act_dim^act_dim_power."""

    constant: float
    n_power: int
    act_dim_power: int

    def __str__(self) -> str:
        symbols = [
            power_text("N", self.n_power),
            power_text("act_dim", self.act_dim_power),
        ]
        above = [text for text in symbols if text and not text.startswith("1/")]
        below = [text[2:] for text in symbols if text.startswith("1/")]
        number = f"{self.constant:.4g}"
        if number in ("1", "-1"):
            number = f"{self.constant:.5g}"
        if above and number in ("1", "-1"):
            number = number[:-1]
        top = " ".join([number, *above]) if number not in ("", "-") else number + " ".join(above)
        return " / ".join([top, *below])

    @property
    def explained(self) -> str:
        """The factor, and what N is if it is in it."""
        return f"{self} (N the batch size)" if self.n_power else str(self)


def power_text(symbol: str, power: int) -> str:
    """N, N^2, 1/N, 1/N^2 or nothing."""
    if power == 0:
        return ""
    text = symbol if abs(power) == 1 else f"{symbol}^{abs(power)}"
    return text if power > 0 else f"1/{text}"


def common_factor(
    factors: Sequence[float], batch_sizes: Sequence[int], act_dims: Sequence[int]
) -> Factor | None:
    """The simplest formula that gives each call's factor; None if there is none."""
    factors, n, act_dim = (np.asarray(a, float) for a in (factors, batch_sizes, act_dims))
    powers = sorted(product(range(-2, 3), repeat=2), key=lambda pair: (sum(map(abs, pair)), pair))
    for n_power, act_dim_power in powers:
        constants = factors / (n**n_power * act_dim**act_dim_power)
        middle = np.median(constants)
        if middle and np.all(np.abs(constants - middle) <= 2e-3 * np.abs(middle)):
            return Factor(float(middle), n_power, act_dim_power)
    return None
