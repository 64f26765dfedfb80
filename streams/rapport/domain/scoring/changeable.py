"""Changeable components: what IT itself can do better, as opposed to what others say of it.

Only these are named as a gain or as a next step. Answers to surveys, the independent party's
rating and signals heard are opinions: IT can earn them, and cannot raise them itself. For the same
reason IT's own answers, the perception gap and the divergence have no such component.
"""

from collections.abc import Mapping
from typing import Final

from rapport.domain.scoring.score import Part, Score

CHANGEABLE: Final[Mapping[str, frozenset[str]]] = {
    "trust": frozenset({"closed", "promise", "rating", "reassigned", "reopened"}),
    "engagement": frozenset(
        {
            "breadth.cio",
            "breadth.it_management",
            "breadth.it_team",
            "breadth.project_managers",
            "frequency",
            "recency",
            "response",
            "silence",
            "strategic",
        }
    ),
    "knowledge": frozenset(
        {"business_strategy", "goals", "mission", "pain_points", "strategic_plan"}
    ),
    "participation": frozenset(
        {
            "consistency",
            "message",
            "roles.cio",
            "roles.it_management",
            "roles.it_team",
            "roles.project_managers",
        }
    ),
    "maturity": frozenset({"engagement", "knowledge", "proposals_accepted", "strategic_talks"}),
}
"""Score -> the components that IT can change; a score that is absent has none."""

SPOKEN: Final = "survey"
"""The component of trust that IT can talk about, although it cannot change it."""


def can_change(score_name: str, component: str) -> bool:
    """Return whether IT itself can change a component of a score.

    >>> can_change("trust", "promise"), can_change("trust", "signal")
    (True, False)
    >>> can_change("trust.own", "survey"), can_change("trust.independent", "independent")
    (False, False)
    """
    return component in CHANGEABLE.get(score_name, ())


def can_discuss(component: str) -> bool:
    """Return whether IT can begin a talk about trust with a component.

    It can with what it changes itself and with the client's answers; not with what was overheard.

    >>> can_discuss("closed"), can_discuss("survey"), can_discuss("signal")
    (True, True, False)
    """
    return component == SPOKEN or can_change("trust", component)


def gains(score: Score) -> tuple[Part, ...]:
    """Return the parts below their maximum that IT can change, the largest shortfall first."""
    return tuple(part for part in score.lacking() if can_change(score.name, part.component))
