"""Infers what a file holds: tickets, purchases or a survey's answers, or neither."""

from typing import Final

from rapport.importers.errors import ImportFailed
from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import Check, Sample, keys_of
from rapport.importers.inference.surveys import questions
from rapport.importers.inference.values.amounts import are_amounts
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.inference.values.priorities import are_priorities
from rapport.importers.mapping.schema import Kind

SCORE_MIN: Final = 2
"""One column alone may mean anything."""
SHOWN_MAX: Final = 40
QUESTION_ENDS: Final = ("?", "]")
"""What the name of a question ends with in Google Forms, alone or as a row of a grid."""
BYTES: Final = frozenset({"bytes", "traffic", "verkeer"})
"""Words in the names of columns with how much an app is used."""
DISCOVERED: Final = (
    "a report of discovered apps says which apps are used and how much, not what was bought, on "
    "which day, by which department and for how much: it is neither tickets, nor purchases, nor a "
    "survey's answers, and a use is not counted as a purchase. Import the invoices or the card "
    "payments for these apps instead (docs/importing.md, Discovered apps)"
)


def infer_kind(sample: Sample) -> Kind:
    """Return the kind of a file; raises `ImportFailed` if its columns are of none."""
    if is_discovery_report(sample):
        raise ImportFailed(f"{DISCOVERED}. The columns are {_columns(sample)}")
    if is_survey(sample):
        return "surveys"
    scores = _scores_by_name(sample)
    kind = max(scores, key=lambda name: scores[name])
    if scores[kind] < SCORE_MIN:
        scores = _scores_by_stem(sample)
        kind = max(scores, key=lambda name: scores[name])
    if scores[kind] < SCORE_MIN:
        raise ImportFailed(
            "the columns look neither like tickets, nor purchases, nor a survey's answers: "
            f"{_columns(sample)}; name the kind, as in "
            "`rapport import tickets --guess FILE`, or write a mapping (docs/importing.md)"
        )
    return kind


def is_survey(sample: Sample) -> bool:
    """Return whether a row, or the names of columns, are those of a system for surveys."""
    keys = {key for name in sample.header for key in keys_of(name)}
    is_form = bool(sample.header) and keys_of(sample.header[0])[-1] in synonyms.FORM_TIMES
    has_question = any(name.rstrip().endswith(QUESTION_ENDS) for name in sample.header)
    is_named = any(keys.issuperset(names) for names in synonyms.SURVEY_SYSTEMS.values())
    return sample.is_survey or is_named or (is_form and has_question)


def is_discovery_report(sample: Sample) -> bool:
    """Return whether a file is a report of discovered apps: an app, its use, and no amount."""
    named = sample.find_all(synonyms.DISCOVERED["use"])
    bytes_of = [name for name in sample.header if BYTES & {*keys_of(name)[-1].split("-")}]
    uses = {*named, *bytes_of}
    has_risk = sample.find(synonyms.DISCOVERED["risk"]) is not None
    has_app = sample.find(synonyms.DISCOVERED["app"]) is not None
    is_use = len(uses) >= SCORE_MIN or (has_risk and bool(uses))
    return has_app and is_use and sample.find(synonyms.AMOUNT) is None


def _columns(sample: Sample) -> str:
    return ", ".join(map(repr, sample.header[:SHOWN_MAX]))


def _scores_by_name(sample: Sample) -> dict[Kind, int]:
    names = synonyms.TICKET.values(), synonyms.PURCHASE.values()
    tickets, purchases = (sum(sample.find(one) is not None for one in kind) for kind in names)
    return {
        "tickets": tickets,
        "purchases": purchases + 2 * (sample.find(synonyms.AMOUNT) is not None),
        "surveys": 2 * len(questions(sample)),
    }


def _scores_by_stem(sample: Sample) -> dict[Kind, int]:
    """Return the scores of a system whose names are unknown, by parts of names and by values."""
    tickets = (("opened_at", are_dates), ("resolved_at", are_dates), ("priority", are_priorities))
    purchases = (("purchased_on", are_dates), ("amount", are_amounts))
    return {
        "tickets": sum(_has_stem(sample, stem, check) for stem, check in tickets),
        "purchases": sum(_has_stem(sample, stem, check) for stem, check in purchases),
        "surveys": 0,
    }


def _has_stem(sample: Sample, field: str, check: Check) -> bool:
    return any(
        any(word.startswith(stem) for word in keys_of(column)[-1].split("-") for stem in stems)
        and check(sample.values(column))
        for column in sample.header
        for stems in (synonyms.STEMS[field],)
    )
