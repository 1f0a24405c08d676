"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.growth.laws import Law, law_of
from comparisons.study import Claim, table_rows


def values(data: dict) -> dict:
    """The rows of the table, and each sweep's law."""
    laws = {name: sweep_law(sweep) for name, sweep in data["sweeps"].items()}
    return {
        "rows": table_rows(row(name, data["sweeps"][name], law) for name, law in laws.items()),
        "exponents": {name: law.exponent for name, law in laws.items()},
        "errors": {name: law.error for name, law in laws.items()},
        "fixed_ms": {name: 1e3 * law.fixed for name, law in laws.items()},
        "last_sizes": {name: sweep["sizes"][-1] for name, sweep in data["sweeps"].items()},
    }


def sweep_law(sweep: dict) -> Law:
    """The law of a sweep's data."""
    return law_of(sweep["sizes"], sweep["rounds"], sweep["has_fixed_part"])


def speeds(sweep: dict) -> list[float]:
    """Steps a second for each size, of the median round."""
    return (1 / np.median(sweep["rounds"], axis=0)).tolist()


def row(name: str, sweep: dict, law: Law) -> list[str]:
    """The cells of one sweep: sizes, speeds, law."""
    first, *_, last = sweep["sizes"]
    found = speeds(sweep)
    return [
        name,
        f"{first:,} to {last:,}",
        f"{found[0]:,.0f}",
        f"{found[-1]:,.0f}",
        in_text(law),
        f"{law.exponent:.2f} ± {law.error:.2f}",
    ]


def in_text(law: Law) -> str:
    """The law as a formula, in milliseconds a step; n: the size."""
    part = f"{1e3 * law.factor:.3g} (n / {law.unit:,.0f})^{law.exponent:.2f}"
    return f"{1e3 * law.fixed:.3g} + {part}" if law.fixed else part


CLAIMS = [
    Claim(
        "the size of the replay buffer hardly matters",
        lambda exponents: abs(exponents["buffer"]) < 0.1,
        in_quick_runs=False,
    ),
    Claim(
        "what grows with the width grows nearly with its square",
        lambda exponents: 1.3 < exponents["width"] < 2.4,
        in_quick_runs=False,
    ),
    Claim(
        "what grows with the batch grows about in proportion to it",
        lambda exponents: 0.75 < exponents["batch"] < 1.25,
        in_quick_runs=False,
    ),
    Claim(
        "how many environments are stepped together hardly matters",
        lambda exponents: abs(exponents["environments"]) < 0.1,
        in_quick_runs=False,
    ),
]
