"""What is lost when a file has no column for a part of the contract."""

from collections.abc import Mapping
from typing import Final

WITHOUT: Final[Mapping[str, str]] = {
    "client": "every row is filed under one client, so nothing is told about any other",
    "id": (
        "the content of a row is its id: a row that is corrected in the source is taken as a new "
        "one, and the earlier one is reported as missing"
    ),
    "ticket.opened_at": "no ticket can be read: each event needs the time at which it was opened",
    "ticket.resolved_at": (
        "no resolution is published, so neither service levels nor closed tickets count for trust"
    ),
    "ticket.updated_at": "a later change of a ticket does not count as its newest day (--since)",
    "ticket.reopened_at": "a reopening is filed at the time of the resolution",
    "ticket.priority": "every ticket weighs the same",
    "ticket.kind": "faults and requests cannot be told apart",
    "ticket.sla": (
        "no resolution is published, because each one says whether the service level was met; "
        "`ticket.sla.due` or `ticket.sla.hours` can say it instead"
    ),
    "ticket.reassignments": "tickets that went from group to group count as if they had not",
    "ticket.reopened": "no reopening is published, so tickets count as resolved at the first try",
    "ticket.closed_by": "tickets that were closed without an answer count as closed by a person",
    "ticket.rating": "no rating of a ticket is published",
    "ticket.rating.rated_at": "a rating is filed at the time of the resolution",
    "ticket.comment": "no signal is found in the texts of tickets",
    "purchase.purchased_on": "no purchase can be read: each one needs its day",
    "purchase.supplier": "every purchase has the supplier `unknown`, so suppliers are not compared",
    "purchase.category": "purchases are not told apart by what was bought",
    "purchase.amount": "no purchase can be read: each one needs its amount",
    "purchase.amount.currency": "every amount is taken in one currency",
    "purchase.sanctioned": "it is not known which purchases were made outside IT",
    "purchase.joint": "no purchase counts as made together with IT",
    "survey.answered_at": "no answer can be read: each one needs its time",
    "survey.invited_on": "it is not known how long people took to answer",
    "survey.survey_id": "every answer is filed under one survey",
    "survey.viewpoint": "every answer is taken as the client's own view",
    "touchpoint.teams": "it is not known which teams of IT took part",
    "touchpoint.topics": "it is not known which facets of the client were talked about",
    "touchpoint.message_carried": "it is not known whether the agreed message was brought",
    "touchpoint.note": "no signal is found in the notes of meetings",
    "signal.note": "the words of a signal are not read",
    "registration.aliases": "publishers must use the id or the name of a client",
    "survey.comment": "no signal is found in the texts of answers",
}
"""Field of a mapping -> what an import without its column cannot say."""
COSTLY: Final = frozenset(
    {
        "client",
        "ticket.resolved_at",
        "ticket.priority",
        "ticket.sla",
        "purchase.supplier",
        "purchase.category",
        "purchase.sanctioned",
    }
)
"""Fields whose absence is worth a line of its own at the end of an import."""


def cost_of(field: str) -> str:
    """Return what is lost without the column of a field.

    >>> cost_of("survey.answers.trust")
    'the question trust has no answers'
    """
    if field.startswith("survey.answers."):
        return f"the question {field.rsplit('.', 1)[1]} has no answers"
    return WITHOUT.get(field, WITHOUT.get(field.partition(".")[0], "that part is not published"))
