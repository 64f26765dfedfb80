"""Points are shared out over their evidence, which is counted once."""

import pytest

from rapport.domain.explanation.apportionment import (
    EvidenceItem,
    PointsRow,
    apportion,
    event_kind,
    evidence_items,
    merge_rows,
)
from rapport.domain.ledger.decayed_sums import MeasureRule, SumWeight


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("touch.role|workshop|cio", "workshop"),
        ("touch|workshop", "workshop"),
        ("ticket.opened|request|P4", "request"),
        ("ticket.closed|P1|missed|auto", "ticket_missed"),
        ("ticket.rated|3|1|5", "ticket_rated"),
        ("message|carried", "message_carried"),
        ("touch.message|cio|carried", "message_carried"),
        ("proposal|it|accepted", "proposal_accepted"),
        ("touch.strategic", "touch_strategic"),
    ],
)
def test_the_kind_of_event_of_a_measure(measure, kind):
    assert event_kind(measure) == kind


class Made:
    """Tickets count for both sums, and promises for the first one alone."""

    def rule(self, key):
        both = (SumWeight("x", 10, 3), SumWeight("y", 10, 5))
        return {"promise|kept": MeasureRule(both[:1]), "ticket.reopened": MeasureRule(both)}.get(
            key, MeasureRule()
        )


AMOUNTS = {
    "promise|kept": {10: 2, 20: 1, 21: 9},
    "ticket.reopened": {0: 4},
    "survey.invited": {10: 7},
}
ONE = 2**40


@pytest.mark.parametrize(
    ("sum_name", "items"),
    [
        (
            "x",
            [
                ("promise_kept", 10, 3 * 2 * 2 * ONE, 2),
                ("promise_kept", 20, 3 * 1 * 4 * ONE, 1),
                ("ticket_reopened", 0, 3 * 4 * ONE, 4),
            ],
        ),
        ("y", [("ticket_reopened", 0, 5 * 4 * ONE, 4)]),
        ("z", []),
    ],
    ids=["x", "y", "none"],
)
def test_the_evidence_of_a_sum_up_to_a_day(sum_name, items):
    assert evidence_items(AMOUNTS, Made(), sum_name, 20) == items


@pytest.mark.parametrize("sign", [1, -1])
def test_the_units_that_are_left_go_to_the_largest_remainders(sign):
    # The quotas are 3 2/6, 1 4/6 and 5: one unit is left.
    items = [EvidenceItem("a", 1, 2), EvidenceItem("b", 1, 1), EvidenceItem("c", 1, 3)]
    assert apportion("x", sign * 10, items) == [
        PointsRow("x", "a", 1, sign * 3, 1),
        PointsRow("x", "b", 1, sign * 2, 1),
        PointsRow("x", "c", 1, sign * 5, 1),
    ]


def test_equal_remainders_go_by_kind_and_day_whether_there_is_a_day_or_not():
    items = [
        EvidenceItem("b", None, 1),
        EvidenceItem("a", 2, 1),
        EvidenceItem("a", 1, 1),
        EvidenceItem("a", None, 1),
    ]
    assert [(row.kind, row.day, row.points) for row in apportion("x", 6, items)] == [
        ("a", None, 2),
        ("a", 1, 2),
        ("a", 2, 1),
        ("b", None, 1),
    ]


def test_items_of_one_kind_and_day_are_one_row_with_all_their_events():
    items = [EvidenceItem("a", 1, 2, 3), EvidenceItem("a", 1, 1, 0), EvidenceItem("b", 1, 1, 4)]
    assert apportion("x", 8, items) == [
        PointsRow("x", "a", 1, 6, 3),
        PointsRow("x", "b", 1, 2, 4),
    ]


@pytest.mark.parametrize("points", [1, -1, 0])
def test_one_unit_goes_to_the_one_event_that_there_is(points):
    assert apportion("x", points, [EvidenceItem("a", 1, 1)]) == [PointsRow("x", "a", 1, points, 1)]


@pytest.mark.parametrize(
    "items", [[], [EvidenceItem("a", 1, 0)]], ids=["no evidence", "of no weight"]
)
def test_points_without_evidence_are_the_base(items):
    assert apportion("x", -7, items) == [PointsRow("x", "base", None, -7, 0)]


def test_an_item_is_one_event_and_a_row_none_by_default():
    assert (EvidenceItem("a", 1, 1).times, PointsRow("x", "a", 1, 1).events) == (1, 0)


def test_rows_are_merged_in_order_and_those_of_nothing_are_left_out():
    rows = [
        PointsRow("y", "a", 1, 1, 1),
        PointsRow("x", "b", 0, 5, 2),
        PointsRow("x", "b", None, 1, 0),
        PointsRow("x", "b", 0, -3, 4),
        PointsRow("x", "a", 2, 4, 1),
        PointsRow("x", "a", 2, -4, 1),
        PointsRow("x", "c", 1, 2, 1),
        PointsRow("x", "c", 1, -2, -1),
    ]
    assert merge_rows(rows) == (
        PointsRow("x", "a", 2, 0, 2),
        PointsRow("x", "b", None, 1, 0),
        PointsRow("x", "b", 0, 2, 6),
        PointsRow("y", "a", 1, 1, 1),
    )
