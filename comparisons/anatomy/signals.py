"""What the backward signals of a strategy tell: where its chain is cut, where 1/N enters."""

MISFIT_LIMIT = 0.5
"""Above this share of misfit a signal at the actions is no multiple of dQ/da."""


def is_cut(row: dict) -> bool:
    """Whether the critic's backward pass starts from 1: a tape of its own gives dQ/da."""
    return row["at_q"] == 1.0


def carries_dq_da(row: dict) -> bool:
    """Whether what flows back at the actions is a multiple of dQ/da."""
    return row["at_actions_misfit"] < MISFIT_LIMIT


def place_of_division(row: dict, n: int) -> str:
    """Where 1/N enters: 'top' (at Q), 'middle' (at the actions) or 'bottom' (after)."""
    if abs(row["at_q"] * n + 1) < 1e-3:
        return "top"
    has_it = carries_dq_da(row) and abs(row["at_actions"] * n + 1) < 1e-3
    return "middle" if has_it else "bottom"
