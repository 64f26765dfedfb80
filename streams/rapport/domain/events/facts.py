"""Mapping of events to postings in the ledger: the entity, the day and the fact of each event type.

A new event type needs a contract in `rapport_schemas` and a fact here.
"""

from collections.abc import Callable
from typing import Any, Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar, day_number
from rapport.domain.events.text_key import slug
from rapport.domain.ledger.entities import event_entity, named_entity
from rapport.domain.ledger.fact_codec import CodedFact, encode_fact
from rapport.domain.ledger.measures import MAX_REASSIGNMENTS, Fact
from rapport.domain.ledger.page import RETRACTED, Posting
from rapport_schemas.wire.rejection import Rejected

FindSignals = Callable[[str], tuple[str, ...]]


def _purchase(data: Any) -> Fact:
    supplier, category = slug(data.supplier), slug(data.category)
    return ("buy", _sanction(data), category, supplier, data.currency, data.amount_minor)


def _sanction(data: Any) -> str:
    if data.joint:
        return "joint"
    if data.sanctioned is None:
        return "unclassified"
    return "sanctioned" if data.sanctioned else "outside"


def _resolved(data: Any) -> Fact:
    reassignments = min(data.reassignments, MAX_REASSIGNMENTS)
    return ("ticket.closed", data.priority, data.sla_met, data.closed_by, reassignments)


def _invited(data: Any) -> Fact:
    if data.viewpoint == "client":
        return ("survey.invited",)
    return ("survey.invited", data.viewpoint)


def _touchpoint(data: Any) -> Fact:
    roles, topics = tuple(sorted(data.roles)), tuple(sorted(data.topics))
    teams = tuple(sorted(map(slug, data.teams)))
    return ("touch", data.kind, roles, teams, topics, data.message_carried)


def _settled(data: Any) -> Fact:
    return ("promise", "kept" if data.kept else "broken")


def _proposal(data: Any) -> Fact:
    return ("proposal", data.initiated_by, "accepted" if data.accepted else "declined")


_SETTLED: Final = "rapport.relationship.promise-settled.v1"
_ENTRY_CANCELLED: Final = "rapport.relationship.cancelled.v1"
_OCCURRENCES: Final[dict[str, Callable[[Any], Fact]]] = {
    "rapport.ticket.opened.v1": lambda data: ("ticket.opened", data.kind, data.priority),
    "rapport.ticket.resolved.v1": _resolved,
    "rapport.ticket.reopened.v1": lambda _: ("ticket.reopened",),
    "rapport.ticket.rated.v1": lambda d: ("ticket.rated", d.score, d.lowest, d.highest),
    "rapport.survey.invited.v1": _invited,
    "rapport.relationship.signal-heard.v1": lambda data: ("signal", data.signal, "heard"),
    "rapport.relationship.touchpoint-held.v1": _touchpoint,
    "rapport.relationship.profile-updated.v1": lambda d: ("knowledge", d.facet, d.held_from),
    _SETTLED: _settled,
    "rapport.relationship.proposal-decided.v1": _proposal,
}
_CANCELLED: Final = "rapport.procurement.cancelled.v1"
_PURCHASES: Final = frozenset(
    {"rapport.procurement.recorded.v1", "rapport.procurement.corrected.v1", _CANCELLED}
)
_WITHDRAWN: Final = frozenset(
    f"rapport.{topic}.withdrawn.v1" for topic in ("ticket", "survey", "relationship")
)
_ANSWERED: Final = "rapport.survey.answered.v1"
_TEXTS: Final = {
    "rapport.ticket.opened.v1": "comment",
    "rapport.ticket.resolved.v1": "comment",
    "rapport.ticket.rated.v1": "comment",
    _ANSWERED: "comment",
    "rapport.relationship.touchpoint-held.v1": "note",
}
FACT_TYPES: Final = frozenset(
    {*_OCCURRENCES, *_PURCHASES, *_WITHDRAWN, _ANSWERED, _ENTRY_CANCELLED}
)
"""Event types that may leave a posting."""


class WithdrawalPosting(Posting):
    """Retraction of an event on its page's day or on `day`, the day after.

    A withdrawal names a day of UTC, whose instants are on two days of another zone.
    """


def posting(
    event_type: str,
    data: Any,
    source: bytes,
    event_id: bytes,
    day: int,
    find_signals: FindSignals,
    calendar: Calendar = UTC_CALENDAR,
) -> tuple[int, Posting | None]:
    """Return the page's day and the posting of one valid event; None for one that leaves none.

    `source` and `event_id` are the CloudEvents attributes in UTF-8; `day` is the day of the event's
    own time in `calendar`. A purchase is on the page of its first recorded day, so that a
    correction finds it; the settlement of a promise with an id is on that of the promise's day.
    Raises `Rejected` for a promise that was made after it was settled.
    """
    if event_type in _PURCHASES:
        coded = RETRACTED if event_type == _CANCELLED else encode_fact(_purchase(data))
        return _purchase_posting(coded, data, source)
    if event_type in _WITHDRAWN:
        return _withdrawal_posting(data, source, calendar)
    if event_type == _SETTLED and data.promise_id is not None and data.made_on is not None:
        coded = encode_fact(_settled(data))
        return _settlement_posting(coded, data.promise_id, data, source, day)
    if event_type == _ENTRY_CANCELLED and data.kind == "settlement":
        return _settlement_posting(RETRACTED, data.entry_id, data, source, day)
    if event_type not in _OCCURRENCES and event_type != _ANSWERED:
        return day, None
    occurrence = _OCCURRENCES.get(event_type)
    fact = _answered(data, day) if occurrence is None else occurrence(data)
    text = getattr(data, _TEXTS[event_type], None) if event_type in _TEXTS else None
    signals = tuple(sorted(find_signals(text))) if text else ()
    coded = encode_fact(("with-signals", fact, signals) if signals else fact)
    return day, Posting(event_entity(source, event_id), 0, day, coded)


def _answered(data: Any, day: int) -> Fact:
    answers = tuple(sorted((a.question, a.score, a.lowest, a.highest) for a in data.answers))
    invited_on = data.invited_on
    lag_days = None if invited_on is None else max(0, day - day_number(invited_on))
    return ("survey.answered", data.viewpoint, answers, lag_days)


def _purchase_posting(coded: CodedFact, data: Any, source: bytes) -> tuple[int, Posting]:
    page_day = day_number(data.purchased_on)
    moved_to = getattr(data, "moved_to", None)
    day = page_day if moved_to is None else day_number(moved_to)
    entity = named_entity(source, "purchase", data.purchase_id)
    return page_day, Posting(entity, data.revision, day, coded)


def _settlement_posting(
    coded: CodedFact, promise_id: str, data: Any, source: bytes, day: int
) -> tuple[int, Posting]:
    made_day = day_number(data.made_on)
    if made_day > day + 1:  # the publisher's zone may be a day ahead
        raise Rejected("invalid", "data.made_on", "later than the event's own time")
    entity = named_entity(source, "promise", promise_id)
    return made_day, Posting(entity, data.revision, day, coded)


def _withdrawal_posting(data: Any, source: bytes, calendar: Calendar) -> tuple[int, Posting]:
    first, last = calendar.days_in_utc_day(day_number(data.occurred_on))
    entity = event_entity(source, data.event_id.encode())
    kind = Posting if first == last else WithdrawalPosting
    return first, kind(entity, 1, last, RETRACTED)
