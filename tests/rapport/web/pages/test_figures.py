"""Every figure that a page shows is in the JSON behind it, under one name."""

import re
from collections import defaultdict
from datetime import date
from html.parser import HTMLParser
from urllib.request import urlopen

import pytest

from rapport.domain.calendar import dated
from rapport.language.language import find_language
from rapport.web.client import fetch_json

VOID = {"meta", "link", "input", "br", "rect", "line", "polyline", "path", "circle"}
UNREAD = {"svg", "details", "form", "select"}
"""What is no text of the page: pictures, closed folds and controls."""
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?")
DATE = re.compile(r"\d{1,2} [A-Z][a-z]{2,3} \d{4}|\d{1,2} [A-Z][a-z]{2,3}\b")
CONSTANTS = {"100", "90", "0"}
"""The points that make the whole, the percentage of an interval, and the end of a scale."""
CLIENTS = ("finance", "library", "permits", "parks", "health", "quiet")


class Text(HTMLParser):
    """The visible text of the content of a page, with the classes of its elements."""

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
    with urlopen(url, timeout=10) as answer:  # noqa: S310 # the test's own server
        return answer.read().decode()


def numbers_of(found):
    """Yield every number of a JSON document."""
    if isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from numbers_of(each)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield found
    elif isinstance(found, str):
        yield from (float(text.replace(",", "")) for text in NUMBER.findall(found))


def forms_of(numbers):
    """Every way in which a page may write these numbers: in full, in points, as a percentage."""
    forms = set()
    for number in numbers:
        for value in (abs(number), abs(number) * 100):
            forms |= {f"{value:.{decimals}f}" for decimals in range(3)}
    return forms


def written(found):
    """Every way to write the numbers of JSON, and what follows from two of them.

    These are amounts in minor units, odds, and distances to a target.
    """
    numbers, english = list(numbers_of(found)), find_language("en")
    odds = " ".join(english.odds(number) for number in numbers if 0 < number < 1)
    figures_of = [each["figures"] for each in found[0].get("concerns", [])]
    below = [each["target"] - each["trust"] for each in figures_of if "target" in each]
    amounts = [
        value / 100
        for each in figures_of
        for name, value in each.items()
        if name.endswith("_minor") and value is not None
    ]
    return forms_of([*numbers, *below, *amounts]) | set(figures(odds)[0]) | CONSTANTS


def days_of(found):
    """Yield every day of a JSON document, which are numbers of days since 1970 or ISO dates."""
    if isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from days_of(each)
    elif isinstance(found, int) and 15_000 < found < 30_000:
        yield dated(found)
    elif isinstance(found, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", found):
        yield date.fromisoformat(found)


def figures(words):
    """Return the numbers of a text without its dates, and the dates."""
    rest = DATE.sub(" ", words)
    return [text.lstrip("+-").replace(",", "") for text in NUMBER.findall(rest)], DATE.findall(
        words
    )


def behind(pages, client):
    """All JSON about a client."""
    (own,) = (one for one in fetch_json(f"{pages.url}/clients") if one["id"] == client)
    return [own, fetch_json(f"{pages.url}/clients/{client}/explanation?lang=en&since=7d")]


@pytest.mark.parametrize("client", CLIENTS)
def test_each_figure_of_a_client_page_is_in_the_json(pages, client):
    text = Text(read(f"{pages.url}/pages/{client}?lang=en"))
    found = behind(pages, client)
    name = pages.snapshots.fleet.directory[client].name
    numbers, dates = figures(text.words.replace(found[0]["policy"], "").replace(name, ""))
    weeks = {str(count) for count in range(14)}
    assert [number for number in numbers if number not in written(found) | weeks] == []
    english = find_language("en")
    known = {english.day((day - dated(0)).days) for day in days_of(found)}
    assert [shown for shown in dates if not any(day.startswith(shown) for day in known)] == []


def test_each_figure_of_the_fleet_is_in_the_json(pages):
    text = Text(read(f"{pages.url}/?lang=en"))
    clients = fetch_json(f"{pages.url}/clients")
    words = text.words
    for client in clients:
        words = words.replace(client["name"], "")
    numbers, _ = figures(words)
    forms = forms_of(numbers_of(clients)) | CONSTANTS
    policy = pages.snapshots.fleet.policy.compare
    forms |= {str(count) for count in range(len(clients) + 1)} | {str(policy.past_weeks)}
    forms |= {
        f"{float(getattr(policy.targets, name)) * 100:.1f}" for name in ("trust", "engagement")
    }
    assert [number for number in numbers if number not in forms] == []


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


def test_the_check_of_figures_finds_a_wrong_one(pages):
    words = Text(read(f"{pages.url}/pages/finance?lang=en")).words + " 71.7 points"
    numbers, _ = figures(words)
    assert "71.7" in numbers
    assert "71.7" not in forms_of(numbers_of(behind(pages, "finance")))
