"""Mapping of events to postings in the ledger: the entity, the day and the fact of each event type.

A new event type needs a contract in `rapport_schemas` and a fact here.
"""

from collections.abc import Callable
from typing import Any, Final

from xxhash import xxh3_64_intdigest

from rapport.domain.calendar import day_number
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.measures import MAX_REASSIGNMENTS, Fact
from rapport.domain.ledger.page import Posting
from rapport.domain.text_key import slug

FindSignals = Callable[[str], tuple[str, ...]]


def _opened(data: Any) -> Fact:
    return ("ticket.opened", data.kind, data.priority)


def _resolved(data: Any) -> Fact:
    moves = min(data.reassignments, MAX_REASSIGNMENTS)
    return ("ticket.closed", data.priority, data.sla_met, data.closed_by, moves)


def _reopened(_data: Any) -> Fact:
    return ("ticket.reopened",)


def _rated(data: Any) -> Fact:
    return ("ticket.rated", data.score, data.lowest, data.highest)


def _purchase(data: Any) -> Fact:
    return (
        "buy",
        _sanction(data),
        slug(data.category),
        slug(data.supplier),
        data.currency,
        data.amount_minor,
    )


def _sanction(data: Any) -> str:
    if data.joint:
        return "joint"
    if data.sanctioned is None:
        return "unclassified"
    return "sanctioned" if data.sanctioned else "outside"


def _cancelled(_data: Any) -> Fact:
    return ("nothing",)


def _invited(data: Any) -> Fact:
    if data.viewpoint == "client":
        return ("survey.invited",)
    return ("survey.invited", data.viewpoint)


def _signal(data: Any) -> Fact:
    return ("signal", data.signal, "heard")


def _touchpoint(data: Any) -> Fact:
    return (
        "touch",
        data.kind,
        tuple(sorted(data.roles)),
        tuple(sorted(slug(team) for team in data.teams)),
        tuple(sorted(data.topics)),
        data.message_carried,
    )


def _profile(data: Any) -> Fact:
    return ("knowledge", data.facet, data.held_from)


def _promise(data: Any) -> Fact:
    return ("promise", "kept" if data.kept else "broken")


def _proposal(data: Any) -> Fact:
    return ("proposal", data.initiated_by, "accepted" if data.accepted else "declined")


_OCCURRENCES: Final[dict[str, Callable[[Any], Fact]]] = {
    "rapport.ticket.opened.v1": _opened,
    "rapport.ticket.resolved.v1": _resolved,
    "rapport.ticket.reopened.v1": _reopened,
    "rapport.ticket.rated.v1": _rated,
    "rapport.survey.invited.v1": _invited,
    "rapport.relationship.signal-heard.v1": _signal,
    "rapport.relationship.touchpoint-held.v1": _touchpoint,
    "rapport.relationship.profile-updated.v1": _profile,
    "rapport.relationship.promise-settled.v1": _promise,
    "rapport.relationship.proposal-decided.v1": _proposal,
}
_PURCHASES: Final[dict[str, Callable[[Any], Fact]]] = {
    "rapport.procurement.recorded.v1": _purchase,
    "rapport.procurement.corrected.v1": _purchase,
    "rapport.procurement.cancelled.v1": _cancelled,
}
_WITHDRAWN: Final = frozenset({"rapport.ticket.withdrawn.v1", "rapport.survey.withdrawn.v1"})
_ANSWERED: Final = "rapport.survey.answered.v1"
_TEXTS: Final = {
    "rapport.ticket.opened.v1": "comment",
    "rapport.ticket.resolved.v1": "comment",
    "rapport.ticket.rated.v1": "comment",
    _ANSWERED: "comment",
    "rapport.relationship.touchpoint-held.v1": "note",
}
FACT_TYPES: Final = frozenset({*_OCCURRENCES, *_PURCHASES, *_WITHDRAWN, _ANSWERED})


def posting(
    event_type: str,
    data: Any,
    source: bytes,
    event_id: bytes,
    day: int,
    find_signals: FindSignals,
) -> tuple[int, Posting]:
    """Return the page's day and the posting of one valid event.

    `source` and `event_id` are the CloudEvents attributes in UTF-8; `day` is the day of the event's
    own time. A purchase is on the page of its first recorded day, so that a correction finds it.
    """
    purchase = _PURCHASES.get(event_type)
    if purchase is not None:
        return _purchase_posting(purchase(data), data, source)
    if event_type in _WITHDRAWN:
        return _withdrawal_posting(data, source)
    occurrence = _OCCURRENCES.get(event_type)
    fact = _answered(data, day) if occurrence is None else occurrence(data)
    text = getattr(data, _TEXTS[event_type], None) if event_type in _TEXTS else None
    if text:
        signals = tuple(sorted(find_signals(text)))
        fact = ("with-signals", fact, signals) if signals else fact
    return day, Posting(
        xxh3_64_intdigest(b"%b\0%b" % (source, event_id)), 0, day, encode_fact(fact)
    )


def _answered(data: Any, day: int) -> Fact:
    answers = tuple(sorted((a.question, a.score, a.lowest, a.highest) for a in data.answers))
    invited_on = data.invited_on
    lag_days = None if invited_on is None else max(0, day - day_number(invited_on))
    return ("survey.answered", data.viewpoint, answers, lag_days)


def _purchase_posting(fact: Fact, data: Any, source: bytes) -> tuple[int, Posting]:
    page_day = day_number(data.purchased_on)
    moved_to = getattr(data, "moved_to", None)
    day = page_day if moved_to is None else day_number(moved_to)
    entity = xxh3_64_intdigest(b"%b\0purchase\0%b" % (source, data.purchase_id.encode()))
    return page_day, Posting(entity, data.revision, day, encode_fact(fact))


def _withdrawal_posting(data: Any, source: bytes) -> tuple[int, Posting]:
    day = day_number(data.occurred_on)
    entity = xxh3_64_intdigest(b"%b\0%b" % (source, data.event_id.encode()))
    return day, Posting(entity, 1, day, encode_fact(_cancelled(data)))
