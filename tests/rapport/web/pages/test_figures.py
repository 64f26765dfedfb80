"""Every figure that a page shows, also in a fold, is in the JSON behind it, under one name."""

import re
from collections import defaultdict
from datetime import date
from html.parser import HTMLParser
from urllib.request import urlopen

import pytest

from rapport.domain.calendar import dated
from rapport.language.language import find_language
from rapport.web.client import fetch_json

ENGLISH = find_language("en")
VOID = {"meta", "link", "input", "br", "rect", "line", "polyline", "path", "circle"}
UNREAD = {"svg", "form", "select"}
"""What is no text of the page: pictures and controls."""
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?")
DATE = re.compile(r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept|Oct|Nov|Dec)\b(?: \d{4})?")
CONSTANTS = {"100", "90", "50", "0", "99"}
"""The points that make the whole, the percentage of an interval, a scale, and near certainty."""
SENTENCES = {"text", "reason", "title", "label", "missing", "notes"}
"""What JSON says in words: a figure must be there as a number, too."""
NAMES = {"name", "owner", "policy", "supplier", "suppliers", "category", "similar"}
CLIENTS = ("finance", "library", "permits", "parks", "health", "quiet")
PARTS = ("", "/scores", "/reasons")


class Text(HTMLParser):
    """The text of the content of a page, with the classes of its elements."""

    def __init__(self, page):
        super().__init__()
        self.pieces, self._open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("class") or "", dict(attrs).get("id")))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        while tag not in VOID and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = [tag for tag, *_ in self._open]
        if "main" in tags and not UNREAD & set(tags):
            self.pieces.append((" ".join(cls for _, cls, _ in self._open), data.strip()))

    @property
    def words(self):
        return " ".join(piece for _, piece in self.pieces)


def read(url):
    with urlopen(url, timeout=30) as answer:  # noqa: S310 # the test's own server
        return answer.read().decode()


def values_of(found, key=None):
    """Yield every (key, value) of a JSON document that is not said in words."""
    if isinstance(found, dict):
        for name, each in found.items():
            # A concern's next step is in words; a stage's next criteria are not.
            if name not in SENTENCES and not (name == "next" and isinstance(each, dict)):
                yield from values_of(each, name)
    elif isinstance(found, list):
        for each in found:
            yield from values_of(each, key)
    else:
        yield key, found


def numbers_of(found):
    """Yield every number of a JSON document; an amount of money is a decimal number as text."""
    for key, value in values_of(found):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield key, value
        elif isinstance(value, str) and re.fullmatch(r"\d+\.\d+", value):
            yield key, float(value)


def forms_of(numbers):
    """Every way in which a page may write these numbers: in full, in points, as a percentage."""
    forms = set()
    for number in numbers:
        for value in (abs(number), abs(number) * 100):
            forms |= {f"{value:.{decimals}f}" for decimals in range(3)}
    return forms


def written(found):
    """Every way to write the numbers of JSON, and what follows from one or two of them.

    These are amounts in minor units, odds, distances to a target, and numbers of weeks.
    """
    keyed = list(numbers_of(found))
    odds = " ".join(
        ENGLISH.odds(value) for key, value in keyed if key == "probability" and value < 1
    )
    own, explained = found
    figures_of = [each["figures"] for each in own["concerns"]]
    below = [each["target"] - each["trust"] for each in figures_of if "target" in each]
    below += [
        score["target"] - score["value"]
        for score in explained["scores"]
        if score["target"] is not None and score["value"] is not None
    ]
    amounts = [value / 100 for key, value in keyed if key.endswith("minor")]
    weeks = {str(count) for count in range(14)}
    numbers = [value for _, value in keyed]
    return forms_of([*numbers, *below, *amounts]) | set(figures(odds)[0]) | CONSTANTS | weeks


def days_of(found):
    """Yield every day of a JSON document, which are numbers of days since 1970 or ISO dates."""
    for _, value in values_of(found):
        if isinstance(value, int) and 15_000 < value < 30_000:
            yield dated(value)
        elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            yield date.fromisoformat(value)


def figures(words):
    """Return the numbers of a text without its dates, and the dates."""
    rest = DATE.sub(" ", words)
    return [text.lstrip("+-").replace(",", "") for text in NUMBER.findall(rest)], DATE.findall(
        words
    )


def behind(url, client):
    """All JSON about a client."""
    (own,) = (one for one in fetch_json(f"{url}/clients") if one["id"] == client)
    explained = fetch_json(f"{url}/clients/{client}/explanation?lang=en&since=7d")
    return [own, explained | {"desk": fetch_json(f"{url}/clients/{client}/desk")}]


def unexplained(page, found):
    """Return the figures and the days of a page that do not follow from JSON."""
    words = Text(page).words
    names = {value for key, value in values_of(found) if key in NAMES and value}
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, "")
    numbers, dates = figures(words)
    forms = written(found)
    known = {ENGLISH.day((day - dated(0)).days) for day in days_of(found)}
    return (
        [number for number in numbers if number not in forms],
        [shown for shown in dates if not any(day.startswith(shown) for day in known)],
    )


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("part", PARTS, ids=["client", "scores", "reasons"])
def test_each_figure_of_the_pages_of_a_client_is_in_the_json(pages, client, part):
    page = read(f"{pages.url}/pages/{client}{part}?lang=en")
    assert unexplained(page, behind(pages.url, client)) == ([], [])


@pytest.mark.parametrize("part", PARTS, ids=["client", "scores", "reasons"])
def test_each_figure_of_the_pages_of_the_demo_is_in_the_json(demo, part):
    for client in (one["id"] for one in fetch_json(f"{demo.url}/clients")):
        page = read(f"{demo.url}/pages/{client}{part}?lang=en")
        assert unexplained(page, behind(demo.url, client)) == ([], []), client


@pytest.mark.parametrize("name", ["pages", "demo"])
def test_each_figure_of_the_fleet_is_in_the_json(request, name):
    served = request.getfixturevalue(name)
    words = Text(read(f"{served.url}/?lang=en")).words
    clients = fetch_json(f"{served.url}/clients")
    names = {value for key, value in values_of(clients) if key in NAMES and value}
    for each in sorted(names, key=len, reverse=True):
        words = words.replace(each, "")
    numbers, dates = figures(words)
    policy = served.snapshots.fleet.policy.compare
    targets = (getattr(policy.targets, score) for score in ("trust", "engagement"))
    forms = {f"{float(target) * 100:.1f}" for target in targets} | {str(policy.past_weeks)}
    forms |= {str(count) for count in range(len(clients) + 1)}
    for client in clients:
        found = [client, fetch_json(f"{served.url}/clients/{client['id']}/explanation")]
        forms |= written(found)
    assert [number for number in numbers if number not in forms] == []
    known = {ENGLISH.day((day - dated(0)).days) for day in days_of(clients)}
    assert [shown for shown in dates if not any(day.startswith(shown) for day in known)] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_no_number_has_two_names(pages, client):
    text = Text(read(f"{pages.url}/pages/{client}?lang=en"))
    names, label = defaultdict(set), ""
    for classes, piece in text.pieces:
        if "measured" in classes and piece and not NUMBER.search(piece):
            label = label if "few" in classes else piece
        if "measured" in classes and "value" in classes and NUMBER.fullmatch(piece):
            names[piece].add(label.casefold())
        if (found := re.fullmatch(r"(.+): ([\d.]+)", piece)) and "ladder" in classes:
            names[f"{float(found[2]):.1f}"].add(found[1].strip().casefold())
    # Counts of one or two, and nothing, are the same number by chance.
    doubtful = {number: given for number, given in names.items() if float(number) > 10}
    assert {number: given for number, given in doubtful.items() if len(given) > 1} == {}


@pytest.mark.parametrize("part", PARTS, ids=["client", "scores", "reasons"])
def test_the_check_of_figures_finds_a_wrong_one(demo, part):
    page = read(f"{demo.url}/pages/libraries{part}?lang=en")
    wrong = page.replace("</main>", "<details><p>91.27 points on 3 Mar 2019</p></details></main>")
    assert unexplained(wrong, behind(demo.url, "libraries")) == (["91.27"], ["3 Mar 2019"])
