"""What can be said about a wrong gradient that no known mistake explains.

Each function of `form.py` (the list, its shapes), `effects.py` (what was changed, who took the
step) and `numbers.py` looks for one kind of error in all calls and returns a `Finding`, or None;
`batch_norm.py` is about what only batch norm makes wrong. `FINDERS` is their order: the first that
finds something is the one that counts, and each may rely on the earlier ones having found nothing.
"""

from collections.abc import Sequence

from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings import batch_norm, effects, form, numbers
from ddpg_tf.diagnosis.findings.base import Finding

FINDERS = (
    form.not_a_list,
    form.wrong_count,
    form.disconnected,
    form.wrong_order,
    form.wrong_shape,
    form.not_finite,
    effects.another_optimizer,
    effects.changed_networks,
    effects.left_frozen,
    effects.several_steps,
    batch_norm.only_with_batch_norm,
    numbers.all_zero,
    numbers.depends_on_action_scale,
    numbers.constant_factor,
    numbers.fewer_bits,
    numbers.some_weights_only,
    numbers.some_cases_only,
    numbers.unknown,
)


def analyse(evidence: Sequence[CallEvidence]) -> Finding:
    """The first thing that can be said. `unknown` always has something to say."""
    return next(finding for finder in FINDERS if (finding := finder(evidence)))
