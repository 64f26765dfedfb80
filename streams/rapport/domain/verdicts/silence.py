"""Concerns about silence: a client from which a source brings nothing, while the source flows."""

from collections.abc import Iterator
from math import floor

from rapport.domain.concerns.verdict import Concern
from rapport.domain.procurement.feeds import source_state
from rapport.domain.verdicts.facts import ClientFacts, OwnFacts


def silence_concerns(facts: ClientFacts) -> Iterator[Concern]:
    """Yield a concern for each source in which the client is silent."""
    for source, state in facts.health.sources.items():
        silence, usual = state.silence_days, state.usual_silence_days
        flows = facts.context.feeds[source].state == "flowing"
        if flows and state.state == "silent" and silence is not None and usual is not None:
            yield Concern(
                kind="silent",
                since=facts.day - silence + usual + 1,
                figures={"silence_days": silence, "usual_days": usual},
                subject=source,
            )


def was_silent(facts: OwnFacts, source: str, weeks_ago: int) -> bool:
    """Return whether the client was silent in a source at the end of an earlier week.

    It is told of a feed that flowed then.
    """
    end = facts.week_end(weeks_ago)
    active = facts.active[source] >> (facts.day - end)
    days = floor(facts.policy.sources.slack_days) + 2
    if not active or active & (1 << days) - 1:
        # So many busy days without an event are always usual.
        return False
    return source_state(active, end, facts.policy.sources, "silent").state == "silent"
