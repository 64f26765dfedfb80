"""The demo's own clients keep the limits: length, first screen, rows, keys, sheets, contrasts."""

from typing import NamedTuple

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from rapport.language.codes import language_codes
from rapport.web.client import fetch_json

pytestmark = pytest.mark.browser
DESK, PRINTED, PHONE, SCREEN = 1280, 718, 390, 844
"""The widths of a desktop, of an A4 page within its margins, and of a phone; a phone's height."""
WORDS_MAX, SCREENS_MAX, ROW_MAX, STOPS_MAX, SHEETS_MAX = 900, 4, 130, 25, 3
MEASURE = """
const box = selector => {
  const found = document.querySelector(selector);
  return found === null ? null : found.getBoundingClientRect();
};
return {
  words: document.body.innerText.split(/\\s+/).filter(Boolean).length,
  height: document.documentElement.scrollHeight,
  width: document.documentElement.scrollWidth,
  verdict: box(".verdict > div").bottom,
  bar: box(".to-top").height,
};
"""
CUT = """
const cut = element => element.scrollHeight > element.clientHeight + 1
  || element.scrollWidth > element.clientWidth + 1;
return [...document.querySelectorAll(".reason p, .fleet th a, .fleet th small, dt, dd, h1, h3")]
  .filter(each => each.checkVisibility() && cut(each)).map(each => each.textContent);
"""
WIDER = """
document.querySelectorAll("details").forEach(each => each.open = true);
return [...document.querySelectorAll(".wide")]
  .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.ariaLabel);
"""
CONTRASTS = """
const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const known = new Map();
const channels = colour => {
  if (!known.has(colour)) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    known.set(colour, [...context.getImageData(0, 0, 1, 1).data]);
  }
  return known.get(colour);
};
const luminance = colour => {
  const [red, green, blue] = channels(colour).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const isSeen = colour => colour !== "none" && channels(colour)[3] > 0;
const ground = element => {
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (isSeen(colour)) return colour;
  }
  return "white";
};
const found = [];
const note = (element, least, ...colours) => {
  const best = Math.max(...colours.map(colour => contrast(colour, ground(element))));
  const name = `${element.tagName} ${element.getAttribute("class") ?? ""}`;
  if (best < least) found.push([name, element.textContent.trim().slice(0, 40), best]);
};
const hasText = element => [...element.childNodes]
  .some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
document.querySelectorAll("details").forEach(each => each.open = true);
for (const element of document.body.querySelectorAll("*")) {
  if (!element.checkVisibility() || element.closest(".unseen, .skip")) continue;
  const style = getComputedStyle(element);
  if (element.matches("svg rect, svg line, svg path, svg circle, svg polyline, svg polygon")) {
    if (!element.matches(arguments[0])) {
      note(element, 3, ...[style.fill, style.stroke].filter(isSeen));
    }
  } else if (element.matches("svg text")) {
    note(element, 4.5, style.fill);
  } else if (hasText(element)) {
    note(element, 4.5, style.color);
  }
}
return found;
"""
DECORATIVE = ".grid, .halo, .whole"
"""Grid lines, the rim of a line, and a scale: numbers beside them say the same."""


@pytest.fixture(scope="module")
def clients(demo):
    return [client["id"] for client in fetch_json(f"{demo.url}/clients")]


@pytest.fixture
def shown(show, demo):
    return lambda path, *screen: show(demo.url + path, *screen)


class Seen(NamedTuple):
    """What was measured of a client's page on a screen; sheets only on a desktop's."""

    sheets: int | None
    measured: dict
    cut: list
    wider: list


@pytest.fixture(scope="module")
def kept():
    """What has been measured of clients' pages."""
    return {}


@pytest.fixture
def seen(shown, sheets, kept):
    """Measure a client's page on a screen; each page is opened once on each."""

    def see(client, lang, width):
        key = (client, lang, width)
        if key not in kept:
            browser = shown(f"/pages/{client}?lang={lang}", width)
            printed = sheets() if width == DESK else None
            # The last script opens what is folded.
            scripts = (MEASURE, CUT, WIDER)
            kept[key] = Seen(printed, *map(browser.execute_script, scripts))
        return kept[key]

    return see


@pytest.mark.parametrize("lang", language_codes())
def test_each_client_page_is_short_and_its_first_screen_says_what_to_do(clients, seen, lang):
    assert len(clients) == 14
    for client in clients:
        found = seen(client, lang, PHONE).measured
        assert found["words"] <= WORDS_MAX, client
        assert found["height"] <= SCREENS_MAX * SCREEN, client
        assert found["width"] <= PHONE, client
        assert found["verdict"] <= SCREEN - found["bar"], client


@pytest.mark.parametrize("width", [DESK, PRINTED, PHONE])
@pytest.mark.parametrize("lang", language_codes())
def test_no_text_of_the_fleet_is_cut_off_and_its_rows_are_low(shown, lang, width):
    browser = shown(f"/?lang={lang}", width)
    assert browser.execute_script(CUT) == []
    heights = browser.execute_script(
        "return [...document.querySelectorAll('.fleet tbody tr')].map(row => row.offsetHeight)"
    )
    assert len(heights) == 14
    assert width == DESK or max(heights) <= ROW_MAX


@pytest.mark.parametrize("lang", language_codes())
def test_no_text_of_a_client_page_is_cut_off(clients, seen, lang):
    for client in clients:
        for width in (DESK, PHONE):
            assert seen(client, lang, width).cut == [], (client, width)


@pytest.mark.parametrize("lang", language_codes())
def test_every_table_of_a_client_page_fits_a_phone(clients, seen, lang):
    for client in clients:
        assert seen(client, lang, PHONE).wider == [], client


def test_a_keyboard_is_soon_past_the_content_of_each_client_page(shown, clients):
    for client in clients:
        browser = shown(f"/pages/{client}")
        in_content = "return document.activeElement.closest('.to-top') === null"
        stops = 0
        while browser.execute_script(in_content) and stops <= STOPS_MAX:
            ActionChains(browser).send_keys(Keys.TAB).perform()
            stops += 1
        assert stops - 1 <= STOPS_MAX, client


@pytest.mark.parametrize("lang", language_codes())
def test_each_client_page_is_printed_on_three_sheets(clients, seen, lang):
    for client in clients:
        assert 1 <= seen(client, lang, DESK).sheets <= SHEETS_MAX, client


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_pages_show_stands_out_from_its_ground(shown, clients, scheme):
    parts = [f"/pages/{client}{part}" for client in clients[:3] for part in ("/scores", "/reasons")]
    for path in ("/", *(f"/pages/{client}" for client in clients), *parts):
        found = shown(path, DESK, scheme).execute_script(CONTRASTS, DECORATIVE)
        assert found == [], path


def test_what_is_printed_stands_out_from_its_ground(shown, clients):
    for path in ("/", *(f"/pages/{client}" for client in clients)):
        browser = shown(path, PRINTED)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert browser.execute_script(CONTRASTS, DECORATIVE) == [], path
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_check_of_contrasts_finds_a_faint_text_and_a_faint_line(shown):
    browser = shown("/")
    browser.execute_script(
        "document.querySelector('h1').style.color = '#bbb';"
        "document.querySelector('polyline').style.stroke = '#ddd'"
    )
    found = browser.execute_script(CONTRASTS, DECORATIVE)
    assert {name.split()[0] for name, *_ in found} == {"H1", "polyline"}
