"""Which mistake is in this actor gradient?

    from ddpg_tf.diagnosis import diagnose
    print(diagnose(candidate))

`candidate(actor, critic, observations) -> gradients` returns what a student takes for the gradients
of -mean Q(s, mu(s)), one for each of `actor.trainable_variables`;
`candidate(actor, critic, optimizer, observations)` performs the update. `calling.py` tells which
further arguments it may ask for by name.

The candidate is run on a few small networks with random weights (`cases.py`). What it did is held
against the right gradient in float64 (`reference.py`), then against every known mistake, each of
which is a program too (`mistakes/`), and if none fits, taken apart (`analysis.py`). The answer is a
`Verdict`. `diagnose_file` does the same for a file that nobody trusts, in a process of its own.

Read `mistakes/` first: it is the list of what goes wrong with this gradient.
"""

from ddpg_tf.diagnosis.cases import Case, default_cases, make_case
from ddpg_tf.diagnosis.diagnose import diagnose
from ddpg_tf.diagnosis.mistakes import CATALOGUE, Mistake
from ddpg_tf.diagnosis.sandbox import diagnose_file
from ddpg_tf.diagnosis.verdict import Verdict

__all__ = [
    "CATALOGUE",
    "Case",
    "Mistake",
    "Verdict",
    "default_cases",
    "diagnose",
    "diagnose_file",
    "make_case",
]
