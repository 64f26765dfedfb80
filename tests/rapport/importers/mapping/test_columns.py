"""Columns of free text: all values are read, however often the header has the column."""

from contextlib import closing
from pathlib import Path

import pytest

from rapport.importers.errors import RowError
from rapport.importers.files.table import unique_names
from rapport.importers.mapping.columns import Header
from rapport.importers.mapping.presets import find_mapping
from rapport.importers.mapping.schema import parse_mapping, read_mapping
from rapport.importers.rows.reader import open_records
from rapport_schemas.fields import TEXT_CHARACTERS_MAX

FIELD = Path(__file__).parents[3] / "data" / "field"


def comments(path, mapping):
    table, records = open_records(path, mapping)
    try:
        return [record.events[0].data.comment for record in records]
    finally:
        table.close()


@pytest.mark.parametrize(
    "named", ['["Comment", "Comment#1", "Comment#2", "Comment#3"]', '"Comment"']
)
def test_every_comment_of_a_jira_issue_is_read(named):
    mapping = read_mapping(FIELD / "31-jira-comments.toml")
    text = (FIELD / "31-jira-comments.toml").read_text()
    before, _, after = text.partition("comment = ")
    mapping = parse_mapping(f"{before}comment = {named}\n{after.partition(chr(10))[2]}", "test")
    first, second = comments(FIELD / "31-jira-comments.csv", mapping)
    assert first.split("\n\n") == [
        "02/Mar/26 9:40 AM;5b1:aa;Looking into it",
        "02/Mar/26 11:00 AM;5b1:bb;We gave up waiting for IT and hired a web agency.",
    ]
    assert second == "03/Mar/26 9:40 AM;5b1:aa;ok"


def test_every_remark_of_an_answer_is_read(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,at,trust,Remark,Other remarks,Remark\n1,2026-03-02,4,slow,,too late\n")
    mapping = parse_mapping(
        'kind = "surveys"\ntitle = "t"\nsource = "urn:t"\nclient = { constant = "x" }\n'
        'id = { columns = ["id"] }\n[survey]\nanswered_at = "at"\n'
        'survey_id = { constant = "s" }\ncomment = ["Other remarks", "remark"]\n'
        '[[survey.answers]]\nquestion = "trust"\ncolumn = "trust"\n',
        "test",
    )
    assert comments(path, mapping) == ["slow\n\ntoo late"]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"a": "one", "b#1": "two", "b#2": "three"}, "one\n\ntwo\n\nthree"),
        ({"a": "", "b#1": " two ", "b#2": "n/a"}, "two"),
        ({"a": "#REF!", "b#1": "same", "b#2": "same"}, "same"),
        ({}, None),
    ],
)
def test_values_are_joined_in_order_and_each_once(cells, text):
    header = Header(["a", "b#1", "b#2", "c"], ["n/a"])
    assert header.find_texts(["a", "B"], "ticket.comment").text(cells) == text
    assert header.bindings["ticket.comment"] == ("a", "b#1", "b#2")


def test_joined_texts_end_at_the_contract_s_length():
    texts = Header(["a", "b"], []).find_texts(["a", "b"], "ticket.comment")
    joined = texts.text({"a": "x" * 40_000, "b": "y" * 40_000})
    assert len(joined) == TEXT_CHARACTERS_MAX
    assert joined.startswith("x" * 40_000 + "\n\ny")


def found(names, wanted, *values):
    header = Header(unique_names(names), ["n/a"])
    row = dict(zip(header.names, values, strict=True))
    return header.find_any(wanted, "purchase.amount").found(row)


@pytest.mark.parametrize(
    ("names", "wanted", "values", "expected"),
    [
        (["Net", "Net", "Total"], ["Net", "Total"], ["5", "5", "6"], ("Net#1", "5")),
        (["Net", "Net", "Total"], ["Net", "Total"], ["n/a", " 5 ", "6"], ("Net#2", "5")),
        (["Net", "Net", "Total"], ["Net", "Total"], ["", "", "6"], ("Total", "6")),
        (["Net", "Net"], ["Net#2"], ["4", "5"], ("Net#2", "5")),
        (["Net", "Net"], ["Net", "net#1"], ["4", "5"], ("Net#1", "4")),
        (["Bedrag", "bedrag"], ["BEDRAG"], ["", "5"], ("bedrag", "5")),
        (["Bedrag", "bedrag"], ["bedrag"], ["4", "5"], ("bedrag", "5")),
        (["Ticket#", "Ticket"], ["Ticket"], ["4", "5"], ("Ticket", "5")),
        (["a.display_value", "b"], ["a", "b"], ["x", "y"], ("a.display_value", "x")),
        (["a", "a.display_value"], ["a"], ["", "x"], ("a.display_value", "x")),
        (["Net"], ["Other"], ["4"], None),
    ],
)
def test_a_column_that_repeats_goes_before_the_next_name(names, wanted, values, expected):
    assert found(names, wanted, *values) == expected


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["Net", "Net", "Total"], ["Net", "Total"]),
        (["Total", "Organizations", "Organizations"], ["organizations", "Total"]),
        (["Bedrag", "x", "bedrag"], ["BEDRAG"]),
    ],
)
def test_two_values_of_one_column_name_reject_the_row(names, wanted):
    with pytest.raises(RowError, match="name one of the two columns in the mapping"):
        found(names, wanted, "1", "2", "3")


def test_two_different_dates_of_one_column_name_reject_the_row(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text(
        "Number,Opened,Opened,Priority\n1,2026-03-02 10:00:00,2026-03-04 10:00:00,1 - Critical\n"
    )
    table, records = open_records(path, find_mapping("servicenow"))
    with closing(table):
        (rejected,) = records
    assert rejected.path == "ticket.opened_at"
