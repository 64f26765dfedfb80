"""Texts of roll-ups: the scores of a group or an owner, and which clients do not count in them."""

from collections.abc import Iterator

from rapport.domain.comparison.roll_ups import RollUp, WeighedScore
from rapport.language.language import Language


def describe_roll_up(together: RollUp, language: Language) -> list[str]:
    """Return the scores of some clients together, and what is missing from them."""
    return list(_sentences(together, language))


def _sentences(together: RollUp, language: Language) -> Iterator[str]:
    scores = [
        _score(name, score, together, language)
        for name, score in together.scores.items()
        if score.value is not None
    ]
    if not scores:
        yield language.text("rollup_none")
    elif together.is_weighed:
        yield language.text("rollup_weighed", scores="; ".join(scores))
    else:
        yield language.text("rollup_equal", scores="; ".join(scores))
    if together.is_weighed and together.without_size:
        yield language.text("rollup_without_size", n=together.without_size)
    elsewhere = together.clients - together.scored
    if elsewhere:
        yield language.text("rollup_elsewhere", n=elsewhere)


def _score(name: str, score: WeighedScore, together: RollUp, language: Language) -> str:
    """Return a score with the clients and the people that count in it."""
    shown = f"{language.scores[name]} {language.points(score.value or 0.0)}"
    counted, every = score.clients, together.clients
    clients = language.text("rollup_clients", n=every, count=counted)
    if together.is_weighed:
        people = language.text("rollup_people", n=together.people, count=score.people)
        return f"{shown} ({clients}, {people})"
    return f"{shown} ({clients})"
