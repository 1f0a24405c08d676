"""What can be said about a wrong gradient that no known mistake explains.

Each function of `form.py` (the list, its shapes) and `numbers.py` looks for one kind of error in
all calls and returns a `Finding`, or None. `FINDERS` is their order: the first that finds something
is the one that counts, and each may rely on the earlier ones having found nothing.
"""

from collections.abc import Sequence

from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings import form, numbers
from ddpg_tf.diagnosis.findings.base import Finding

FINDERS = (
    form.not_a_list,
    form.wrong_count,
    form.disconnected,
    form.wrong_order,
    form.wrong_shape,
    form.not_finite,
    numbers.another_optimizer,
    numbers.changed_networks,
    numbers.all_zero,
    numbers.depends_on_action_scale,
    numbers.constant_factor,
    numbers.some_weights_only,
    numbers.some_cases_only,
    numbers.unknown,
)


def analyse(evidence: Sequence[CallEvidence]) -> Finding:
    """The first thing that can be said. `unknown` always has something to say."""
    return next(finding for finder in FINDERS if (finding := finder(evidence)))
