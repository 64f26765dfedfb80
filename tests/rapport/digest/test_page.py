"""The page of a digest: one page, the most urgent first, whatever the number of clients."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from rapport.digest.html import html_of
from rapport.digest.page import CHANGED_MAX, FIRST_MAX, WELL_MAX, digest_page, merged
from rapport.digest.text import COLUMNS, text_of
from rapport.language.codes import language_codes
from rapport.language.language import find_language

LINES_MAX = 95
SITE = "https://rapport.example.org"
HOSTILE = "<script>alert(1)</script> & {{ 7*7 }}"
LONG = "Trust fell to 48.9; it was usually 63.2. Biggest loss: tickets that were resolved too late "
CAUSES = (
    "(-10.0: time since the last contact, older evidence counts for less; +8.7: frequency of "
    "contact, incidents reported, 27 Nov 2026)"
)


def client(number, **changes):
    plain = {
        "id": f"client-{number}",
        "name": f"Client {number}",
        "owner": "team-a",
        "state": "normal",
        "state_before": "normal",
        "steps": 0,
        "urgency": 0.0,
        "impact": 0.0,
        "first": None,
        "others": 0,
        **{part: [] for part in ("began", "ended", "news", "rose", "fell")},
    }
    return plain | changes


def urgent(number, urgency, state="act", **changes):
    first = {"text": f"Reason {number}.", "since": "3 Oct", "next": f"Step {number}."}
    return client(number, state=state, urgency=urgency, first=first, **changes)


def answer(*clients, registered=None, shared=(), day="2026-11-30"):
    count = len(clients) if registered is None else registered
    return {
        "day": day,
        "since": "2026-11-23",
        "registered": count,
        "clients": list(clients),
        "shared": list(shared),
    }


def page_of(*clients, lang="en", site=SITE, **others):
    return digest_page(merged([answer(*clients, **others)]), find_language(lang), site)


def full(count=200):
    """Return clients with every sentence at its longest."""
    first = {"text": (LONG * 2)[:119] + ".", "since": "30 Nov 2025", "next": (LONG * 2)[:159] + "."}
    moved = f"Engagement: down 5.2 to 46.5 {CAUSES}."
    return [
        client(
            number,
            name="Department of very long names and more " * 6,
            owner="a-team-with-a-long-name",
            state="act",
            state_before="watch",
            steps=-1 if number % 2 else 1,
            urgency=float(number),
            first=first,
            others=4,
            began=["Purchases outside IT are rising", "Trust is falling"],
            ended=["Spend outside IT is rising"],
            news=[(LONG * 2)[:119] + "."],
            fell=[moved] * 4,
            rose=[moved] * 4,
        )
        for number in range(count)
    ]


def section(page, title):
    return next(one for one in page.sections if one.title == title)


def test_what_is_most_urgent_comes_first_and_the_rest_is_counted():
    clients = [urgent(n, float(n)) for n in range(7)] + [urgent(8, 99.0, "watch"), client(9)]
    first = section(page_of(*clients), "Do this first")
    assert [item.name for item in first.items] == [f"Client {n}" for n in (6, 5, 4, 3, 2)]
    assert first.items[0].lines == ("Reason 6. Since 3 Oct.", "Next step: Step 6.")
    assert first.note == "3 more clients: see all clients."


def test_a_client_that_is_normal_needs_nothing_though_it_has_a_small_concern():
    first = section(page_of(urgent(1, 0.5, "normal")), "Do this first")
    assert (first.items, first.note) == ((), "Nothing needs attention now.")


def test_what_changed_has_its_reason_and_the_state_of_before():
    fell = "Trust: down 3.0 to 60.0 (-3.0: promises broken, 27 Nov 2026)."
    page = page_of(
        urgent(1, 9.0, state_before="normal", steps=-2, began=["Trust is falling"], fell=[fell])
    )
    (item,) = section(page, "What changed, and why").items
    assert item.note == "Act now, was: Normal"
    assert item.lines == (f"New: Trust is falling. {fell}",)
    assert "0 better" in page.summary[1]
    assert "1 worse" in page.summary[1]


def test_what_went_well_has_good_news_first():
    page = page_of(
        client(1, rose=["Trust: up 3.0 to 60.0."]),
        client(2, ended=["Trust is low"], state_before="act", steps=2),
        client(3, news=["Moved up from IT supplier to partner."]),
    )
    lines = [item.lines for item in section(page, "What went well").items]
    assert lines == [
        ("Moved up from IT supplier to partner.",),
        ("Resolved: Trust is low.",),
        ("Trust: up 3.0 to 60.0.",),
    ]


def test_without_a_change_it_says_so():
    page = page_of(client(1))
    assert section(page, "What changed, and why").note == (
        "Nothing got worse, and no concern is new."
    )
    assert section(page, "What went well").note == "No good news since 23 Nov 2026."
    assert page.subject == "Rapport 30 Nov 2026: no client needs action now"
    assert page_of(urgent(1, 1.0), client(2)).subject == (
        "Rapport 30 Nov 2026: 1 client needs action now"
    )


def test_what_most_clients_have_is_told_once():
    (item,) = section(page_of(client(1), shared=["13 of 14."]), "At most clients").items
    assert (item.name, item.lines) == ("", ("13 of 14.",))


def test_owners_are_named_where_there_are_several():
    one, two = urgent(1, 2.0), urgent(2, 1.0, owner="team-b")
    assert section(page_of(one), "Do this first").items[0].note == "Act now, was: Normal"
    notes = [item.note for item in section(page_of(one, two), "Do this first").items]
    assert [note.rpartition(", ")[2] for note in notes] == ["team-a", "team-b"]


def test_links_lead_to_the_pages_in_the_same_language_and_nowhere_without_an_address():
    odd = urgent(1, 1.0, id="a/b")
    page = page_of(odd, lang="nl", site=f"{SITE}/")
    assert page.link == f"{SITE}/?lang=nl"
    assert page.sections[0].items[0].link == f"{SITE}/pages/a%2Fb?lang=nl"
    plain = page_of(odd, site="")
    assert (plain.link, plain.sections[0].items[0].link) == ("", "")
    assert "http" not in text_of(plain) + html_of(plain)


def test_the_answers_of_several_workers_are_one_fleet_and_a_missing_worker_is_told():
    moving = urgent(3, 5.0)
    answers = [
        answer(urgent(1, 1.0), moving, registered=4, day="2026-11-29"),
        answer(urgent(2, 9.0), moving, registered=4),
    ]
    whole = merged(answers)
    assert [one["id"] for one in whole["clients"]] == ["client-2", "client-3", "client-1"]
    assert whole["day"] == "2026-11-30"
    page = digest_page(whole, find_language("en"), "")
    assert page.title == "Your 3 clients: what changed since 23 Nov 2026"
    assert page.summary[-1] == "1 client is missing: its scores could not be read."
    assert len(page_of(client(1)).summary) == 2


@pytest.mark.parametrize("lang", language_codes())
def test_the_text_is_short_and_narrow_whatever_there_is(lang):
    page = page_of(*full(), lang=lang, shared=[LONG[:100]] * 3)
    lines = text_of(page).splitlines()
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= COLUMNS
    counts = [len(one.items) for one in page.sections]
    assert counts == [FIRST_MAX, CHANGED_MAX, WELL_MAX, 1]


class Text(HTMLParser):
    """The text of a document, and its tags."""

    def __init__(self, document):
        super().__init__()
        self.text, self.tags, self.hidden = "", set(), False
        self.feed(document)

    def handle_starttag(self, tag, _attrs):
        self.tags.add(tag)
        self.hidden = tag in {"style", "title"}

    def handle_endtag(self, _tag):
        self.hidden = False

    def handle_data(self, data):
        self.text += "" if self.hidden else f"{data} "


def test_html_says_what_the_text_says_and_escapes_what_comes_from_outside():
    page = page_of(urgent(1, 1.0, name=HOSTILE, news=["It went well."]), shared=["13 of 14."])
    html = Text(html_of(page))
    assert "script" not in html.tags
    assert HOSTILE in html.text
    said = text_of(replace(page, link=""))
    words = re.findall(r"[\w:.]+", re.sub(r"^[A-Z ,]+$", "", said, flags=re.MULTILINE))
    assert [word for word in words if word not in html.text] == []
    assert not re.search(r"https?://(?!rapport\.example)", html_of(page))


@pytest.mark.browser
@pytest.mark.parametrize("lang", language_codes())
def test_the_html_prints_on_one_sheet(tool, tmp_path, lang):
    file = tmp_path / "digest.html"
    file.write_text(html_of(page_of(*full(), lang=lang, shared=[LONG[:100]] * 3)))
    options = Options()
    options.binary_location = tool("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(tool("chromedriver")))
    try:
        driver.get(file.as_uri())
        printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        wide = driver.execute_script("return document.documentElement.scrollWidth")
    finally:
        driver.quit()
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))) == 1
    assert wide <= 1200
