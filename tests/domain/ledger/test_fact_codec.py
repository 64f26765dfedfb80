"""A fact is read from its bytes as it was written, with tuples at every depth."""

import pytest

from rapport.domain.ledger.fact_codec import coded, decoded, fact_of

FACTS = [
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 5),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("touch", "workshop", ("cio", "it_team"), (), (), None),
    ("buy", "outside", "software", "acme", "GBP", -1250),
]


@pytest.mark.parametrize("fact", FACTS, ids=[fact[0] for fact in FACTS])
def test_a_fact_is_read_as_it_was_written(fact):
    assert decoded(coded(fact)) == fact_of(coded(fact)) == fact
    assert hash(decoded(coded(fact))) == hash(fact)


def test_equal_facts_have_equal_bytes_and_others_have_not():
    assert len({coded(fact) for fact in [*FACTS, *FACTS]}) == len(FACTS)
