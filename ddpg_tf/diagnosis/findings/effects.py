"""What can be said about what a call left behind: what it changed, and who took the step."""

from collections.abc import Sequence

from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings.base import Finding, listed


def changed_networks(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The gradients are right, but a network was changed that must not be."""
    changed = sorted({name for call in evidence for name in call.changed})
    if not changed or not all(call.has_right_numbers for call in evidence):
        return None
    name = "changed_target" if changed[0].startswith("target") else f"changed_{changed[0]}"
    return Finding(
        name,
        f"The gradients are right, but {what_changed(changed)} changed.",
        "Which of your lines assign to a variable, or call a network in training mode?",
    )


def what_changed(changed: Sequence[str]) -> str:
    """The names of `CallEvidence.changed` in words."""
    moments = ["the moving moments of the actor's batch norm"] * ("actor_moments" in changed)
    networks = [name.replace("_", " ") for name in changed if name != "actor_moments"]
    weights = [f"the weights of the {listed(networks)}"] * bool(networks)
    return " and ".join(weights + moments)


def left_frozen(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The gradients are right, but a network is not trainable any more."""
    frozen = sorted({name for call in evidence for name in call.refrozen})
    if not frozen or not all(call.has_right_numbers for call in evidence):
        return None
    return Finding(
        "left_frozen",
        f"The gradients are right, but {still_frozen(frozen)}.",
        "Where do you set `trainable`, and where do you set it back?",
    )


def still_frozen(frozen: Sequence[str]) -> str:
    """What `CallEvidence.refrozen` means, in words."""
    names = listed(frozen).replace("_", " ")
    return (
        f"`trainable` was True before and is False afterwards ({names}): the next step that should "
        "train it finds no weights"
    )


def another_optimizer(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The update is wrong, and the given optimizer did not make it."""
    if not any(call.is_other_step for call in evidence):
        return None
    return Finding(
        "another_optimizer",
        "The weights changed, but the optimizer that was given did not change them, and would have "
        "changed them differently.",
        "Read `optimizer.iterations` before and after. Where does your optimizer come from?",
    )


def several_steps(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The update is wrong, and the optimizer took more than one step in each call."""
    counts = sorted({call.steps for call in evidence})
    # one for each weight make one step together
    of_one_weight_each = all(call.steps == len(call.right) for call in evidence)
    if counts[0] < 2 or of_one_weight_each:
        return None
    return Finding(
        "several_steps",
        f"The optimizer took {listed(counts)} steps in one call; an update is one step.",
        "Which loop is the optimizer's step in?",
    )
