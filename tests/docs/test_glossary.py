"""docs/glossary.md explains each term once, in one sentence, in English and in Dutch."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text()
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if line.startswith("| ")
][2:]


def test_the_terms_are_in_order_and_each_is_there_once():
    terms = [row[0] for row in ROWS]
    assert len(terms) >= 30
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_has_one_sentence_in_each_language(row):
    _, english, dutch = row
    assert re.fullmatch(r"[A-Z][^.]*\.", english)
    assert re.fullmatch(r"\*\*[^*]+\*\*: [^.]*\.", dutch)
