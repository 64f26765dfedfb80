"""Concerns about signals: one that a person recorded is enough, of those found in text two are.

A signal that is found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from collections.abc import Iterator
from typing import Final

from rapport.domain.concerns.verdict import Concern
from rapport.domain.signals.counts import times_within
from rapport.domain.verdicts.facts import ClientFacts

KIND_OF_SIGNAL: Final = {
    "external_supplier": "heard_external_supplier",
    "options_open": "heard_options_open",
    "unclear_role": "heard_unclear_role",
    "raise_the_level": "heard_raise_the_level",
}
SINCE_DAYS_MAX: Final = 366
"""How far back the first day of a signal that is repeated is searched for."""


def heard_concerns(facts: ClientFacts) -> Iterator[Concern]:
    """Yield what the client's people said, of the last 28 days."""
    told = {count.signal: count.times for count in facts.inputs.signals if count.by == "person"}
    in_text = {count.signal: count.times for count in facts.inputs.signals if count.by == "text"}
    for signal, kind in KIND_OF_SIGNAL.items():
        people, texts = told.get(signal, 0), in_text.get(signal, 0)
        if people or texts >= facts.marks.signals_in_text:
            yield Concern(
                kind=kind,
                since=_since(facts, signal),
                figures={"told": people, "in_text": texts},
            )


def _since(facts: ClientFacts, signal: str) -> int:
    """Return the first day of the days in a row on which the signal counts, up to today."""
    told = facts.amounts.get(f"signal|{signal}|heard", {})
    in_text = facts.amounts.get(f"signal|{signal}|text", {})
    day = facts.day
    for earlier in range(day - 1, day - SINCE_DAYS_MAX, -1):
        texts = times_within(in_text, earlier)
        if not times_within(told, earlier) and texts < facts.marks.signals_in_text:
            break
        day = earlier
    return day
