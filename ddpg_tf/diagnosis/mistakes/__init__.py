"""The catalogue of known mistakes, each of them a program.

A reader who wants to know what goes wrong with an actor's gradient reads the six lists in
`size.py` (right direction, wrong length), `chain.py` (the two factors of the chain rule),
`bounds.py` (tanh and the action bounds), `wiring.py` (which network, which mode, whose weights),
`updates.py` (the step itself) and `extras.py` (something that was added).

The threads of a mistake are ones where somebody made it, made its mirror image, or asked about that
very step.
"""

from ddpg_tf.diagnosis.mistakes import bounds, chain, extras, size, updates, wiring
from ddpg_tf.diagnosis.mistakes.base import Mistake

CATALOGUE: dict[str, Mistake] = {
    mistake.name: mistake
    for module in (size, chain, bounds, wiring, updates, extras)
    for mistake in module.MISTAKES
}
"""Name -> mistake, in teaching order."""

__all__ = ["CATALOGUE", "Mistake"]
