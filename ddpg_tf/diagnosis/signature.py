"""What a candidate asks for: the first thing to know about it.

A candidate names the networks that it needs in its signature:

    candidate(actor, critic, observations)              returns the gradients
    candidate(actor, critic, optimizer, observations)   performs the update

and may ask for more, by these names: `actions` (the replayed ones, [B, act_dim]), `target_actor`,
`target_critic`, `twin_critic`. A parameter with another name stands for the optimizer if it has
"opt" in its name; others, say (mu, q, states), for the first ones in the order above. What has a
default keeps it, unless it is one of the four.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GRADIENTS = ("actor", "critic", "observations")
UPDATE = ("actor", "critic", "optimizer", "observations")
EXTRAS = ("actions", "target_actor", "target_critic", "twin_critic")
NETWORKS = ("critic", "target_actor", "target_critic", "twin_critic")
"""All but the actor: the networks that an actor update must leave as they are."""

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
    roles = roles_of([parameter.name for parameter in asked])
    if not roles:
        raise TypeError(
            f"the signature is ({', '.join(p.name for p in asked)}); expected {EXPECTED}"
        )
    leading = []
    for parameter in parameters:
        if parameter.name not in roles or parameter.kind is parameter.KEYWORD_ONLY:
            break
        leading.append(parameter.name)
    return Signature(roles, frozenset(leading))


def roles_of(names: Sequence[str]) -> dict[str, str]:
    """Parameter name -> role; empty if these parameters fit neither of the two forms."""
    known = {*UPDATE, *EXTRAS}
    roles = {name: name for name in names if name in known}
    strangers = [name for name in names if name not in known]
    if "optimizer" not in roles:
        optimizers = [name for name in strangers if "opt" in name.lower()]
        roles |= dict.fromkeys(optimizers[:1], "optimizer")
        strangers = [name for name in strangers if name not in roles]
    order = UPDATE if "optimizer" in roles.values() else GRADIENTS
    free = [role for role in order if role not in roles.values()]
    if len(free) != len(strangers):
        return {}
    roles |= zip(strangers, free, strict=True)
    return {name: roles[name] for name in names}
