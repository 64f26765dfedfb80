"""The pages in a real browser: no error, no barrier, no sideways scrolling, no script needed."""

import json
from itertools import product
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from rapport.web.client import fetch
from rapport.web.pages.export import export

pytestmark = pytest.mark.browser
RULES = Path(__file__).parent / "axe"
HOSTILE = ("script", "quotes", "rtl", "long", "unbroken")
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 360, 1200
PATHS = (
    *("/", "/today", "/pages/finance", "/pages/finance/scores", "/pages/finance/reasons"),
    *("/pages/quiet", "/pages/quiet/scores", "/pages/nobody"),
)
TABS_MAX = 200
SECONDS_MAX = 30


@pytest.fixture(scope="module")
def axe(npm_packages):
    """The rules of axe-core, from its makers' package, by its locked hash."""
    directory = npm_packages(RULES)
    return (directory / "node_modules" / "axe-core" / "axe.min.js").read_text()


def violations(browser, axe):
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
    found = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "document.querySelectorAll('details').forEach(each => each.open = true);"
        "axe.run(document, {runOnly: arguments[0]}).then(r => done(JSON.stringify(r.violations)));",
        STANDARD,
    )
    return [
        (rule["id"], rule["help"], [node["html"][:160] for node in rule["nodes"]][:3])
        for rule in json.loads(found)
    ]


@pytest.mark.parametrize(
    ("path", "window"),
    list(product(PATHS, ((DESK, "light"), (PHONE, "dark")))),
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}-{value[1]}",
)
def test_a_page_has_no_barrier_no_error_and_fits(show, axe, path, window):
    browser = show(f"{path}?lang=nl", *window)
    asked = browser.get_log("browser")
    expected = path == "/pages/nobody"  # the browser itself notes that the answer is 404
    assert [entry for entry in asked if not (expected and "404" in entry["message"])] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= window[0]
    assert violations(browser, axe) == []


@pytest.mark.parametrize("client", HOSTILE)
def test_no_name_is_too_wide_for_a_phone(show, client):
    browser = show(f"/pages/{client}", PHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE


def test_axe_finds_what_is_wrong(show, axe):
    browser = show("/")
    browser.execute_script(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x\">')"
    )
    assert "image-alt" in {rule for rule, *_ in violations(browser, axe)}


def test_dark_and_light_follow_the_person(show):
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = show("/", scheme="light").execute_script(ground)
    dark = show("/", scheme="dark").execute_script(ground)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(17, 23, 29)")


def test_everything_can_be_reached_and_used_with_the_keyboard(show):
    browser = show("/")
    focusable = browser.execute_script(
        "return [...document.querySelectorAll('a[href], button, input:not([type=hidden])')]"
        ".filter(each => each.checkVisibility()).length"
    )
    reached = []
    for _ in range(TABS_MAX):
        webdriver.ActionChains(browser).send_keys(Keys.TAB).perform()
        at = browser.switch_to.active_element
        if at.tag_name == "body":
            break
        outline = at.value_of_css_property("outline-style")
        reached.append((at.id, outline))
    assert len({name for name, _ in reached}) == focusable
    assert {outline for _, outline in reached} == {"solid"}
    link = browser.find_element(By.LINK_TEXT, "Finance & Control")
    link.send_keys(Keys.ENTER)
    arrived(browser, lambda: browser.find_element(By.TAG_NAME, "h1").text == "Finance & Control")


def test_search_order_and_comparison_need_no_script(show, pages):
    browser = show("/?lang=en", scripts=False)
    browser.find_element(By.ID, "q").send_keys("permits", Keys.ENTER)
    arrived(browser, lambda: [link.text for link in clients(browser)] == ["Licences & Permits"])
    browser.find_element(By.LINK_TEXT, "Licences & Permits").click()
    arrived(browser, lambda: browser.find_element(By.TAG_NAME, "h1").text == "Licences & Permits")
    browser.find_element(By.CSS_SELECTOR, "a[href*='/reasons']").click()
    arrived(browser, lambda: "7 days ago" in browser.find_element(By.ID, "since").text)
    browser.find_element(By.CSS_SELECTOR, "#since option[value='91']").click()
    browser.find_element(By.CSS_SELECTOR, "form[action='#changed'] button").click()
    arrived(browser, lambda: "since=91" in browser.current_url)
    browser.get(f"{pages.url}/?lang=en")
    browser.find_element(By.LINK_TEXT, "Name").click()
    arrived(browser, lambda: "sort=name" in browser.current_url)
    names = [link.text for link in clients(browser)]
    assert names.index("Bibliotheek") < names.index("Finance & Control") < names.index("Parks")


def arrived(browser, holds):
    """Wait until what a click or a key leads to is there."""
    ignored = (NoSuchElementException, StaleElementReferenceException)
    WebDriverWait(browser, SECONDS_MAX, ignored_exceptions=ignored).until(lambda _: holds())


def clients(browser):
    return browser.find_elements(By.CSS_SELECTOR, ".fleet th a")


def test_hostile_names_are_shown_and_do_nothing(show, pages):
    for client, name in pages.hostile.items():
        browser = show(f"/pages/{client}")
        shown = browser.find_element(By.CSS_SELECTOR, "h1 bdi").get_property("textContent")
        assert shown == name
        assert browser.title == f"{' '.join(name.split())} · Rapport"


def test_a_page_is_printed_without_its_controls(show):
    browser = show("/pages/finance")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for selector in (".to-top", ".onward", ".top nav", "details"):
        assert not browser.find_element(By.CSS_SELECTOR, selector).is_displayed()
    assert browser.find_element(By.CSS_SELECTOR, ".plot .area").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_files_that_were_written_open_without_a_worker(show, pages, tmp_path):
    written = list(export(tmp_path, ["finance"], lambda path: fetch(f"{pages.url}{path}")))
    browser = show(written[2].as_uri())
    assert browser.get_log("browser") == []
    browser.find_element(By.LINK_TEXT, "Finance & Control").click()
    arrived(browser, lambda: browser.find_element(By.ID, "timeline").is_displayed())
    browser.find_element(By.CSS_SELECTOR, "a[href^='reasons-']").click()
    arrived(browser, lambda: browser.find_element(By.ID, "behind").is_displayed())
    browser.find_element(By.LINK_TEXT, "Nederlands").click()
    arrived(browser, lambda: browser.find_element(By.ID, "changed").text == "Wat er is veranderd")
