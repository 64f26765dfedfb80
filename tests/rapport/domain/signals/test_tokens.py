"""Free text as tokens: what counts as IT, as a pause, as a negation, and how much is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.signals.tokens import TEXT_LENGTH_MAX, TOKENS_MAX, plain_word, sentences


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


NEGATED = {
    "can't": "can not",
    "won't": "will not",
    "cannot": "can not",
    "cant": "can not",
    "dunno": "do not know",
    "isn't": "is not",
    "needn't": "need not",
    **{
        f"{verb}nt": f"{verb} not"
        for verb in (
            *("do", "does", "did", "is", "was", "were", "are", "have", "has", "had"),
            *("could", "would", "should"),
        )
    },
}


@pytest.mark.parametrize(("word", "read"), NEGATED.items(), ids=NEGATED)
def test_a_negation_is_read_as_two_words(word, read):
    assert sentences(word) == sentences(word.upper()) == (tuple(read.split()),)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I.T. is slow", (("IT", "is", "slow"),)),
        ("R&D and IT&co", (("r&d", "and", "it&co"),)),
        ("a (b) c/d: e", (("a", ",", "b", ",", "c", ",", "d", ",", "e"),)),
        ("well-known - or not", (("well", "known", ",", "or", "not"),)),
        ("one \u2013 two \u2014 three", (("one", ",", "two", ",", "three"),)),
        ("\u2018quoted\u2019", (("quoted",),)),
        ("one\ntwo;three; four", (("one",), ("two", "three"), ("four",))),
        ('He said "no." Then left', (("he", "said", "no"), ("then", "left"))),
        ("snake_case", (("snake", "case"),)),
        ("IT's IT'S", (("IT", "IT"),)),
        ("IT'S DOWN", (("it", "down"),)),
        ("ICT", (("ict",),)),
        ("the ICT", (("the", "IT"),)),
    ],
)
def test_pauses_ends_and_apostrophes(text, tokens):
    assert sentences(text) == tokens


@pytest.mark.parametrize("length", [8_191, 8_192, 8_193])
def test_the_last_character_that_is_read(length):
    assert sum(map(len, sentences("x" * length)[0])) == min(length, 8_192)


@pytest.mark.parametrize("words", [1_199, 1_200, 1_201])
def test_the_last_token_that_is_read(words):
    assert sum(map(len, sentences("a " * words))) == min(words, 1_200)


@pytest.mark.parametrize(
    ("word", "plain"), [("caf\u00e9's", "cafe"), ("'s", "'s"), ("IT", "IT"), ("", "")]
)
def test_a_plain_word(word, plain):
    assert plain_word(word) == plain
