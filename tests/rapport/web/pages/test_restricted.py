"""With "restrict": true a user sees the clients of its owners, and nothing of any other client."""

import json
from dataclasses import replace
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import bcrypt
import pytest
from run_rapport import run_rapport

from rapport.domain.concerns.verdict import Concern
from rapport.domain.verdicts.fleet import seen_health
from rapport.runtime.secrets import Secret
from rapport.web.auth import BasicAuth
from rapport.web.client import WebAccess
from rapport.web.forms.recording import Recording
from rapport.web.login.sight import CLIENT, FLEET, HEALTH, METRICS
from rapport.web.server import WebServer

OWN = ("finance", "parks")
PASSWORD = "geheim"  # noqa: S105 # of users of this test
USERS = {
    "anna": {"role": "writer", "owners": ["rm-finance", "rm-parks"]},
    "rob": {"role": "reader", "owners": ["rm-finance", "rm-parks"]},
    "carl": {"role": "writer", "owners": ["rm-nothing"]},
    "eve": {"role": "reader", "owners": ["*"]},
    "prom": {"role": "metrics"},
}
LISTS = (
    *("/?lang=en", "/today", "/today.json", "/pages?sort=name", "/clients", "/groups", "/fleet"),
    *("/digest?since=7d", "/?as=file", "/nowhere"),
)
PARTS = (
    *("/pages/{}", "/pages/{}/scores", "/pages/{}/reasons", "/pages/{}?as=file", "/clients/{}"),
    *("/clients/{}/explanation?since=28d", "/clients/{}/desk", "/pages/{}/record"),
)


class Restricted:
    def __init__(self, pages, directory, **more):
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        users = {name: {**user, "password_hash": hashed} for name, user in USERS.items()}
        self.directory = directory
        for name, text in {
            "key": "k" * 40,
            "password": PASSWORD,
            "web.json": json.dumps({"key_file": "key", "users": users, **more}),
        }.items():
            (directory / name).touch(mode=0o600)
            (directory / name).write_text(text)
        snapshot = pages.snapshots.fleet
        recording = Recording(snapshot.directory.get, lambda: 400, snapshot.calendar, None)
        auth = BasicAuth(None, directory / "web.json")
        served = ("127.0.0.1", 0, pages.view, pages.queries, auth)
        self.server = WebServer(*served, recording=recording)
        self.url = "http://{}:{}".format(*self.server.start())

    def ask(self, user, path, data=None):
        """Return the status and the body of a request."""
        headers = WebAccess(user=user, password=Secret(PASSWORD)).headers()
        headers |= {"Accept": "text/html", "Origin": self.url}
        request = Request(self.url + path, data, headers)  # noqa: S310 # the test's own server
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310 # the test's own server
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def run(self, user, *command):
        file = str(self.directory / "password")
        access = ("--url", self.url, "--user", user, "--password-file", file)
        return run_rapport(*command, *access)


@pytest.fixture(scope="module")
def served(pages, tmp_path_factory):
    made = Restricted(pages, tmp_path_factory.mktemp("restricted"), restrict=True)
    yield made
    made.server.stop()


def hidden_words(pages):
    """What names the clients that the user may not see: owners, names, and the ids that no word is.

    The ids `script`, `quotes`, `long` and the like are words of every page.
    """
    others = [c for c in pages.snapshots.fleet.directory.values() if c.id not in OWN]
    words = {client.owner for client in others} | {
        "library",
        "permits",
        "Bibliotheek",
        "Nobody Yet",
    }
    return words | {"Public Health", "Licences", "WWWWW", "Département", "gnp.exe", "onmouseover"}


def test_each_route_of_the_server_is_decided(served):
    """A new route is named in sight.py, where its handler shows only what `SIGHT` allows."""
    routes = {each.canonical for each in served.server._application().router.resources()}
    assert {each for each in routes if CLIENT not in each} == HEALTH | METRICS | FLEET


@pytest.mark.parametrize("user", ["anna", "rob"])
def test_no_answer_names_a_client_of_another_owner(served, pages, user):
    words = hidden_words(pages)
    paths = [*LISTS, *(part.format(client) for part in PARTS for client in OWN)]
    found = {path: served.ask(user, path) for path in paths}
    leaks = {path: [w for w in words if w in body] for path, (_, body) in found.items()}
    assert {path: named for path, named in leaks.items() if named} == {}
    allowed = {200, 404} if user == "anna" else {200, 403, 404}
    assert {status for status, _ in found.values()} <= allowed
    assert [path for path, (status, _) in found.items() if status == 404] == ["/nowhere"]
    everything = served.ask("eve", "/clients")[1] + served.ask("eve", "/?lang=en")[1]
    assert [word for word in words if word not in everything and word != "library"] == []


def test_lists_counts_and_ranks_are_of_the_own_clients(served):
    clients = json.loads(served.ask("anna", "/clients")[1])
    assert {client["id"] for client in clients} == set(OWN)
    today = json.loads(served.ask("anna", "/today.json")[1])
    assert (today["clients"], today["registered"]) == (2, 2)
    together = json.loads(served.ask("anna", "/groups")[1])["owners"]
    assert [one["name"] for one in together] == [["rm-finance"], ["rm-parks"]]
    digest = json.loads(served.ask("anna", "/digest?since=7d")[1])
    assert (digest["registered"], {one["id"] for one in digest["clients"]}) == (2, set(OWN))
    path = "/clients/finance/explanation"
    mine, whole = (json.loads(served.ask(user, path)[1]) for user in ("anna", "eve"))
    assert {score["name"] for score in whole["scores"] if score["peers"]} > set()
    assert [score["peers"] for score in mine["scores"]] == [None] * len(mine["scores"])
    assert [one["value"] for one in mine["scores"]] == [one["value"] for one in whole["scores"]]
    assert " of 11 clients" in served.ask("eve", "/?lang=en")[1]
    assert "2 of 2 clients" in served.ask("anna", "/?lang=en")[1]


def test_a_hidden_client_is_as_unknown_as_one_that_is_not_there(served):
    for part in (*PARTS, "/pages/{}/record/note"):
        hidden, absent = (served.ask("anna", part.format(n)) for n in ("library", "xlibrary"))
        assert hidden[0] == 404, part
        assert hidden[1] == absent[1].replace("xlibrary", "library")
    form = urlencode({"seal": "x"}).encode()
    hidden, absent = (
        served.ask("anna", f"/pages/{name}/record/note", form) for name in ("library", "xlibrary")
    )
    assert hidden[0] == absent[0] == 404
    assert "rm-" not in served.ask("anna", "/digest?since=7d&owner=rm-librarx")[1].replace(
        "rm-librarx", ""
    )
    for path in ("/digest?since=7d&owner=rm-library", "/today.json?owner=rm-library"):
        assert served.ask("anna", path)[0] == 404
    assert served.ask("anna", "/?q=library&lang=en")[1].count('href="/pages/') == 0


def test_a_user_without_clients_sees_none_and_a_stranger_nothing(served):
    assert served.ask("carl", "/clients") == (200, "[]")
    assert served.ask("carl", "/today")[0] == 404, "no client has its owner"
    assert served.ask("carl", "/pages/finance")[0] == 404
    assert served.ask("mallory", "/clients")[0] == 401


def test_series_are_for_their_own_role_alone(served):
    for path in METRICS:
        asked = {user: served.ask(user, path)[0] for user in USERS}
        assert asked == {user: 200 if user == "prom" else 403 for user in USERS}
    for path in ("/clients", "/", "/today", "/pages/finance", "/digest", "/nowhere"):
        assert served.ask("prom", path)[0] == 403
    assert served.ask("prom", "/healthz")[0] == 200


def test_a_name_that_a_hidden_client_shares_leads_to_the_own_one(served, pages, monkeypatch):
    snapshot = pages.snapshots.fleet
    shared = {
        "finance": replace(snapshot.directory["finance"], aliases=("FIN",)),
        "library": replace(snapshot.directory["library"], aliases=("FIN",)),
    }
    changed = replace(snapshot, directory={**snapshot.directory, **shared})
    monkeypatch.setattr(served.server._sight, "_newest", lambda: changed)
    status, body = served.ask("anna", "/clients/FIN/explanation")
    assert (status, json.loads(body)["client"]) == (200, "finance")


def test_commands_and_files_have_the_own_clients_alone(served, tmp_path):
    listed = served.run("anna", "clients", "--json")
    assert {one["id"] for one in json.loads(listed.stdout)} == set(OWN)
    written = served.run("anna", "pages", "--output", str(tmp_path / "out"))
    assert written.returncode == 0, written.stderr
    names = {file.name for file in (tmp_path / "out").glob("client-*")}
    assert names == {f"client-{one}.{lang}.html" for one in OWN for lang in ("en", "nl")}


def test_without_the_right_owners_are_a_filter_alone(pages, tmp_path):
    made = Restricted(pages, tmp_path)
    try:
        assert len(json.loads(made.ask("anna", "/clients")[1])) > len(OWN)
        assert json.loads(made.ask("rob", "/today.json")[1])["clients"] == len(OWN)
        assert made.ask("rob", "/metrics")[0] == 200
        assert made.ask("rob", "/pages/finance/record")[0] == 403, "a reader with owners"
    finally:
        made.server.stop()


def test_a_similar_client_is_named_where_it_is_seen_alone(pages):
    health = pages.snapshots.fleet.health["finance"]
    far = Concern(kind="far_from_peers", since=1, figures={"observed": 3, "similar": "parks"})
    other = Concern(kind="knowledge_stale", since=1, figures={"facets": ("goals",)})
    told = replace(health, verdict=replace(health.verdict, concerns=(far, other)))
    seen = seen_health({"finance": told, "parks": health}, {"finance"})
    assert list(seen) == ["finance"]
    assert seen["finance"].verdict.concerns[0].figures == {"observed": 3, "similar": None}
    assert seen["finance"].verdict.concerns[1] is other
    assert seen_health({"finance": told}, {"finance", "parks"})["finance"] == told
