"""Examples of every contract: a valid event, and an invalid one with the path of its error."""

from typing import Any, Final, NamedTuple


class Example(NamedTuple):
    """Valid event as JSON values, a change that makes it invalid, and the path of the error."""

    good: dict[str, Any]
    broken: dict[str, Any]
    path: str


_TICKET: Final = {"client": "finance", "ticket_id": "INC0012345"}
_PURCHASE: Final = {
    "client": "finance",
    "purchase_id": "PO-4711",
    "purchased_on": "2026-03-02",
    "supplier": "Acme Cloud",
    "category": "Cloud software",
    "amount_minor": 129_900,
    "currency": "EUR",
    "sanctioned": False,
}
_CHANGE: Final = {
    "client": "finance",
    "score": "trust",
    "day": "2026-03-03",
    "old": {"value": 0.6, "exact": "3/5"},
    "new": {"value": 0.475, "exact": "19/40"},
    "baseline": {"value": 0.5, "exact": "1/2"},
    "confidence": 0.8,
    "policy": "0f1e2d3c4b5a",
    "attribution": [
        {
            "component": "reopened",
            "kind": "ticket_reopened",
            "day": "2026-03-02",
            "points": {"value": -0.15, "exact": "-3/20"},
            "events": 3,
        },
        {
            "component": "survey",
            "kind": "decay",
            "points": {"value": 0.025, "exact": "1/40"},
            "events": 0,
        },
    ],
    "evidence": [
        {
            "kind": "ticket_reopened",
            "events": 3,
            "first_day": "2026-03-02",
            "last_day": "2026-03-02",
        },
    ],
    "reason": {
        "en": "trust 60 -> 48: 3 reopened tickets took 15 points",
        "nl": "vertrouwen 60 -> 48: 3 heropende tickets kostten 15 punten",
    },
    "follows": "00112233445566778899aabbccddeeff",
}
_FIGURE_CHANGED: Final = {
    **_CHANGE,
    "score": "perception",
    "old": {"value": 0.25, "exact": "1/4"},
    "new": {"value": -0.125, "exact": "-1/8"},
    "baseline": {"value": 0.0, "exact": "0"},
    "attribution": [
        {
            "component": "own.survey",
            "kind": "answer",
            "day": "2026-03-02",
            "points": {"value": -0.375, "exact": "-3/8"},
            "events": 1,
        },
    ],
}
_STATE: Final = {
    "client": "finance",
    "state": "purchases",
    "day": "2026-03-02",
    "old": "watch",
    "new": "alert",
    "confidence": 0.9,
    "policy": "0f1e2d3c4b5a",
    "evidence": [
        {"kind": "purchase", "events": 6, "first_day": "2026-02-03", "last_day": "2026-03-01"},
    ],
    "reason": {
        "en": "Outside purchases: 6 in the last 4 weeks and this one, 0.9 expected; chance 0.2 %.",
        "nl": "Aankopen buiten IT om: 6 in de laatste 4 weken en deze, 0,9 verwacht; kans 0,2 %.",
    },
    "follows": "00112233445566778899aabbccddeeff",
}
_WITHDRAWN: Final = {
    "client": "finance",
    "event_id": "INC0012345/resolved",
    "occurred_on": "2026-03-02",
}
EXAMPLES: Final[dict[str, Example]] = {
    "rapport.ticket.opened.v1": Example(
        {**_TICKET, "kind": "incident", "priority": "P2"}, {"priority": "P9"}, "data.priority"
    ),
    "rapport.ticket.resolved.v1": Example(
        {**_TICKET, "priority": "P2", "sla_met": True, "reassignments": 1},
        {"reassignments": -1},
        "data.reassignments",
    ),
    "rapport.ticket.reopened.v1": Example(_TICKET, {"ticket_id": ""}, "data.ticket_id"),
    "rapport.ticket.rated.v1": Example({**_TICKET, "score": 4}, {"score": 9}, "data"),
    "rapport.ticket.withdrawn.v1": Example(_WITHDRAWN, {"event_id": ""}, "data.event_id"),
    "rapport.procurement.recorded.v1": Example(
        _PURCHASE, {"amount_minor": -1}, "data.amount_minor"
    ),
    "rapport.procurement.corrected.v1": Example(
        {**_PURCHASE, "revision": 1, "amount_minor": 99_900}, {"revision": 0}, "data.revision"
    ),
    "rapport.procurement.cancelled.v1": Example(
        {
            "client": "finance",
            "purchase_id": "PO-4711",
            "revision": 2,
            "purchased_on": "2026-03-02",
        },
        {"purchased_on": "2026-02-30"},
        "data.purchased_on",
    ),
    "rapport.survey.invited.v1": Example(
        {"client": "finance", "survey_id": "2026-q1"}, {"viewpoint": "theirs"}, "data.viewpoint"
    ),
    "rapport.survey.answered.v1": Example(
        {
            "client": "finance",
            "survey_id": "2026-q1",
            "viewpoint": "client",
            "invited_on": "2026-03-01",
            "answers": [{"question": "trust", "score": 4}, {"question": "clarity", "score": 2}],
        },
        {"answers": [{"question": "trust", "score": 4, "lowest": 3, "highest": 3}]},
        "data.answers.0",
    ),
    "rapport.survey.withdrawn.v1": Example(
        _WITHDRAWN, {"occurred_on": "2026-02-30"}, "data.occurred_on"
    ),
    "rapport.relationship.signal-heard.v1": Example(
        {"client": "finance", "signal": "options_open"}, {"signal": "anger"}, "data.signal"
    ),
    "rapport.relationship.touchpoint-held.v1": Example(
        {
            "client": "finance",
            "kind": "roadmap_talk",
            "roles": ["it_management", "cio"],
            "topics": ["goals"],
            "message_carried": True,
        },
        {"roles": []},
        "data.roles",
    ),
    "rapport.relationship.profile-updated.v1": Example(
        {"client": "finance", "facet": "goals", "held_from": "client"},
        {"facet": "gossip"},
        "data.facet",
    ),
    "rapport.relationship.promise-settled.v1": Example(
        {"client": "finance", "kept": True}, {"kept": "yes"}, "data.kept"
    ),
    "rapport.relationship.proposal-decided.v1": Example(
        {"client": "finance", "initiated_by": "it", "accepted": True},
        {"initiated_by": "nobody"},
        "data.initiated_by",
    ),
    "rapport.client.registered.v1": Example(
        {"client": "finance", "name": "Finance", "owner": "relationship-team-a"},
        {"client": "Finance Dept"},
        "data.client",
    ),
    "rapport.client.removed.v1": Example({"client": "finance"}, {"client": ""}, "data.client"),
    "rapport.health.score-changed.v1": Example(_CHANGE, {"attribution": []}, "data.attribution"),
    "rapport.health.figure-changed.v1": Example(
        _FIGURE_CHANGED, {"attribution": []}, "data.attribution"
    ),
    "rapport.health.state-changed.v1": Example(_STATE, {"new": "On fire"}, "data.new"),
    "rapport.dead-letter.v1": Example(
        {
            "reason": "invalid",
            "path": "data.score",
            "detail": "Input should be less than or equal to 100",
            "topic": "tickets",
            "partition": 3,
            "offset": 4711,
            "length": 58,
        },
        {"reason": "It broke"},
        "data.reason",
    ),
}
