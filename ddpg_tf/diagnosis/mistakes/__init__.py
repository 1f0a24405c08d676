"""The catalogue of known mistakes, each of them a program.

A reader who wants to know what goes wrong with an actor's gradient reads the nine lists in
`size.py` (right direction, wrong length), `chain.py` (the two factors of the chain rule),
`bounds.py` (tanh and the action bounds), `wiring.py` (which network, which mode, whose weights),
`memory.py` (what is kept from one call to the next), `pieces.py` (a batch that is taken apart),
`fitting.py` (a target where there should be none),
`updates.py` (the step itself) and `extras.py` (something that was added).

The threads of a mistake are ones where somebody made it, made its mirror image, or asked about that
very step; a mistake that was seen in code alone has none.
"""

from ddpg_tf.diagnosis.mistakes import (
    bounds,
    chain,
    extras,
    fitting,
    memory,
    pieces,
    size,
    updates,
    wiring,
)
from ddpg_tf.diagnosis.mistakes.base import Mistake

CATALOGUE: dict[str, Mistake] = {
    mistake.name: mistake
    for module in (size, chain, bounds, wiring, memory, pieces, fitting, updates, extras)
    for mistake in module.MISTAKES
}
"""Name -> mistake, in teaching order."""

__all__ = ["CATALOGUE", "Mistake"]
