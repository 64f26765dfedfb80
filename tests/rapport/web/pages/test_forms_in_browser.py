"""A form in a real browser: on a phone, without a script, with the keyboard alone."""

import base64
import json

import bcrypt
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from rapport.domain.calendar import Calendar
from rapport.domain.clients.registry import Client
from rapport.web.auth import BasicAuth
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.forms.recording import Recording
from rapport.web.server import WebServer
from rapport_schemas.relationship import TouchpointHeld

pytestmark = pytest.mark.browser
PHONE = 360
TABS_MAX = 60
LONG = Client("long", "Département des très longues dénominations administratives " * 4, "team-a")


@pytest.fixture
def served(tmp_path):
    """A server with one writer; what is recorded, and its address."""
    hashed = bcrypt.hashpw(b"geheim", bcrypt.gensalt(4)).decode()
    user = {"role": "writer", "owners": ["*"], "password_hash": hashed}
    document = {"reading": "open", "key_file": "key", "users": {"anna": user}}
    for name, text in (("key", "k" * 40), ("web.json", json.dumps(document))):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    published = []

    async def publish(*given):
        published.append(given)

    recording = Recording({"long": LONG}.get, lambda: 400, Calendar(), publish)
    view, auth = WorkerView({"ready": True}, (), None), BasicAuth(None, tmp_path / "web.json")
    server = WebServer("127.0.0.1", 0, lambda: view, None, auth, recording=recording)
    yield published, f"http://127.0.0.1:{server.start()[1]}"
    server.stop()


@pytest.fixture
def logged_in(browser):
    """The browser as it is after a person gave user and password."""
    both = base64.b64encode(b"anna:geheim").decode()
    browser.execute_cdp_cmd("Network.enable", {})
    headers = {"headers": {"Authorization": f"Basic {both}"}}
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)
    yield browser
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})


def press(browser, *keys):
    webdriver.ActionChains(browser).send_keys(*keys).perform()


def tab_to(browser, name):
    for _ in range(TABS_MAX):
        press(browser, Keys.TAB)
        if browser.switch_to.active_element.get_attribute("name") == name:
            return
    pytest.fail(f"the keyboard does not reach {name}")


@pytest.mark.usefixtures("logged_in")
def test_a_meeting_is_recorded_on_a_phone_with_the_keyboard_and_without_a_script(show, served):
    published, url = served
    browser = show(f"{url}/pages/long/record/touchpoint?lang=nl", PHONE, scripts=False)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Een gesprek"
    size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    assert size["width"] <= PHONE
    tab_to(browser, "kind")
    press(browser, Keys.SPACE)
    tab_to(browser, "roles")
    press(browser, Keys.SPACE)
    tab_to(browser, "teams")
    press(browser, "crm, desk", Keys.ENTER)
    WebDriverWait(browser, 30).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, "[role=status]")
    )
    assert "Vastgelegd: Een gesprek" in browser.find_element(By.TAG_NAME, "main").text
    ((event, _, _, recorded_by),) = published
    assert recorded_by == "anna"
    assert event == TouchpointHeld(
        client="long", kind="project_meeting", roles=["it_team"], teams=["crm", "desk"]
    )
