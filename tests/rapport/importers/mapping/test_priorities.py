"""Priorities of the presets: a number and the word beside it must say the same."""

import pytest

from rapport.importers.errors import RowError
from rapport.importers.mapping.cells import PriorityValues
from rapport.importers.mapping.presets import preset


def priority(name, text):
    return PriorityValues(preset(name).ticket.priority.values).of(text, "ticket.priority")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("servicenow", "5 - Critical"),
        ("servicenow", "1 - Low"),
        ("servicenow-audit-log", "1 - Laag"),
        ("topdesk", "P1 - Laag"),
        ("topdesk", "4 (Critical)"),
        ("topdesk", "p1 laag"),
        ("jira-service-management", "P1 - Lowest"),
    ],
)
def test_a_number_and_a_word_that_contradict_reject_the_row(name, text):
    with pytest.raises(RowError, match=r"by its number and P\d by its word; add the whole text"):
        priority(name, text)


@pytest.mark.parametrize("text", ["10 - weird", "Not critical", "niet kritiek", "2 weken", "1e5"])
@pytest.mark.parametrize("name", ["servicenow", "servicenow-audit-log", "topdesk"])
def test_a_text_without_a_known_priority_rejects_the_row(name, text):
    with pytest.raises(RowError, match="is not among"):
        priority(name, text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("servicenow", "1 - Critical", "P1"),
        ("servicenow", "2 - Hoog", "P2"),
        ("servicenow", "5 - Planning", "P4"),
        ("servicenow", "3", "P3"),
        ("servicenow", "3.0", "P3"),
        ("servicenow", "1 - Kritisch", "P1"),
        ("servicenow", "Very low", "P4"),
        ("topdesk", "P2", "P2"),
        ("topdesk", "4. Laag", "P4"),
        ("topdesk", "P1 Productie", "P1"),
        ("zammad", "3 high", "P2"),
        ("zammad", "1 low", "P4"),
        ("otrs-znuny", "5 very high", "P1"),
        ("otrs-znuny", "1 very low", "P4"),
        ("jira-service-management", "Highest", "P1"),
        ("zendesk", "urgent", "P1"),
    ],
)
def test_a_number_a_word_or_both_are_read(name, text, expected):
    assert priority(name, text) == expected


@pytest.mark.parametrize(
    ("values", "text", "expected"),
    [
        ({"1*": "P1", "*low*": "P4", "1 - low": "P2"}, "1 - Low", "P2"),
        ({"1*": "P1", "*low*": "P4", "1 -*": "P2"}, "1 - Low", "P2"),
        ({"1*": "P1", "*": "P3"}, "1 - Top", "P1"),
        ({"1*": "P1", "*": "P3"}, "10", "P3"),
        ({"*not low*": "P3", "*low*": "P4"}, "not low", "P3"),
    ],
)
def test_the_mapping_s_own_values_settle_it(values, text, expected):
    assert PriorityValues(values).of(text, "ticket.priority") == expected
