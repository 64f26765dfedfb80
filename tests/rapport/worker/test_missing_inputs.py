"""What is missing is said in English in JSON, and in the reader's language elsewhere."""

import asyncio
import html

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.runtime.policy_file import load_policy
from rapport.web.fleet_snapshot import ScoredClient
from rapport.web.pages.links import FileLinks
from rapport.web.pages.locale import negotiate_language
from rapport.web.pages.render import Pages
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.latest_snapshot import fleet_snapshot
from rapport.worker.scoring.scorer import Scorer

DAY = 20_600
POLICY = load_policy(None)
CLIENT = Client("finance", "Finance", "rm-finance")
BROKEN = "source surveys: silent for 29 days, 2 are usual"
PURCHASES = ["classification of 50% of the purchases", "peers", "rate of GBP"]
SENTENCES = {
    "en": (
        "no survey answers for 29 days (usual gap: up to 2)",
        (
            "whether IT agreed to 50% of the purchases, comparable clients, "
            "an exchange rate for GBP (amounts stay in GBP)."
        ),
    ),
    "nl": (
        "al 29 dagen geen enquêteantwoorden (normaal hooguit 2)",
        (
            "of IT instemde met 50% van de aankopen, vergelijkbare klanten, "
            "een wisselkoers voor GBP (bedragen blijven in GBP)."
        ),
    ),
}


def facts():
    """Surveys that stopped a month ago, and purchases of which half is not classified."""
    for back in range(30, 200):
        yield DAY - back, ("survey.answered", "client", (("trust", 4, 1, 5),), None)
    for back in range(0, 700, 7):
        yield DAY - back, ("buy", "outside", "software", "acme", "EUR", 1250)
        yield DAY - back, ("buy", "unclassified", "software", "acme", "GBP", 1250)


def directory_of_client():
    directory = Directory()
    directory.register(CLIENT)
    return directory


@pytest.fixture(scope="module")
def worker():
    """A worker with one client, and its score queries."""
    directory = directory_of_client()
    scorer = Scorer(directory, POLICY)
    for number, (day, fact) in enumerate(facts()):
        scorer.add("finance", [CountChange(((number, day, encode_fact(fact)),), 1)])
    asyncio.run(scorer.evaluate(DAY))
    return scorer, ScoreQueries(scorer, directory)


@pytest.fixture(scope="module")
def fleet(worker):
    scorer, _ = worker
    return fleet_snapshot(scorer, directory_of_client())


def test_the_json_of_a_client_names_what_is_missing_in_english(fleet):
    (found,) = fleet.clients_json
    assert found["purchases"]["missing"] == PURCHASES
    for score in ("trust", "engagement", "perception", "maturity", "divergence"):
        assert BROKEN in found[score]["missing"], score
    assert found["perception"]["reason"].endswith(
        "IT's own view, an independent view and no survey answers for 29 days (usual gap: up to 2)."
    )
    assert BROKEN not in found["knowledge"]["missing"]


@pytest.mark.parametrize("lang", SENTENCES)
def test_an_explanation_has_the_same_json_and_text_in_its_language(worker, lang):
    _, queries = worker
    found = asyncio.run(queries.explanation("finance", None, lang))
    scores = {score["name"]: score for score in found["scores"]}
    assert scores["perception"]["missing"] == ["own view", "independent view", BROKEN]
    assert SENTENCES[lang][0] in scores["perception"]["text"][0]


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_page_says_what_is_missing_in_its_language(worker, fleet, lang):
    scorer, _ = worker
    pages = Pages(negotiate_language(lang, ""), FileLinks(None))
    scored = ScoredClient(CLIENT, scorer.health["finance"])
    text = html.unescape(pages.client(scored, fleet) + pages.scores(scored, fleet))
    for sentence in SENTENCES[lang]:
        assert sentence in text
    assert "surveys: silent for 29 days" not in text
