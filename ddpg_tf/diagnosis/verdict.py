"""The answer: what a verdict says, and the kinds that there are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import fill

from ddpg_tf.diagnosis.advice import TEXTS
from ddpg_tf.diagnosis.distance import matching_bits
from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.mistakes import CATALOGUE

HEADLINES_NOT_RUN = {"not_run": "Could not be run to the end", "not_answered": "Not answered"}


OPEN_FLAG = (
    "The actor is called without `training=True`. Without batch norm that makes no difference; "
    "with it, Keras then normalises with the old moving averages, and never updates them."
)
CRITIC_FLAG = (
    "The critic is called with `training=True`. Without batch norm in the critic that makes no "
    "difference; with it, the actor's update moves the critic's moving moments, and climbs a Q in "
    "which every sample depends on the others in its batch."
)
RIGHT_BUT = {
    "changed_actor": "Right gradient, but the actor was changed",
    "changed_actor_moments": "Right gradient, but the actor's moving moments were overwritten",
    "changed_critic": "Right gradient, but the critic was changed",
    "changed_target": "Right gradient, but a target network was changed",
    "changed_twin_critic": "Right gradient, but the second critic was changed",
    "left_frozen": "Right gradient, but a network stays frozen",
    "batch_norm_only": "Right without batch norm, not with it",
}
"""Headlines of what is no wrong gradient and yet not as it should be."""


@dataclass(frozen=True)
class Verdict:
    """The answer of a diagnosis. `print` it, or put its fields into a report with `to_dict`."""

    outcome: str
    """correct, mistake, or not run: then there is nothing to judge."""
    name: str
    """correct; the mistake's name in the catalogue; or what was found in its place: not_run,
    not_answered, constant_factor, disconnected, ... One word for a histogram."""
    explanation: str
    """What is wrong, or right, in one or two sentences."""
    mistake: str | None = None
    """The mistake's name in the catalogue; None if the code is right or makes no known mistake."""
    also: tuple[str, ...] = ()
    """Other mistakes of the catalogue that are made too, or would show in the same way."""
    equation: str = ""
    """The equation that the code gets wrong, as it should be."""
    thread: str = ""
    """Where others made it: public threads, as "owner/repository #number"."""
    hint: str = ""
    """Where to look, without the solution."""
    bits: int | None = None
    """Of right gradients in single precision: how many leading bits agree with float64, of 24.
    Also of gradients that are right to fewer bits than they should be."""
    details: tuple[str, ...] = ()
    """Further observations."""
    advice: str = ""
    """Of code that cannot run: the name of the advice that its `hint` gives, see `advice.py`."""
    only: str = ""
    """Under which condition it is correct, such as "without batch norm in the critic"."""

    @property
    def correct(self) -> bool:
        """Whether the gradient is right."""
        return self.outcome == "correct"

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if self.correct:
            return " ".join(filter(None, ["Correct", self.only])) + f", to {self.bits} of 24 bits"
        if self.outcome == "not run":
            return HEADLINES_NOT_RUN[self.name]
        if self.name == "fewer_bits":
            return f"Right to about {self.bits} of 24 bits"
        if self.name in RIGHT_BUT:
            return RIGHT_BUT[self.name]
        names = " or ".join([self.name, *self.also]).replace("_", " ")
        return f"Mistake: {names}" if self.mistake else f"Wrong: {self.name.replace('_', ' ')}"

    def lines(self) -> list[tuple[str, str]]:
        """(label, text) for everything that there is to say."""
        parts = [
            ("what", self.explanation),
            ("equation", self.equation),
            ("seen in", self.thread),
            ("hint", self.hint),
            *(("note", detail) for detail in self.details),
        ]
        return [(label, text) for label, text in parts if text]

    def to_dict(self) -> dict:
        """All fields, ready for JSON."""
        return asdict(self) | {"correct": self.correct}

    def __str__(self) -> str:
        body = [
            fill(text, 88, initial_indent=f"  {label:9}", subsequent_indent=" " * 11)
            for label, text in self.lines()
        ]
        return "\n".join([self.headline, *body])


def correct(evidence: Sequence[CallEvidence], notes: Sequence[str]) -> Verdict:
    """Right gradients, with the number of bits that agree with the reference."""
    single = [call for call in evidence if call.dtype == "float32"] or evidence
    bits = min(matching_bits(call.error, "float32") for call in single)
    networks = len({call.case for call in evidence})
    return Verdict(
        outcome="correct",
        name="correct",
        explanation=f"On {networks} networks and {len(evidence)} batches the gradient of every "
        f"weight agrees with the one computed in float64 to {bits} of float32's 24 bits.",
        bits=bits,
        details=tuple(notes),
        only="without batch norm in the critic" if CRITIC_FLAG in notes else "",
    )


def named(name: str, also: Sequence[str], notes: Sequence[str]) -> Verdict:
    """A mistake of the catalogue, or just as likely one of `also`."""
    mistake = CATALOGUE[name]
    others = [f"It could as well be: {CATALOGUE[other].explanation}" for other in also]
    return Verdict(
        outcome="mistake",
        name=name,
        mistake=name,
        also=tuple(also),
        explanation=mistake.explanation,
        equation=mistake.equation,
        thread=", ".join(mistake.threads),
        hint=mistake.hint,
        details=(*others, *notes),
    )


def not_answered() -> Verdict:
    """A candidate that does nothing, such as an empty template."""
    return Verdict(
        outcome="not run",
        name="not_answered",
        explanation="The function does nothing: it calls no network, returns no gradient and "
        "changes no weight.",
        hint="Is the template's `...` or `pass` still in place?",
    )


def not_ended(explanation: str) -> Verdict:
    """A candidate whose process ended, or was ended, before it had answered."""
    hint = "Call your function by hand with a small actor and critic: how long does it take?"
    return Verdict(outcome="not run", name="not_run", explanation=explanation, hint=hint)


def not_run(explanation: str, advice: str = "", notes: Sequence[str] = ()) -> Verdict:
    """A candidate that ended in an exception. advice: a name of `advice.py`, or nothing."""
    return Verdict(
        outcome="not run",
        name="not_run",
        explanation=explanation,
        hint=TEXTS.get(advice, BY_HAND),
        details=tuple(notes),
        advice=advice if advice in TEXTS else "",
    )


BY_HAND = "Call your function by hand with a small actor and critic, and read the traceback."
"""The hint where there is no better one."""
