"""What a candidate asks for: the first thing to know about it.

A candidate names the networks that it needs in its signature:

    candidate(actor, critic, observations)              returns the gradients
    candidate(actor, critic, optimizer, observations)   performs the update

and may ask for more, by these names: `actions` (the replayed ones, [B, act_dim]), `target_actor`,
`target_critic`, `twin_critic`. A parameter with another name stands for what its name says, as
actor_model, policy, critic_network, target_critic_model, state_batch or adam_optimizer do; others,
say (mu, q, x), for the first ones that are left in the order above. What has a default keeps it,
unless it is one of the four.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GRADIENTS = ("actor", "critic", "observations")
UPDATE = ("actor", "critic", "optimizer", "observations")
EXTRAS = ("actions", "target_actor", "target_critic", "twin_critic")
NETWORKS = ("critic", "target_actor", "target_critic", "twin_critic")
"""All but the actor: the networks that an actor update must leave as they are."""

SPOKEN_OF = {
    "optimizer": r"opt(?!ion)",
    "actor": r"actor|policy",
    "critic": r"critic|(^|_)q(_|$)|(^|_)q_?(net|function|model|value)",
    "observations": r"obs|state",
}
"""Role -> what is in a name that speaks of it; the first that fits counts."""
ROLES = frozenset({*UPDATE, *EXTRAS})
"""All that a parameter can stand for."""

EXPECTED = (
    "candidate(actor, critic, observations) or candidate(actor, critic, optimizer, observations)"
)


@dataclass(frozen=True)
class Signature:
    """What each of a candidate's parameters stands for."""

    roles: dict[str, str]
    """Parameter name -> one of the names above."""
    by_position: frozenset[str]
    """The parameters that are passed by position; the others are passed by keyword."""
    guessed: tuple[str, ...] = ()
    """The parameters whose name does not say what they stand for: their place decided."""

    @property
    def performs_update(self) -> bool:
        """Whether the candidate takes the optimiser's step itself."""
        return "optimizer" in self.roles.values()

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that the candidate is given, the actor aside."""
        return tuple(name for name in NETWORKS if name in self.roles.values())

    def call(self, candidate: Callable, things: Mapping[str, Any]) -> Any:
        """Call the candidate with the things that it asks for.

        things: the name of a role above -> what to pass for it.
        """
        arguments = {parameter: things[role] for parameter, role in self.roles.items()}
        positional = [value for name, value in arguments.items() if name in self.by_position]
        keywords = {k: value for k, value in arguments.items() if k not in self.by_position}
        return candidate(*positional, **keywords)


def signature_of(candidate: Callable) -> Signature:
    """Read a candidate's signature.

    Raises TypeError if it is not a function, or not one that can be called in one of the two forms.
    """
    if not callable(candidate):
        raise TypeError(f"{candidate!r} is not a function; expected {EXPECTED}")
    try:
        parameters = inspect.signature(candidate).parameters.values()
    except ValueError as error:
        raise TypeError(f"{candidate!r} has no signature; expected {EXPECTED}") from error
    asked = [
        parameter
        for parameter in parameters
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and (parameter.name in UPDATE or parameter.default is parameter.empty)
    ]
    if asked and asked[0].name == "self":
        name = getattr(candidate, "__qualname__", repr(candidate))
        raise TypeError(f"{name} needs an object: pass a method of one")
    roles, guessed = roles_of([parameter.name for parameter in asked])
    if not roles:
        raise TypeError(
            f"the signature is ({', '.join(p.name for p in asked)}); expected {EXPECTED}"
        )
    leading = []
    for parameter in parameters:
        if parameter.name not in roles or parameter.kind is parameter.KEYWORD_ONLY:
            break
        leading.append(parameter.name)
    return Signature(roles, frozenset(leading), guessed)


def roles_of(names: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Parameter name -> role, and the parameters whose place alone decided.

    Both are empty if these parameters fit neither of the two forms.
    """
    roles = {name: name for name in names if name in ROLES}
    for name in names:
        role = role_in_name(name)
        if name not in roles and role and role not in roles.values():
            roles[name] = role
    strangers = [name for name in names if name not in roles]
    order = UPDATE if "optimizer" in roles.values() else GRADIENTS
    free = [role for role in order if role not in roles.values()]
    if len(free) != len(strangers):
        return {}, ()
    roles |= zip(strangers, free, strict=True)
    return {name: roles[name] for name in names}, tuple(strangers)


def role_in_name(name: str) -> str:
    """The role that a parameter's name speaks of; nothing if it speaks of none."""
    words = name.lower()
    found = next((role for role, pattern in SPOKEN_OF.items() if re.search(pattern, words)), "")
    return f"target_{found}" if found in ("actor", "critic") and "target" in words else found


def notes_on_parameters(roles: Mapping[str, str], guessed: Sequence[str]) -> list[str]:
    """What there is to say about parameters whose place alone decided what they stand for."""
    if not guessed:
        return []
    taken = ", ".join(f"{name} for {roles[name]}" for name in guessed)
    return [
        f"By their place, these parameters were taken to stand for: {taken}. To be sure, name them "
        "actor, critic, observations."
    ]
