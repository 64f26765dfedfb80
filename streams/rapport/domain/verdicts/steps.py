"""Next steps for trust: where IT can begin."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from rapport.domain.procurement.feeds import source_state
from rapport.domain.scoring.changeable import SPOKEN, gains
from rapport.domain.verdicts.facts import OwnFacts

SOURCES_OF: Final[Mapping[str, str]] = {
    "closed": "tickets",
    "promise": "relationship",
    "rating": "tickets",
    "reassigned": "tickets",
    "reopened": "tickets",
    SPOKEN: "surveys",
}
"""Component -> the source of its evidence."""


def first_step(facts: OwnFacts) -> str | None:
    """Return the component with the most missing points of those where IT can begin today.

    It cannot where the client is silent: without tickets there is nothing to handle better.
    """
    score = facts.own.scores.trust
    spoken = (part for part in score.lacking() if part.component == SPOKEN)
    below = (part.component for part in chain(gains(score), spoken))
    return next((one for one in below if not _is_silent(facts, SOURCES_OF[one])), None)


def _is_silent(facts: OwnFacts, source: str) -> bool:
    active = facts.active[source]
    return source_state(active, facts.day, facts.policy.sources, "silent").state == "silent"
