"""Texts of what follows from the organisation: approved suppliers, and clients together."""

from collections.abc import Iterable, Iterator
from typing import Final

from rapport.domain.clients.approvals import Approval, reason_of
from rapport.domain.comparison.roll_ups import RollUp, WeighedScore
from rapport.domain.procurement.health import PurchaseHealth
from rapport.language.language import Language

SHOWN_APPROVALS: Final = 5


def describe_approved(
    purchases: PurchaseHealth, approvals: Iterable[Approval], language: Language
) -> list[str]:
    """Return how many purchases each approval changed, and why; those with most purchases."""
    every, most_first = list(approvals), sorted(purchases.approved, key=lambda one: -one.times)
    return [
        language.text(
            "approved_purchases",
            n=one.times,
            supplier=one.supplier,
            day=language.day(one.from_day),
            reason=reason_of(every, one.supplier, one.from_day),
        )
        for one in most_first[:SHOWN_APPROVALS]
    ]


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
