"""A browser, and pages with clients of every kind, served as a worker serves them."""

import asyncio
import base64
import random
import re
import threading
from collections import defaultdict
from datetime import date
from functools import cache

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from rapport.devkit.accounts import write_accounts
from rapport.devkit.data import POLICY, demo_data, demo_desk
from rapport.domain.calendar import Calendar, day_number
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.desk.entries import desk_entry
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport.domain.events.facts import posting
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange, Page
from rapport.domain.signals.finder import SignalNames
from rapport.runtime.policy_file import load_policy
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.web.auth import BasicAuth
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.forms.recording import Recording
from rapport.web.server import WebServer
from rapport.worker.assignment import Assignment
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

DAY = 20_600
ROLES = ("cio", "it_management", "it_team", "project_managers")
WIDE = "Département des très longues dénominations administratives " * 5
HOSTILE = {
    "script": "<script>document.title='owned'</script>",
    "quotes": '"\' onmouseover="alert(1)" x=\'&amp;{{ 7*7 }}',
    "rtl": "Finance \u202egnp.exe\u202c שלום \u2067",
    "long": WIDE[:256],
    "unbroken": "W" * 256,
}
CLIENTS = {
    "finance": "Finance & Control",
    "library": "Bibliotheek",
    "permits": "Licences & Permits",
    "parks": "Parks",
    "quiet": "Nobody Yet",
    "health": "Public Health",
    **HOSTILE,
}
DEMO_DAY = date(2026, 11, 30)
"""A Monday: the last closed week ended yesterday."""
SECONDS_MAX = 30
A4_INCHES = {"paperWidth": 8.27, "paperHeight": 11.69}
TABLET = 600
"""Narrower screens are phones."""


def facts(chance, *, grim, buys):
    """Yield (day, fact) of 300 days of one client."""
    for day in range(DAY - 300, DAY + 1):
        if chance.random() < 0.5:
            yield day, ("ticket.opened", "incident", "P3")
            yield day, ("ticket.closed", "P3", chance.random() > grim, "person", 1)
        if chance.random() < 0.1:
            yield day, ("ticket.rated", chance.randint(1, 3) if grim > 0.5 else 5, 1, 5)
            yield day, ("survey.invited",)
        if chance.random() < 0.06:
            score = chance.randint(1, 3) if grim > 0.5 else chance.randint(3, 5)
            view = chance.choice(("client", "client", "own"))
            yield day, ("survey.answered", view, (("trust", score, 1, 5),), 3)
        if chance.random() < 0.1:
            roles = tuple(sorted(chance.sample(ROLES, 2)))
            carried = chance.choice((True, True, False))
            kind = chance.choice(("workshop", "roadmap_talk"))
            yield day, ("touch", kind, roles, ("crm",), ("goals",), carried)
        if chance.random() < 0.03:
            yield day, ("promise", "broken" if chance.random() < grim else "kept")
            yield day, ("knowledge", chance.choice(("goals", "mission")), "client")
            yield day, ("signal", chance.choice(("options_open", "raise_the_level")), "heard")
        if chance.random() < (0.4 if buys and day > DAY - 21 else 0.03):
            yield day, ("buy", "outside", "software", "acme <b>", "EUR", chance.randrange(90_000))


def filled(scorer, directory, clients):
    for number, (client, name) in enumerate(clients.items()):
        directory.register(Client(client, name, f"rm-{client}"))
        if client == "quiet":
            continue
        chance = random.Random(number)  # noqa: S311 # the same histories at every run
        found = facts(chance, grim=0.1 + 0.8 * (number % 3 == 1), buys=number % 4 == 2)
        for entry_id, (day, fact) in enumerate(found):
            scorer.add(client, [CountChange(((entry_id, day, encode_fact(fact)),), 1)])


@cache
def demo_entries():
    """Return the demo's entries of the desk by client."""
    found = defaultdict(list)
    published = (
        ("urn:rapport:demo", demo_data(DEMO_DAY)[1]),
        (RECORDED_SOURCE, demo_desk(DEMO_DAY)),
    )
    for source, events in published:
        for data, name, at in events:
            kind, day = CONTRACT_OF_MODEL[type(data)].type, day_number(at.date())
            entry = desk_entry(kind, data, source.encode(), name.encode(), 0, day)
            if entry is not None:
                found[entry.client].append(entry)
    return found


def demo_filled(scorer, directory, _clients):
    """Register the demo's clients, and fold what the demo publishes."""
    clients, events = demo_data(DEMO_DAY)
    for client in clients:
        directory.register(Client(client.client, client.name, client.owner, tuple(client.aliases)))
    finder, pages = SignalNames(load_vocabulary(None)), defaultdict(Page)
    changes = defaultdict(list)
    for event in events:
        client, data = directory.resolve(event.data.client), event.data
        if client is not None:
            kind, day = CONTRACT_OF_MODEL[type(data)].type, day_number(event.at.date())
            _, posted = posting(kind, data, b"urn:rapport:demo", event.id.encode(), day, finder)
            pages[client].join(posted.entity, posted[1:], changes[client])
    for client, found in changes.items():
        scorer.add(client, found)


class Pages:
    """A web server in its thread, and a loop in another that owns the scorer."""

    hostile = HOSTILE

    def __init__(self, clients, fill=filled, policy_file=None, day=DAY, accounts=None):
        directory, policy, self.day = Directory(), load_policy(policy_file), day
        self.scorer = Scorer(directory, policy)
        fill(self.scorer, directory, clients)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        assignment = Assignment(1)
        assignment.ready = True
        self.snapshots = LatestSnapshot(assignment, self.scorer, directory)
        self.recorded = {}
        """Client -> the entries of the desk."""
        self.queries = ScoreQueries(self.scorer, directory, self.read_desk)
        self.do(self.queries.attach())
        find = self.queries.find_client
        recording = Recording(find, self.queries.horizon_days, Calendar(), None)
        auth = BasicAuth(None, accounts)
        self.server = WebServer(
            *("127.0.0.1", 0, self.view, self.queries, auth), recording=recording
        )
        host, port = self.server.start()
        self.url = f"http://{host}:{port}"

    async def read_desk(self, client):
        return self.recorded.get(client, [])

    def view(self):
        return WorkerView({"ready": True}, (), self.snapshots.fleet)

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS_MAX)

    def publish(self):
        self.do(self.scorer.evaluate(self.day))
        self.snapshots.take()

    def stop(self):
        self.server.stop()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS_MAX)
        self.loop.close()


def registered(_scorer, directory, clients):
    for client, name in clients.items():
        directory.register(Client(client, name, "rm"))


@pytest.fixture
def make_pages():
    """Make pages of clients of whom nothing is known, or what `fill` adds."""
    running = []

    def make(clients, fill=registered):
        made = Pages(clients, fill)
        running.append(made)
        made.publish()
        return made

    yield make
    for made in running:
        made.stop()


@pytest.fixture(scope="session")
def pages():
    made = Pages(CLIENTS)
    made.publish()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The pages of the demo's own clients, with what people recorded and the forms for it."""
    accounts = write_accounts(tmp_path_factory.mktemp("accounts"), "anna", "geheim")
    made = Pages({}, demo_filled, POLICY, day_number(DEMO_DAY), accounts)
    made.recorded = demo_entries()
    made.publish()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser(tool, tmp_path_factory):
    options = Options()
    options.binary_location = tool("chromium")
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars"),
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(tool("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def show(browser, pages):
    """Open a page as a person with such a screen has it."""

    def open_page(path, width=1200, scheme="light", *, scripts=True):
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        metrics = {
            "width": width,
            "height": 844 if width < TABLET else 800,
            "deviceScaleFactor": 1,
            "mobile": width < TABLET,
        }
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        browser.get_log("browser")
        browser.get(path if "://" in path else pages.url + path)
        return browser

    yield open_page
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.fixture
def sheets(browser):
    """Print the page that is open, and return the number of A4 pages."""

    def printed():
        document = browser.execute_cdp_cmd("Page.printToPDF", A4_INCHES)
        return len(re.findall(rb"/Type /Page\b", base64.b64decode(document["data"])))

    return printed
