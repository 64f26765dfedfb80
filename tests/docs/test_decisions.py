"""docs/decisions/README.md lists every decision with its title, date and status."""

import re
from datetime import date
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
PAGES = sorted(DECISIONS.glob("[0-9]*.md"))
ROW = re.compile(
    r"\| (?P<number>\d+) \| \[(?P<title>.+)\]\((?P<file>[\w.-]+)\) \| (?P<date>[\d-]+) "
    r"\| (?P<status>current|superseded by \[(?P<by>\d+)\]\((?P<by_file>[\w.-]+)\)) \|"
)
ROWS = [
    row
    for line in (DECISIONS / "README.md").read_text().splitlines()
    if (row := ROW.fullmatch(line))
]
HEADING = re.compile(r"# (\d+)\. (\S.*[^.])")
STATUS = re.compile(r"^\*\*Status\.\*\* Superseded by \[(\d+)\]\((.+?)\)", re.MULTILINE)


def test_every_decision_is_in_the_index_once_in_the_order_of_numbers():
    assert [row["file"] for row in ROWS] == [page.name for page in PAGES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["number"])
def test_the_index_says_what_the_page_says(row):
    page = (DECISIONS / row["file"]).read_text()
    number, title = HEADING.fullmatch(page.splitlines()[0]).groups()
    assert (number, title) == (row["number"], row["title"])
    assert int(row["file"][:4]) == int(number)
    date.fromisoformat(row["date"])
    superseded = re.search(
        r"^\*\*Status\.\*\* Superseded by \[(\d+)\]\((.+?)\)", page, re.MULTILINE
    )
    assert (superseded.groups() if superseded else (None, None)) == (row["by"], row["by_file"])
    if superseded:
        assert (DECISIONS / row["by_file"]).exists()
        assert int(row["by_file"][:4]) == int(row["by"])
