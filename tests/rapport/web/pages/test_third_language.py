"""A third language is one file: pages, explanations and mails are in it, else in English."""

import html
import re
from io import StringIO
from urllib.request import urlopen

import pytest
from rich.console import Console

from rapport.cli.terminal.fleet_table import FleetTable
from rapport.language import codes
from rapport.language.language import find_language
from rapport.monitoring.alertmanager.messages import render_messages
from rapport.monitoring.alertmanager.routing import EXAMPLE, parse_routing
from rapport.web.client import fetch_json
from rapport.web.pages import render

FRENCH = r"""
msgid ""
msgstr ""
"Language: fr\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "language_name"
msgstr "Français"

msgctxt "score"
msgid "trust"
msgstr "Confiance"

msgid "all_clients"
msgstr "Tous les clients"

msgid "score_is"
msgstr "{score} : {value} sur 100."

msgctxt "mail"
msgid "resolved"
msgstr "Résolu"

msgctxt "mail"
msgid "addressee"
msgstr "Pour : {owner}, depuis {time} UTC"

msgid "days"
msgid_plural "days"
msgstr[0] "il y a {n} jour"
msgstr[1] "il y a {n} jours"
"""


@pytest.fixture
def french(tmp_path, monkeypatch):
    """Beside the packaged languages, one that a translator has begun."""
    for code in codes.language_codes():
        (tmp_path / f"{code}.po").write_bytes(codes.catalogue_file(code).read_bytes())
    (tmp_path / "fr.po").write_text(FRENCH)
    monkeypatch.setattr(codes, "CATALOGUES", tmp_path)
    render.own_names.cache_clear()
    yield find_language("fr")
    find_language.cache_clear()
    render.own_names.cache_clear()


def read(url):
    with urlopen(url, timeout=10) as answer:  # noqa: S310 # the test's own server
        return html.unescape(answer.read().decode())


def test_pages_are_in_the_language_and_offer_it(french, pages):
    page = read(f"{pages.url}/pages/finance?lang=fr")
    assert '<html lang="fr">' in page
    page += read(f"{pages.url}/pages/finance/reasons?lang=fr")
    for text in ("Tous les clients", "Confiance", "il y a 1 jour<", "il y a 7 jours<"):
        assert text in page
    assert french.points(pages.scorer.health["finance"].trust.shown) in page
    assert 'hreflang="fr"' in read(f"{pages.url}/?lang=nl")


def test_the_terminal_prints_explanations_in_the_language(french, pages):
    found = fetch_json(f"{pages.url}/clients/finance/explanation?lang=fr")
    (trust,) = (score for score in found["scores"] if score["name"] == "trust")
    value = french.points(pages.scorer.health["finance"].trust.shown)
    assert trust["text"][0].startswith(f"Confiance : {value} sur 100.")


def test_the_terminal_prints_the_fleet_in_the_language(french, pages):
    snapshot = pages.snapshots.fleet  # `/clients` may be kept from before there was French
    fleet = [snapshot.client_json(client) for client in snapshot.clients.values()]
    said = next(one for client in fleet for one in client["concerns"])
    assert said["text"].keys() == {"en", "nl", "fr"}
    console = Console(width=200, record=True, file=StringIO())
    console.print(FleetTable(fleet, french, steps=True))
    printed = console.export_text()
    assert "Confiance" in printed
    assert french.points(pages.scorer.health["finance"].trust.shown) in printed


def test_mails_are_in_the_language_and_a_team_may_choose_it(french):
    mail, english = render_messages(french), render_messages(find_language("en"))
    assert (
        "}}Résolu: {{ (or .Annotations.summary_fr .Annotations.summary .Labels.alertname) }}"
        in mail
    )
    assert "Pour : {{ .Labels.owner }}, depuis {{" in mail
    assert re.findall(r'{{ define "rapport.fr.(.+)"', mail) == re.findall(
        r'{{ define "rapport.en.(.+)"', english
    )
    table = EXAMPLE.replace('"en"  ', '"fr"  ')
    assert parse_routing(table).language == "fr"


def test_a_text_that_the_language_lacks_is_english(french):
    assert french.scores["engagement"] == "Engagement"
    assert french.text("all_clients") == "Tous les clients"
    assert french.text("skip") == find_language("en").text("skip")
