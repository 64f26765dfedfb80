"""Free text as tokens: what counts as IT, as a pause, as a negation, and how much is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.streams.core.text import TEXT_LENGTH_MAX, TOKENS_MAX, sentences


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("IT's too slow", (("IT", "too", "slow"),)),
        ("ICT-afdeling", (("IT", "afdeling"),)),
        ("it is too slow", (("it", "is", "too", "slow"),)),
        ("IT IS DOWN", (("it", "is", "down"),)),
        ("We don't, can't, won't", (("we", "do", "not", ",", "can", "not", ",", "will", "not"),)),
        ("dont and cannot", (("do", "not", "and", "can", "not"),)),
        ("It cost 40.000. Really?", (("it", "cost", "40", "000"), ("really",))),
        ("één collega\u2019s idee", (("een", "collega", "idee"),)),
        ("", ()),
        ("...!? \n;", ()),
    ],
)
def test_a_text_is_read_as_sentences_of_plain_tokens(text, tokens):
    assert sentences(text) == tokens


@given(st.text(max_size=400))
def test_every_text_is_read_and_no_token_is_empty(text):
    assert all(token for sentence in sentences(text) for token in sentence)


def test_of_a_long_text_only_the_beginning_is_read():
    assert sum(map(len, sentences("a " * 32_768))) <= TOKENS_MAX
    assert sentences("x" * 65_536) == (("x" * TEXT_LENGTH_MAX,),)
