"""The answer of a diagnosis."""

from dataclasses import asdict, dataclass
from textwrap import fill

HEADLINES_NOT_RUN = {"not_run": "Could not be run to the end", "not_answered": "Not answered"}


@dataclass(frozen=True)
class Verdict:
    """What was found. `print` it, or take its fields into a report with `to_dict`."""

    outcome: str
    """correct, mistake, or not run: then there is nothing to judge."""
    name: str
    """correct; the mistake's name in the catalogue; or what was found in its place: not_run,
    not_answered, constant_factor, disconnected, ... One word for a histogram."""
    explanation: str
    """What is so, in one or two sentences."""
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
    """Of right gradients in single precision: how many leading bits agree with float64, of 24."""
    details: tuple[str, ...] = ()
    """Further observations."""

    @property
    def correct(self) -> bool:
        return self.outcome == "correct"

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if self.correct:
            return f"Correct, to {self.bits} of 24 bits"
        if self.outcome == "not run":
            return HEADLINES_NOT_RUN[self.name]
        names = " or ".join([self.name, *self.also]).replace("_", " ")
        return f"Mistake: {names}" if self.mistake else f"Wrong: {self.name.replace('_', ' ')}"

    def lines(self) -> list[tuple[str, str]]:
        """Return (label, text) for everything that there is to say."""
        parts = [
            ("what", self.explanation),
            ("equation", self.equation),
            ("seen in", self.thread),
            ("hint", self.hint),
            *(("note", detail) for detail in self.details),
        ]
        return [(label, text) for label, text in parts if text]

    def to_dict(self) -> dict:
        """Return all fields, ready for JSON."""
        return asdict(self) | {"correct": self.correct}

    def __str__(self) -> str:
        body = [
            fill(text, 88, initial_indent=f"  {label:9}", subsequent_indent=" " * 11)
            for label, text in self.lines()
        ]
        return "\n".join([self.headline, *body])
