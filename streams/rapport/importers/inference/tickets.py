"""Proposes the fields of tickets for a file's columns."""

from collections import Counter
from typing import Any, Final

from rapport.domain.events.text_key import slug
from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import Sample
from rapport.importers.inference.times import date_field, with_time
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.inference.values.priorities import (
    are_priorities,
    infer_priorities,
    priority_table,
)
from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.cells import NO, YES

HOURS: Final = {"P1": 8, "P2": 24, "P3": 72, "P4": 120}
TEXTS_MAX: Final = 12
SCALES: Final = ((1, 5), (0, 10))
MINUS: Final = ("-", "\u2212")
"""A hyphen, and the minus of typographers."""
INCIDENTS: Final = (
    "incident",
    "storing",
    "fault",
    "fout",
    "bug",
    "problem",
    "storung",
    "defect",
    "restoration",
)
NOT_PROPOSED: Final = ("closed_by", "comment")
"""Parts that are never proposed: who closed a ticket is seldom exported, texts are private."""


def ticket_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[ticket]` for a file's columns."""
    names = synonyms.TICKET
    ticket: dict[str, Any] = {} if _ids_are_unique(sample) else {"rows": "audit-log"}
    ticket["opened_at"] = date_field(sample, "ticket.opened_at", names["opened_at"], needed=True)
    for name in ("resolved_at", "updated_at"):
        column = date_field(sample, f"ticket.{name}", names[name])
        if column:
            ticket[name] = column
        elif name == "resolved_at":
            _note_unused_dates(sample)
    ticket["priority"] = _priority(sample)
    proposed = {"kind": _kind(sample), "sla": _sla(sample, ticket)}
    ticket |= {name: table for name, table in proposed.items() if table}
    for name in ("reassignments", "reopened"):
        column = sample.take(f"ticket.{name}", names[name])
        if column:
            ticket[name] = column
    rating = _rating(sample)
    if rating:
        ticket["rating"] = rating
    for name in NOT_PROPOSED:
        sample.note_absent(f"ticket.{name}")
    return {"ticket": ticket}


def _ids_are_unique(sample: Sample) -> bool:
    column = sample.find(synonyms.IDS["tickets"])
    values = sample.values(column) if column else []
    if len(set(values)) == len(values):
        return True
    sample.notes.append(f"{column!r} repeats: the file was taken as a log with one row per change")
    return False


def _note_unused_dates(sample: Sample) -> None:
    """Add the columns with dates that no field has to the note on a missing resolution."""
    known = {column for names in synonyms.TICKET.values() for column in sample.find_all(names)}
    others = sample.taken | known | set(sample.find_all(synonyms.DUE))
    unused = [
        column
        for column in sample.header
        if column not in others and are_dates(sample.values(column))
    ]
    if unused:
        sample.notes[-1] += f". Columns with dates that are not used: {', '.join(unused)}"


def _priority(sample: Sample) -> dict[str, Any]:
    column = sample.take("ticket.priority", synonyms.TICKET["priority"], are_priorities)
    if column is None:
        sample.notes[-1] += "; P3 was filled in"
        return {"constant": "P3"}
    found = infer_priorities(sample.values(column))
    sample.notes += [f"{column!r}: {note}" for note in found.notes]
    if found.unknown:
        sample.notes.append(f"unknown priorities were taken as P3: {', '.join(found.unknown)}")
    return priority_table(column, found)


def _kind(sample: Sample) -> dict[str, Any] | None:
    column = sample.take("ticket.kind", synonyms.TICKET["kind"])
    if column is None:
        return None
    common = Counter(sample.values(column)).most_common(TEXTS_MAX)
    texts = [text for text, _ in common if any(word in slug(text) for word in INCIDENTS)]
    patterns = {"*incident*": "incident", "*storing*": "incident", "*": "request"}
    values = {text: "incident" for text in texts if not _is_pattern(text)} | patterns
    if common and not texts:
        sample.notes.append(
            f"{column!r} has no word for a fault ({', '.join(INCIDENTS[:4])}…): every ticket is "
            "taken as a request; correct ticket.kind.values"
        )
    return {"column": column, "values": values, "default": "incident"}


def _is_pattern(text: str) -> bool:
    return "incident" in text.casefold() or "storing" in text.casefold()


def _sla(sample: Sample, ticket: dict[str, Any]) -> dict[str, Any] | None:
    for name, infer in _SLA_COLUMNS.items():
        for column in sample.find_all(synonyms.SLA[name]):
            values = infer(sample.values(column))
            if values is None and name == "left" and _are_durations(sample.values(column)):
                sample.refused.add(column)
                sample.notes.append(
                    f"{column!r} has no negative value, so it may be the time that a ticket took "
                    "and not the time that was left: it is not used. If it is the time that was "
                    f"left, set ticket.sla to {{ column = {column!r}, "
                    "values = { '-*' = false, '*' = true } }"
                )
            elif values is not None:
                sample.taken.add(column)
                _note_refused(sample, ticket, column)
                return {"column": column, **({"values": values} if values else {})}
    due = sample.find(synonyms.DUE) or sample.by_stem("due", are_dates) or ""
    if are_dates(sample.values(due)):
        _note_refused(sample, ticket, due)
        return {"due": with_time(sample, due)}
    if "resolved_at" not in ticket:
        sample.note_absent("ticket.sla")
        return None
    sample.notes.append(
        "no column was found for ticket.sla: whether a ticket was in time, or when it was due. "
        "Hours per priority were assumed, and are not agreed; correct the hours of "
        f"ticket.sla, or remove them. Without any {cost_of('ticket.sla').partition(',')[0]}"
    )
    return {"hours": HOURS}


def _note_refused(sample: Sample, ticket: dict[str, Any], column: str) -> None:
    """Add a note on resolved tickets whose row has no value for the service level."""
    resolved = ticket.get("resolved_at", "")
    name = resolved["date"] if isinstance(resolved, dict) else resolved
    rows = [row for row in sample.rows if sample.has_value(row, name)]
    without = sum(not sample.has_value(row, column) for row in rows)
    if without:
        sample.notes.append(
            f"{without} of {len(rows)} resolved tickets have no {column!r}: their rows are "
            "refused; `default = true` or `false` in [ticket.sla] says what they count as"
        )


def _met(values: list[str]) -> dict[str, bool] | None:
    """Return what the texts of a column mean; none are needed for yes and no."""
    if not values:
        return None
    if {value.casefold() for value in values} <= YES | NO:
        return {}
    texts = [text for text, _ in Counter(values).most_common(TEXTS_MAX + 1)]
    meanings = {text: _is_in_time(text) for text in texts}
    known = {text: meaning for text, meaning in meanings.items() if meaning is not None}
    return known if len(known) == len(texts) <= TEXTS_MAX else None


def _is_in_time(text: str) -> bool | None:
    """Return whether a text says in time; `not met` and `te laat` go before `met`.

    >>> _is_in_time("Within SLA"), _is_in_time("SLA Violated"), _is_in_time("7")
    (True, False, None)
    """
    key = f"-{slug(text)}-"
    if any(f"-{word}-" in key for word in synonyms.IN_TIME["missed"]):
        return False
    return True if any(f"-{word}-" in key for word in synonyms.IN_TIME["met"]) else None


def _missed(values: list[str]) -> dict[str, bool] | None:
    """Return the meanings of a column in which yes is too late."""
    folded = dict.fromkeys(value.casefold() for value in values)
    if not folded or not folded.keys() <= YES | NO:
        return None
    return {value: value in NO for value in folded}


def _left(values: list[str]) -> dict[str, bool] | None:
    """Return the meanings of a column with the time that was left; elapsed times have none.

    >>> _left(["2:25", "-0:40"]), _left(["2:25", "0:40"])
    ({'-*': False, '*': True}, None)
    """
    signs = [sign for sign in MINUS if any(value.startswith(sign) for value in values)]
    if not signs or not _are_durations(values):
        return None
    return {**{f"{sign}*": False for sign in signs}, "*": True}


def _are_durations(values: list[str]) -> bool:
    return bool(values) and all(any(letter.isdigit() for letter in value) for value in values)


_SLA_COLUMNS: Final = {"met": _met, "missed": _missed, "left": _left}


def _rating(sample: Sample) -> dict[str, Any] | None:
    for column in sample.find_all(synonyms.TICKET["rating"]):
        scale = _scale(sample.values(column))
        if scale is not None:
            sample.taken.add(column)
            sample.notes.append(f"{column!r} was taken as a rating, the highest is best: check it")
            return {"column": column, "lowest": scale[0], "highest": scale[1]}
    sample.note_absent("ticket.rating")
    return None


def _scale(values: list[str]) -> tuple[int, int] | None:
    """Return the usual scale that has every value; None if they are no whole numbers."""
    if not values or not all(value.isascii() and value.isdigit() for value in values):
        return None
    highest = max(map(int, values))
    return next((scale for scale in SCALES if highest <= scale[1]), None)
