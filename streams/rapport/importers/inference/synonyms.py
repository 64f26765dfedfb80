"""Names of columns and words of exports in three languages, from `synonyms.toml`."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from rapport.domain.documents.toml import parse_toml
from rapport_schemas.wire.errors import RapportError

_FILE: Final = "synonyms.toml"
_TABLES: Final = parse_toml(
    (files(__package__) / _FILE).read_text(encoding="utf-8"), _FILE, RapportError
).values
Names = tuple[str, ...]
"""Names of columns as keys, the best first."""


def _table(name: str) -> Mapping[str, Names]:
    return {key: tuple(words.split()) for key, words in _TABLES[name].items()}


CLIENT, WEAK_CLIENT, DUE, AMOUNT, CURRENCY = (
    Names(_TABLES[name].split()) for name in ("client", "weak_client", "due", "amount", "currency")
)
SLA: Final = _table("sla")
"""How a column tells whether a ticket was in time -> names of such columns."""
IDS: Final = _table("ids")
TICKET: Final = _table("ticket")
PURCHASE: Final = _table("purchase")
SURVEY: Final = _table("survey")
SURVEY_SYSTEMS: Final = _table("survey_systems")
"""System -> names of columns that only its exports have together."""
FORM_TIMES: Final = Names(_TABLES["form_times"]["first"].split())
"""The first column of Google Forms."""
QUESTIONS: Final = _table("questions")
"""The contract's questions -> parts of words in the names of their columns."""
STEMS: Final = _table("stems")
"""Field -> beginnings of words in the names of its columns."""
PRIORITY_WORDS: Final = {
    word: priority for priority, words in _table("priorities").items() for word in words
}
IN_TIME: Final = _table("in_time")
NO_DATE: Final = frozenset(_TABLES["no_date"]["words"].split())
"""Texts that stand for a missing date, as keys."""
DISCOVERED: Final = _table("discovered")
SIDES: Final = _table("sides")
"""Values that say whether an amount was paid or received."""
NO_AMOUNT: Final = _table("no_amount")
"""Words in the names of columns that are no amount, and the words that make them one."""
NAMES_OF_HEADERS: Final = frozenset(
    {*CLIENT, *WEAK_CLIENT, *DUE, *AMOUNT, *CURRENCY}
    | {
        name
        for table in (SLA, IDS, TICKET, PURCHASE, SURVEY, DISCOVERED)
        for row in table.values()
        for name in row
    }
)
"""Every synonym: the row of a file with the most of them is its header."""
