"""The shipped vocabulary: what it hears, what it leaves alone, and the gates that it must meet."""

import pickle
import sys
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.events.facts import posting
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.measures import measures_of
from rapport.domain.signals.evaluation import ANY_SIGNAL, judge_texts, measure_quality
from rapport.domain.signals.finder import SignalNames, find_signals
from rapport.domain.signals.tokens import sentences
from rapport.runtime.vocabulary_file import load_labelled, load_vocabulary
from rapport_schemas.relationship import TouchpointHeld
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.ticket import TicketRated

DATA = Path(__file__).parents[3] / "data"
LABELLED = sorted(DATA.glob("signals_*.jsonl"))
# Measured and unchanged since: six texts a signal are too few for a gate on each.
UNTUNED = DATA / "signals_second_last.jsonl"
TUNED = [file for file in LABELLED if file != UNTUNED]
COMMENTS = [one for file in LABELLED for one in load_labelled(file)]


@cache
def shipped():
    return load_vocabulary(None)


def names(text, language=None):
    return {one.name for one in find_signals(text, shipped(), language)}


def find(text, language):
    return find_signals(text, shipped(), language)


HEARD = {
    "outside_party_because_it_does_not": [
        "We hired an agency because IT never answered.",
        "Wij hebben een bureau ingehuurd omdat IT geen tijd had.",
    ],
    "outside_party_around_it": [
        "Legal contracted a vendor without telling IT.",
        "Juridische zaken heeft buiten IT om een leverancier gecontracteerd.",
    ],
    "own_tool_because_it_does_not": [
        "We bought our own planning software, IT was too slow.",
        "We kochten zelf een planningspakket, IT was te traag.",
    ],
    "lack_and_undecided": [
        "No budget this year. We would rather not commit yet.",
        "Geen budget dit jaar. We leggen ons liever nog niet vast.",
    ],
    "options_kept_open": [
        "We want to keep all our options open.",
        "We willen alle opties openhouden.",
    ],
    "question_about_the_role": [
        "What does IT actually do for us?",
        "Wat doen jullie eigenlijk voor ons?",
    ],
    "role_not_clear": [
        "It is unclear to me where the responsibilities of IT end.",
        "Het is mij onduidelijk wat de taken van IT zijn.",
    ],
    "it_to_a_higher_level": [
        "How can we lift the IT services to a higher level?",
        "Hoe tillen we de IT-dienstverlening naar een hoger niveau?",
    ],
}
LEFT_ALONE = [
    "My external monitor is black.",
    "The external hard drive is not recognised.",
    "Please keep port 443 open for the supplier.",
    "What does this error mean?",
    "Please raise a ticket for me.",
    "I want to upgrade my laptop.",
    "The options menu stays open.",
    "Please open a purchase order for IT.",
    "IT brought in an external supplier for us.",
    "The supplier that IT chose does a good job.",
    "The vendor has an outage and cannot deliver.",
    "IT raised the bar last year.",
    "We did not hire an agency, IT helped us.",
    "Should we hire an external agency?",
    "If IT cannot do it we might hire an agency.",
    "We hired a contractor, he needs an account and IT is slow.",
    "Mijn externe scherm blijft zwart.",
    "Laat poort 443 open voor de leverancier.",
    "Wat betekent deze foutmelding?",
    "IT heeft een externe leverancier ingehuurd.",
    "De leverancier heeft een storing en kan niet leveren.",
    "We hebben geen bureau ingehuurd, IT hielp ons.",
    "Moeten we een extern bureau inhuren?",
    "Kan ik mijn laptop upgraden?",
    "IT heeft vorig jaar de lat hoger gelegd.",
    "Het is mij duidelijk wat IT doet.",
]


@pytest.mark.parametrize("frame", HEARD)
def test_each_frame_hears_its_signal_in_both_languages(frame):
    by_name = {f.name: f.signal for f in shipped().grammars["en"].frames}
    for text, language in zip(HEARD[frame], ("en", "nl"), strict=True):
        assert names(text, language) == {by_name[frame]}, text
        assert names(text) == {by_name[frame]}, text


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_a_near_miss_is_left_alone(text):
    assert names(text) == set()


def test_the_reason_is_in_the_text_itself():
    for comment in COMMENTS:
        read = [" ".join(sentence) for sentence in sentences(comment.text)]
        for signal in find(comment.text, comment.lang):
            for words in signal.matched:
                assert any(words in sentence for sentence in read), (comment.text, words)


@pytest.mark.parametrize("file", TUNED, ids=lambda file: file.stem)
def test_the_gates_hold_on_every_labelled_file(file):
    for row in measure_quality(judge_texts(load_labelled(file), find)):
        assert row.passed, row


def test_the_gates_hold_over_all_signals_on_the_batch_that_was_left_untuned():
    rows = measure_quality(judge_texts(load_labelled(UNTUNED), find))
    together = [row for row in rows if row.signal == ANY_SIGNAL]
    assert len(together) == 2
    for row in together:
        assert row.passed, row


def test_the_gates_hold_over_all_files_with_and_without_the_language():
    for judged_by in (find, lambda text, _: find(text, None)):
        for row in measure_quality(judge_texts(COMMENTS, judged_by)):
            assert row.passed, row
            assert row.signal == ANY_SIGNAL or row.support >= 80


def test_the_labelled_files_are_fit_to_judge_on():
    for file in LABELLED:
        comments = load_labelled(file)
        assert sum(not one.labels for one in comments) >= 0.35 * len(comments), file
        assert {one.lang for one in comments} == {"nl", "en"}
    texts = [one.text for one in COMMENTS]
    assert len(texts) == len(set(texts))


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=600) | st.lists(st.sampled_from(COMMENTS).map(lambda c: c.text)).map(" ".join)
)
def test_no_text_is_too_strange(text):
    assert len(find_signals(text, shipped())) <= 4


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(COMMENTS))
def test_accents_and_the_case_of_words_do_not_matter(comment):
    words = [
        w if w.startswith(("IT", "ICT", "I.T")) else w.lower() for w in comment.text.split(" ")
    ]
    expected = names(comment.text, comment.lang)
    assert names(" ".join(words), comment.lang) == expected
    assert names(unicodedata.normalize("NFD", comment.text), comment.lang) == expected


def _calls(text):
    count = 0

    def on_call(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(on_call)
    try:
        find_signals(text, shipped())
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "unit", ["we hired no it agency because it, ", "wat doet it. ", "the the ", "a"]
)
def test_the_work_is_linear_and_a_long_text_costs_no_more_than_its_first_part(unit):
    def of(size):
        return (unit * 70_000)[:size]

    _calls(of(8_192))
    small, double, long = _calls(of(4_096)), _calls(of(8_192)), _calls(of(65_536))
    assert double <= 2.3 * small + 200
    assert long <= double + 200
    assert long <= 200_000


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        (
            "rapport.ticket.rated.v1",
            TicketRated(
                client="law", ticket_id="T1", score=2, lowest=1, highest=5, comment="COMMENT"
            ),
        ),
        (
            "rapport.survey.answered.v1",
            SurveyAnswered(
                client="law",
                survey_id="S",
                viewpoint="client",
                answers=[Answer(question="trust", score=2)],
                comment="COMMENT",
            ),
        ),
        (
            "rapport.relationship.touchpoint-held.v1",
            TouchpointHeld(client="law", kind="workshop", roles=["cio"], note="COMMENT"),
        ),
    ],
    ids=["ticket", "survey", "touchpoint"],
)
def test_a_comment_with_a_signal_counts_as_a_measure_and_its_words_are_dropped(event_type, data):
    text = "We hired an agency because IT never answered."
    event = data.model_copy(update={"note" if "touch" in event_type else "comment": text})
    # The finder goes to the decoders' processes.
    finder = pickle.loads(pickle.dumps(SignalNames(shipped())))  # noqa: S301 # our own, just made
    _, posted = posting(event_type, event, b"urn:a", b"1", 20_000, finder)
    assert ("signal|external_supplier|text", 0, 1) in measures_of(cached_fact(posted.fact))
    assert "agency" not in repr(posted)
