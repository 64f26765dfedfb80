"""Proposes the fields of tickets, purchases and surveys for a file's columns."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import Sample
from rapport.importers.inference.values import (
    has_negative,
    infer_currency,
    infer_decimal,
    infer_priority,
)
from rapport.importers.mapping.cells import NO, YES
from rapport.importers.mapping.columns import plain
from rapport.importers.mapping.scale_words import ScaleAnswer, read_answer
from rapport_schemas.currencies import DECIMALS

PRIORITIES_MAX: Final = 12
HOURS: Final = {"P1": 8, "P2": 24, "P3": 72, "P4": 120}
SCALES: Final = ((1, 5), (1, 7), (0, 10))
_LOW_IS_BEST: Final = re.compile(r"1-?(is-)?best")


def ticket_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[ticket]` for a file's columns."""
    columns = {name: sample.find(names) for name, names in synonyms.TICKET.items()}
    ticket: dict[str, Any] = {} if _ids_are_unique(sample) else {"rows": "audit-log"}
    ticket |= {"opened_at": sample.needed(synonyms.TICKET["opened_at"], "the opening of a ticket")}
    for name in ("resolved_at", "updated_at", "reassignments", "reopened"):
        if columns[name]:
            ticket[name] = columns[name]
    ticket["priority"] = _priority(sample, columns["priority"])
    if columns["kind"]:
        values = {"*incident*": "incident", "*storing*": "incident", "*": "request"}
        ticket["kind"] = {"column": columns["kind"], "values": values, "default": "incident"}
    ticket["sla"] = _sla(sample)
    return {"ticket": ticket}


def _ids_are_unique(sample: Sample) -> bool:
    column = sample.find(synonyms.IDS["tickets"])
    values = sample.values(column) if column else []
    if len(set(values)) == len(values):
        return True
    sample.notes.append(f"{column!r} repeats: the file was taken as a log with one row per change")
    return False


def _priority(sample: Sample, column: str | None) -> dict[str, Any]:
    if column is None:
        sample.notes.append("no column looks like a priority: every ticket is taken as P3")
        return {"constant": "P3"}
    common = [value for value, _ in Counter(sample.values(column)).most_common(PRIORITIES_MAX)]
    meanings = {value: infer_priority(value) for value in common}
    unknown = [value for value, meaning in meanings.items() if meaning is None]
    if unknown:
        sample.notes.append(f"unknown priorities were taken as P3: {', '.join(unknown)}")
    return {
        "column": column,
        "values": {value: meaning or "P3" for value, meaning in meanings.items()},
        "default": "P3",
    }


def _sla(sample: Sample) -> dict[str, Any]:
    column = sample.find(synonyms.SLA)
    if column and {value.casefold() for value in sample.values(column)} <= YES | NO:
        return {"column": column}
    due = sample.find(synonyms.DUE)
    if due:
        return {"due": due}
    sample.notes.append(
        "no column has whether a ticket was in time: correct the hours of ticket.sla"
    )
    return {"hours": HOURS}


def purchase_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[purchase]` for a file's columns."""
    names = synonyms.PURCHASE
    purchase: dict[str, Any] = {
        "purchased_on": sample.needed(names["purchased_on"], "the day of a purchase"),
        "supplier": {
            "column": sample.needed(names["supplier"], "a supplier"),
            "default": "unknown",
        },
    }
    category = sample.find(names["category"])
    if category:
        purchase["category"] = category
    purchase["amount"] = _amount(sample)
    purchase["sanctioned"] = {"constant": False}
    sample.notes.append("every purchase is taken as made outside IT: see purchase.sanctioned")
    return {"purchase": purchase}


def _amount(sample: Sample) -> dict[str, Any]:
    column = sample.needed(synonyms.AMOUNT, "an amount")
    values = sample.values(column)
    amount: dict[str, Any] = {"column": column}
    if has_negative(values):
        sample.notes.append('there are negative amounts; `negative = "skip"` leaves refunds out')
        amount["negative"] = "skip"
    code = sample.find(synonyms.CURRENCY)
    codes = Counter(value.upper() for value in sample.values(code)) if code else Counter()
    if codes and codes.keys() <= DECIMALS.keys():
        sample.notes.append(f"{code!r} must be the currency of the amount, not of the shop")
        currency = codes.most_common(1)[0][0]
        amount |= _decimal(sample, values, currency)
        return {**amount, "currency": {"column": code, "default": currency}}
    constant = infer_currency([column, *values])
    if constant is None:
        sample.notes.append("no currency was detected: EUR was filled in")
    amount |= _decimal(sample, values, constant or "EUR")
    return {**amount, "currency": {"constant": constant or "EUR"}}


def _decimal(sample: Sample, values: Sequence[str], currency: str) -> dict[str, Any]:
    mark, note = infer_decimal(values, DECIMALS[currency])
    sample.notes += [note] if note else []
    return {"decimal": mark} if mark else {}


def questions(sample: Sample) -> dict[str, str]:
    """Return question -> the column that probably has its answers."""
    columns: dict[str, str] = {}
    for column in sample.header:
        key = plain(column)
        for question, parts in synonyms.QUESTIONS.items():
            if (
                question not in columns
                and any(part in key for part in parts)
                and _scale(sample, column)
            ):
                columns[question] = column
                break
    return columns


def _scale(sample: Sample, column: str) -> tuple[int, int] | None:
    answers = [answer for value in sample.values(column) if (answer := read_answer(value))]
    totals = {answer.total for answer in answers if answer.total}
    numbers = {answer.number for answer in answers if answer.number is not None} | totals
    if not numbers:
        return _scale_of_words(answers)
    fitting = (scale for scale in SCALES if scale[0] <= min(numbers) <= max(numbers) <= scale[1])
    return next(fitting, None)


def _scale_of_words(answers: Sequence[ScaleAnswer]) -> tuple[int, int] | None:
    """Return the scale of answers that are words: with plain and weak words it has seven points."""
    words = [answer.word for answer in answers if answer.word and not answer.is_no_answer]
    if not words:
        return None
    strengths = {abs(word.rank) for word in words}
    return (1, 7) if strengths >= {1.0, 2.0, 3.0} else (1, 5)


def survey_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[survey]` for a file's columns."""
    answers = []
    for question, column in questions(sample).items():
        lowest, highest = _scale(sample, column) or (1, 5)
        answer = {"question": question, "column": column, "lowest": lowest, "highest": highest}
        low_is_best = _LOW_IS_BEST.search(plain(column)) is not None
        answers.append({**answer, "reversed": True} if low_is_best else answer)
        best = lowest if low_is_best else highest
        sample.notes.append(
            f"{column!r} is taken as the question {question} on a scale of {lowest} to {highest}, "
            f"{best} is best: check all three"
        )
    if not answers:
        sample.notes.append("no column looks like a question: put its name in place of CHANGE-ME")
        answers.append({"question": "trust", "column": "CHANGE-ME"})
    names = synonyms.SURVEY["answered_at"]
    survey = {
        "answered_at": sample.needed(names, "the time of an answer"),
        "survey_id": {"constant": "survey"},
        "viewpoint": {"constant": "client"},
        "answers": answers,
    }
    return {"survey": survey}
