"""Rollup of stored pages into daily amounts: equal to adding event by event, but much faster.

Recovery reads every page of every client, so the measures of a fact are cached by its encoding.
"""

from functools import lru_cache

from rapport.domain.ledger.fact_codec import CodedFact, decode_fact
from rapport.domain.ledger.measures import expand
from rapport.domain.ledger.page import iter_facts

Amounts = dict[str, dict[int, int]]
FACTS_MAX = 65_536
"""Facts whose measures are cached."""


def count_page(value: bytes, amounts: Amounts) -> None:
    """Add the facts of an encoded page to `amounts` (measure -> day -> amount).

    An amount may become 0 when facts cancel out; `ClientMeasures.restored` drops such amounts.
    Raises `PageVersionError` when a newer version wrote the page.

    >>> from rapport.domain.ledger.fact_codec import encode_fact
    >>> from rapport.domain.ledger.page import Page, encode
    >>> amounts = {}
    >>> count_page(encode(Page({7: (0, 10, encode_fact(("ticket.reopened",)))}), 10), amounts)
    >>> amounts
    {'ticket.reopened': {10: 1}}
    """
    for day, code, times in iter_facts(value):
        for measure, shift_days, amount in _measures_of(code):
            days = amounts.get(measure)
            if days is None:
                days = amounts[measure] = {}
            shifted_day = day + shift_days
            days[shifted_day] = days.get(shifted_day, 0) + amount * times


def add_amounts(amounts: Amounts, more: Amounts) -> None:
    """Add `more` to `amounts`; the days of a new measure are shared, not copied.

    >>> amounts = {"touch|call": {10: 1}}
    >>> add_amounts(amounts, {"touch|call": {10: 2, 11: 1}, "promise|kept": {9: 1}})
    >>> amounts
    {'touch|call': {10: 3, 11: 1}, 'promise|kept': {9: 1}}
    """
    for measure, days in more.items():
        sums = amounts.setdefault(measure, days)
        if sums is days:
            continue
        if sums.keys().isdisjoint(days):
            sums.update(days)
        else:
            for day, amount in days.items():
                sums[day] = sums.get(day, 0) + amount


@lru_cache(maxsize=FACTS_MAX)
def _measures_of(code: CodedFact) -> tuple[tuple[str, int, int], ...]:
    return expand(decode_fact(code))
