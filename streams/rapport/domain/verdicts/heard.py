"""Concerns about signals: one that a person recorded is enough, of those found in text two are.

A signal that is found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from rapport.domain.concerns.verdict import Concern, Figure
from rapport.domain.signals.counts import times_within
from rapport.domain.verdicts.facts import OwnConcern, OwnFacts

KIND_OF_SIGNAL: Final = {
    "external_supplier": "heard_external_supplier",
    "options_open": "heard_options_open",
    "unclear_role": "heard_unclear_role",
    "raise_the_level": "heard_raise_the_level",
}
SINCE_DAYS_MAX: Final = 366
"""How far back the first day of a signal that is repeated is searched for."""


def heard_concerns(facts: OwnFacts) -> Iterator[OwnConcern]:
    """Yield what the client's people said, of the last 28 days."""
    for signal, kind in KIND_OF_SIGNAL.items():
        told = facts.amounts.get(f"signal|{signal}|heard", {})
        in_text = facts.amounts.get(f"signal|{signal}|text", {})
        people, texts = times_within(told, facts.day), times_within(in_text, facts.day)
        if people or texts >= facts.marks.signals_in_text:
            since = _since(facts, told, in_text)
            figures: Mapping[str, Figure] = {"told": people, "in_text": texts}
            yield OwnConcern(Concern(kind=kind, since=since, figures=figures))


def _since(facts: OwnFacts, told: Mapping[int, int], in_text: Mapping[int, int]) -> int:
    """Return the first day of the days in a row on which the signal counts, up to today."""
    day = facts.day
    for earlier in range(day - 1, day - SINCE_DAYS_MAX, -1):
        texts = times_within(in_text, earlier)
        if not times_within(told, earlier) and texts < facts.marks.signals_in_text:
            break
        day = earlier
    return day
