"""No surface shows a name of the code, of any score, component, concern or state."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from rapport.domain.concerns.kinds import KINDS, NEWS, STATES
from rapport.domain.concerns.verdict import Concern, Verdict
from rapport.domain.explanation.change_attribution import announced_score
from rapport.domain.explanation.change_events import LastAnnounced
from rapport.language.announcements import score_announcement, state_announcement
from rapport.language.codes import catalogue_file, language_codes
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language
from rapport.language.narrative import describe_score
from rapport.monitoring.alertmanager.annotations import expected_annotations
from rapport.monitoring.alertmanager.messages import render_messages
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.web.client import fetch_json
from rapport.web.pages.fleet import FleetQuery
from rapport.web.pages.links import ServedLinks
from rapport.web.pages.render import Pages

NAME_OF_CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+\.[a-z_]+\b|[{}]|\bNone\b|\bnan\b")
"""Names with underscores, dotted names, slots that were not filled, and values of Python."""
DUTCH_TOO = {
    *("contact", "id", "management", "met", "of", "open", "partner", "plan", "roadmap", "status"),
    *("team", "teams", "tickets", "topics"),
}
"""Parts of names of the code that are Dutch words, too."""
SHOWN_AS_DATA = {"finance", "software", "acme"}
FIGURES = {
    "observed": 7,
    "expected": 0.99,
    "probability": 0.002,
    "suppliers": ("acme", "zebra"),
    "since_day": 20_570,
    "until_day": 20_597,
    "now": 0.435,
    "past": 0.62,
    "loss": "promise",
    "gain": "closed",
    "trust": 0.435,
    "mark": 0.45,
    "target": 0.7,
    "strength": 0.6,
    "pattern": "green_while_buying",
    "stage": 1,
    "before": 2,
    "criterion": "strategic_talks",
    "told": 1,
    "in_text": 2,
    "silence_days": 58,
    "usual_days": 19,
    "roles": ("cio", "it_management", "it_team", "project_managers"),
    "currency": "EUR",
    "spent_minor": 123_400,
    "highest_minor": 90_000,
    "supplier": "acme",
    "similar": None,
    "gap": 0.369,
    "against": "independent",
    "facets": ("goals", "mission", "pain_points", "strategic_plan", "business_strategy"),
    "knowledge": 0.2,
    "overdue": 2,
}
"""Every figure that some kind of concern has."""
SOURCES = ("tickets", "surveys", "procurement", "relationship")


def concern(kind, subject="", **others):
    return Concern(kind=kind, since=20_590, figures=FIGURES | others, subject=subject)


CONCERNS = tuple(
    concern(kind.name, subject)
    for kind in KINDS
    for subject in (SOURCES if kind.name == "silent" else ("",))
)
GOOD_NEWS = tuple(concern(kind.name) for kind in NEWS)


def catalogue(code):
    """Yield (context, key, text) of a language."""
    for message in read_po(BytesIO(catalogue_file(code).read_bytes())):
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            if key:
                yield message.context, key, text


def names_of_code():
    """The words of which the names of scores, components, kinds and states are made."""
    return {
        word
        for context, key, _ in catalogue("en")
        if context not in (None, "mail")
        for word in re.split(r"[._ ]", key)
    } - DUTCH_TOO


NAMES = names_of_code()


def check(text, code):
    """Assert that a text for people has no name of the code."""
    assert NAME_OF_CODE.findall(text) == [], text
    if code == "nl":
        words = set(re.findall(r"[\w-]+", text)) - SHOWN_AS_DATA
        assert words & NAMES == set(), text


class Shown(HTMLParser):
    """What a page says: its text and its labels, without the names that are data."""

    def __init__(self, page):
        super().__init__()
        self.texts, self._data = [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._data += tag == "bdi"
        self.texts += [value for name, value in attrs if name == "aria-label"]

    def handle_endtag(self, tag):
        self._data -= tag == "bdi"

    def handle_data(self, data):
        if not self._data and not data.isspace():
            self.texts.append(data)


def check_page(page, code):
    for text in Shown(page).texts:
        check(text.replace("acme <b>", "acme"), code)


@pytest.fixture(params=language_codes())
def language(request):
    return find_language(request.param)


def test_no_text_of_a_catalogue_is_a_name_of_the_code(language):
    for _, key, text in catalogue(language.name):
        check(re.sub(r"{\w+}", "", text), language.name)
        assert text != key or text in DUTCH_TOO or language.name == "en"


def test_the_search_finds_names_of_the_code():
    for text, code in (
        ("stil in tickets_green", "en"),
        ("breadth.cio", "en"),
        ("{n} dagen", "nl"),
        ("Al 9 dagen geen relationship", "nl"),
        ("in 14 weeks", "nl"),
    ):
        with pytest.raises(AssertionError):
            check(text, code)


def test_every_concern_in_words(language):
    patterns = [concern("signs_contradict", pattern="trusted_while_silent")]
    for found in (*CONCERNS, *GOOD_NEWS, *patterns):
        for text in describe_concern(found, {}, language):
            check(text, language.name)


@pytest.mark.parametrize("state", STATES)
def test_a_client_page_in_every_state_with_every_concern(pages, language, state):
    snapshot = pages.snapshots.fleet
    scored = snapshot.clients["finance"]
    verdict = Verdict(state=state, concerns=CONCERNS, news=GOOD_NEWS)
    links = ServedLinks("/pages/finance", {})
    page = Pages(language, links).client(
        replace(scored, health=replace(scored.health, verdict=verdict)), snapshot
    )
    check_page(page, language.name)


def test_the_fleet_page_and_the_reasons(pages, language):
    snapshot = pages.snapshots.fleet
    writer = Pages(language, ServedLinks("/", {}))
    check_page(writer.fleet(snapshot, FleetQuery()), language.name)
    check_page(writer.starting(), language.name)
    check_page(writer.no_client("finance"), language.name)
    check_page(writer.no_owner("team-b"), language.name)
    for pair in (None, pages.do(pages.queries.snapshots("finance", 28))):
        scored = snapshot.clients["finance"]
        check_page(writer.reasons(scored, pair, 28), language.name)
        check_page(writer.scores(scored, snapshot), language.name)
    check_page(writer.no_page(), language.name)


def test_what_the_terminal_prints(pages, language):
    code = language.name
    found = fetch_json(f"{pages.url}/clients/finance/explanation?lang={code}&since=28d")
    texts = [found["title"], *found["purchases"]["text"]]
    for score in found["scores"]:
        texts += [score["label"], *score["text"], *(part["label"] for part in score["parts"])]
        texts += [row["label"] for row in score["change"]["rows"]]
    texts += fetch_json(f"{pages.url}/fleet?lang={code}")["text"]
    for text in texts:
        for name in (*(client.name for client in pages.snapshots.fleet.directory.values()), "<b>"):
            text = text.replace(name, "")  # noqa: PLW2901 # what remains is checked
        check(text, code)


def test_every_component_of_every_score_in_every_client(pages, language):
    for health in pages.scorer.health.values():
        for score in health.scores:
            for text in describe_score(score, language):
                check(text, language.name)
            for part in score.parts:
                check(language.component(part.component), language.name)


def test_the_reasons_of_announcements(pages):
    pair = pages.do(pages.queries.snapshots("finance", 28))
    reasons = []
    for name, attribution in pair.now.attributions.items():
        earlier = pair.before.attributions[name]
        before = announced_score(
            earlier, "a" * 32, pair.before.health.day, pair.before.health.policy_hash
        )
        for previous in (None, before):
            change = score_announcement(attribution, previous, pair.now.health)
            reasons += [] if change is None else [change.reason]
    for name in ("state.purchases", "state.maturity"):
        last = LastAnnounced("a" * 32, "watch")
        reasons.append(state_announcement(name, last, pair.now).reason)
    assert len(reasons) > 10
    for reason in reasons:
        for code in ("en", "nl"):
            check(getattr(reason, code), code)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_the_texts_of_alerts(alert):
    for case in alert.cases:
        if not case.fires:
            continue
        texts = expected_annotations(alert, case)
        for name in ("summary", "description"):
            check(without_data(texts[name], case), "en")
            check(without_data(texts[f"{name}_nl"], case), "nl")


def without_data(text, case):
    """Return a text without the values of the case's labels; a source has a name of its own."""
    for label, value in case.labels:
        text = text if label == "source" else text.replace(value, "")
    return text


def test_mails(language):
    text = re.sub(r"{{.*?}}", "", render_messages(language))
    for said in re.findall(r">([^<>]+)<", text):
        check(said, language.name)


def test_the_json_of_pages_keeps_its_names(pages):
    assert '"kind"' in json.dumps(fetch_json(f"{pages.url}/clients/finance"))
