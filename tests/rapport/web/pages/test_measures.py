"""How long the pages are, as Chromium shows them with every fold closed."""

from itertools import pairwise

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rapport.language.codes import language_codes

pytestmark = pytest.mark.browser
PHONE, SCREEN = 390, 844
"""The width and the height of a phone's screen."""
WORDS_MAX, SCREENS_MAX, ROW_MAX, STOPS_MAX, SHEETS_MAX = 900, 4, 130, 25, 3
CLIENTS = ("finance", "library", "permits", "parks", "quiet", "health", "long")


@pytest.mark.parametrize("lang", language_codes())
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_page_is_short(show, client, lang):
    browser = show(f"/pages/{client}?lang={lang}", PHONE)
    words = browser.execute_script("return document.body.innerText").split()
    height = browser.execute_script("return document.documentElement.scrollHeight")
    assert len(words) <= WORDS_MAX
    assert height <= SCREENS_MAX * SCREEN


@pytest.mark.parametrize("lang", language_codes())
def test_the_first_screen_says_what_to_do(show, lang):
    browser = show(f"/pages/finance?lang={lang}", PHONE)
    verdict = browser.find_element(By.CSS_SELECTOR, ".verdict > div")
    assert verdict.rect["y"] + verdict.rect["height"] <= SCREEN


@pytest.mark.parametrize("lang", language_codes())
def test_a_row_of_the_fleet_is_low_on_a_phone(show, lang):
    browser = show(f"/?lang={lang}", PHONE)
    rows = browser.find_elements(By.CSS_SELECTOR, ".fleet tbody tr")
    assert len(rows) == len(browser.find_elements(By.CSS_SELECTOR, ".fleet tbody th a"))
    assert max(row.rect["height"] for row in rows) <= ROW_MAX


def test_a_keyboard_is_soon_past_the_content_of_a_client_page(show):
    browser = show("/pages/finance")
    in_content = "return document.activeElement.closest('.to-top') === null"
    stops = 0
    while browser.execute_script(in_content) and stops <= STOPS_MAX:
        ActionChains(browser).send_keys(Keys.TAB).perform()
        stops += 1
    assert stops - 1 <= STOPS_MAX
    assert not browser.execute_script(in_content)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_page_is_printed_on_three_sheets(show, sheets, client):
    show(f"/pages/{client}?lang=nl")
    assert 1 <= sheets() <= SHEETS_MAX


def test_every_chart_has_numbers_and_months_beside_it(show):
    browser = show("/pages/finance?lang=en")
    plots = browser.find_elements(By.CSS_SELECTOR, ".plot")
    assert len(plots) == 2
    for plot in plots:
        ticks, months = (
            [each.get_property("textContent") for each in plot.find_elements(By.CSS_SELECTOR, path)]
            for path in (".ticks text", ".months text")
        )
        numbers = [int(tick) for tick in ticks]
        assert numbers[0] == 0
        assert len({after - before for before, after in pairwise(numbers)}) == 1
        assert len(months) in {12, 13}
        assert plot.find_elements(By.CSS_SELECTOR, ".grid")
    units = [each.text for each in browser.find_elements(By.CSS_SELECTOR, ".unit")]
    assert len(units) == len(plots)


def test_the_way_to_the_top_stays_in_sight(show):
    browser = show("/pages/finance", PHONE)
    link = browser.find_element(By.CSS_SELECTOR, ".to-top a")
    browser.execute_script("scrollTo(0, 900)")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", link)
    assert 0 <= top <= SCREEN
    browser.execute_script("arguments[0].click()", link)
    assert browser.execute_script("return scrollY") == 0
