"""Which mistake is in this actor gradient?

    from ddpg_tf.diagnosis import diagnose
    print(diagnose(candidate))

`candidate(actor, critic, observations) -> gradients` returns what a student takes for the gradients
of -mean Q(s, mu(s)), one for each of `actor.trainable_variables`;
`candidate(actor, critic, optimizer, observations)` performs the update. `diagnose_file` does the
same for a file that is not to be trusted, in a process of its own.

Start with `mistakes/`: it is the list of what goes wrong with this gradient. The way to a verdict
leads through the modules in this order, and each imports from earlier ones only:

    signature.py    what the candidate asks for
    networks.py     small actors and critics with random weights,
    cases.py        and the batches on which it is tried
    trouble.py      an exception, and a rule by which one is known
    advice.py       what to do about code that cannot run
    run.py          what it did: arrays and plain facts
    distance.py     how far one list of gradients is from another
    reference.py    the right gradient, in float64
    evidence.py     what it did beside what is right
    mistakes/       every known mistake is a program, too
    match.py        which of them does the same?
    findings/       if none does: what can be said otherwise?
    verdict.py      the answer,
    judge.py        and which it is
    diagnose.py     all of this for a function of this process
    messages.py     cases and records as plain values
    submission.py   all of this for a file
    child.py        the process in which the file runs
"""

from ddpg_tf.diagnosis.cases import Case, default_cases, make_case
from ddpg_tf.diagnosis.diagnose import diagnose
from ddpg_tf.diagnosis.mistakes import CATALOGUE, Mistake
from ddpg_tf.diagnosis.submission import diagnose_file
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
