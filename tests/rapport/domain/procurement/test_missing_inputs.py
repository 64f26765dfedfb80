"""Missing inputs: each language has a text for every variant, and so has the JSON contract."""

from pathlib import Path
from typing import get_args

import pytest

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import SOURCES_OF_SCORE, SourceState, freshness
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.missing_inputs import (
    BrokenFeed,
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import NO_EVIDENCE, EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.score import Part, Score
from rapport.language.contract_text import missing_texts, purchase_reason, score_reason
from rapport.language.language import find_language
from rapport.language.narrative import describe_purchases

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
EN, NL = find_language("en"), find_language("nl")
VARIANTS = [
    (
        BrokenFeed("surveys", 12, 4),
        "source surveys: silent for 12 days, 4 are usual",
        "no survey answers for 12 days (usual gap: up to 4)",
        "al 12 dagen geen enquêteantwoorden (normaal hooguit 4)",
    ),
    (
        UnclassifiedPurchases(0.395),
        "classification of 40% of the purchases",
        "whether IT agreed to 40% of the purchases",
        "of IT instemde met 40% van de aankopen",
    ),
    (
        MissingRate("GBP"),
        "rate of GBP",
        "an exchange rate for GBP (amounts stay in GBP)",
        "een wisselkoers voor GBP (bedragen blijven in GBP)",
    ),
    ("survey", "survey", "survey answers", "enquêteantwoorden"),
    ("trusted", "trusted", "trust", "vertrouwen"),
    ("history", "history", "purchase history", "aankoophistorie"),
    ("peers", "peers", "comparable clients", "vergelijkbare klanten"),
    (
        "history of suppliers",
        "history of suppliers",
        "supplier history",
        "leveranciershistorie",
    ),
    (
        "client.survey",
        "client.survey",
        "the client's view: survey answers",
        "beeld van de klant: enquêteantwoorden",
    ),
]


def evaluated(client):
    own = client_inputs(client, COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    return evaluate("finance", client, own, COMPILED, DAY, shared)


def bought(first_day, *facts):
    client = ClientMeasures()
    for day in range(DAY - first_day, DAY, 7):
        for fact in facts or [("buy", "outside", "software", "acme", "EUR", 1250)]:
            client.add(day, fact, 1)
    return client


@pytest.mark.parametrize(("missing", "contract", "english", "dutch"), VARIANTS)
def test_each_variant_has_its_text_in_the_contract_and_in_both_languages(
    missing, contract, english, dutch
):
    assert missing_texts([missing]) == [contract]
    assert (EN.input(missing), NL.input(missing)) == (english, dutch)


def test_no_variant_of_the_union_is_left_out_above():
    assert {type(missing) for missing, *_ in VARIANTS} == set(get_args(MissingInput))


@pytest.mark.parametrize("source", SOURCES_OF_SCORE["maturity"])
def test_every_source_that_may_break_has_a_name_in_both_languages(source):
    (missing,) = freshness("maturity", {source: SourceState("broken", 9, 2)}).missing
    assert missing == BrokenFeed(source, 9, 2)
    assert EN.input(missing) == f"no {EN.sources[source]} for 9 days (usual gap: up to 2)"
    assert NL.input(missing) == f"al 9 dagen geen {NL.sources[source]} (normaal hooguit 2)"


@pytest.mark.parametrize("state", ["flowing", "silent", "unknown"])
def test_a_source_that_is_not_broken_is_not_missing(state):
    assert freshness("trust", {"tickets": SourceState(state, 9, 2)}).missing == ()


@pytest.mark.parametrize("language", [EN, NL], ids=["en", "nl"])
def test_every_missing_input_of_an_empty_client_has_a_text(language):
    health = evaluated(ClientMeasures())
    names = [name for score in health.scores for name in score.missing]
    assert len(set(names)) > 25
    for name in (*names, *health.purchases.missing):
        assert language.input(name) in language.translations._catalog.values()


def test_missing_purchase_inputs_follow_from_the_history():
    assert evaluated(ClientMeasures()).purchases.missing == ("purchases",)
    assert evaluated(bought(49)).purchases.missing == ("history", "peers", "history of suppliers")
    assert evaluated(bought(56)).purchases.missing == ("peers", "history of suppliers")
    mixed = bought(
        700,
        ("buy", "outside", "software", "acme", "EUR", 1250),
        ("buy", "unclassified", "software", "acme", "GBP", 1250),
    )
    assert evaluated(mixed).purchases.missing == (
        UnclassifiedPurchases(0.5),
        "peers",
        MissingRate("GBP"),
    )


def test_an_input_without_a_text_is_an_error():
    with pytest.raises(KeyError, match="colour"):
        EN.input("colour")


STRONG = ScoreEvidence(EvidenceLevel.STRONG)


def score(name="trust", *parts, **others):
    defaults = {"confidence": 1.0, "missing": (), "evidence": STRONG, "baseline": 20}
    return Score(name=name, denominator=100, parts=parts, **defaults | others)


def test_the_contract_says_what_moves_a_score_most_as_the_pages_do():
    small, large = Part("survey", 4, 9), Part("closed", -7, 9)
    beta = {"shape": (2.0, 8.0)}
    assert score_reason(score("trust", small, large, **beta)) == (
        "Trust: 17.0 of 100. -7.0: tickets resolved too late."
    )
    assert score_reason(score("trust.own", small, **beta)).endswith(". +4.0: good survey answers.")
    assert score_reason(score("engagement", Part("recency", 5, 9))) == (
        "Engagement: 25.0 of 100. +5.0 of 9.0: time since the last contact."
    )
    assert score_reason(score("maturity", Part("alert_weeks", 14, 14), baseline=129)) == (
        "Stage index 1.43 (1 supplier, 2 partner, 3 anticipator)."
        " +0.14 of 0.14: weeks with an alert on purchases outside IT."
    )
    assert score_reason(score("engagement")) == "Engagement: 20.0 of 100."


def test_low_trust_is_first_told_by_what_lowers_it():
    parts = Part("closed", -7, 9), Part("promise", 6, 9), Part("signal", -6, 0)
    low = score("trust", *parts, Part("survey", 6, 9), shape=(2.0, 8.0))
    assert [part.component for part in low.reasons()] == ["closed", "signal", "promise", "survey"]
    few = score("trust", Part("closed", -7, 9), Part("survey", 9, 9), shape=(2.0, 8.0))
    assert few.reasons()[0].component == "survey"


def test_the_contract_says_what_is_missing_where_there_is_too_little():
    lacking = score(evidence=NO_EVIDENCE, missing=("survey", BrokenFeed("tickets", 12, 4)))
    assert score_reason(lacking) == (
        "Trust: not known yet. Missing data: survey answers and no tickets for 12 days"
        " (usual gap: up to 4)."
    )


@pytest.mark.parametrize(
    ("probability", "english", "dutch"),
    [
        (0.0, "under 0.1%", "minder dan 0,1%"),
        (0.00099, "under 0.1%", "minder dan 0,1%"),
        (0.001, "0.1%", "0,1%"),
        (0.0994, "9.9%", "9,9%"),
        (0.1, "10%", "10%"),
        (1.0, "100%", "100%"),
    ],
)
def test_a_chance_has_a_decimal_only_where_it_is_small_and_is_never_nothing(
    probability, english, dutch
):
    assert (EN.percent(probability), NL.percent(probability)) == (english, dutch)


def test_the_contract_says_of_purchases_what_the_pages_say():
    figures = (1, 0.85, 1.2, 0.15, 0.0994, "clear", 104, (), (), ())
    one = PurchaseHealth(*figures, first_day=4, last_day=31)
    assert purchase_reason(one) == describe_purchases(one, (), EN)[0]
    assert purchase_reason(one) == (
        "1 purchase outside IT in the 4 weeks to 1 Feb 1970; about 0.8 is normal."
        " Unusual (1 in 10)."
    )
