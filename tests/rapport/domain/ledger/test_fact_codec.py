"""A decoded fact equals the encoded one, with tuples at every depth."""

import pytest

from rapport.domain.ledger.fact_codec import cached_fact, decode_fact, encode_fact

FACTS = [
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 5),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("touch", "workshop", ("cio", "it_team"), (), (), None),
    ("buy", "outside", "software", "acme", "GBP", -1250),
]


@pytest.mark.parametrize("fact", FACTS, ids=[fact[0] for fact in FACTS])
def test_a_fact_is_read_as_it_was_written(fact):
    assert decode_fact(encode_fact(fact)) == cached_fact(encode_fact(fact)) == fact
    assert hash(decode_fact(encode_fact(fact))) == hash(fact)


def test_equal_facts_have_equal_bytes_and_others_have_not():
    assert len({encode_fact(fact) for fact in [*FACTS, *FACTS]}) == len(FACTS)
