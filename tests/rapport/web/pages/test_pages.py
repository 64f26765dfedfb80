"""The client pages as a worker serves them, without a browser."""

import html
import http.client
import re
import threading
from datetime import date
from html.parser import HTMLParser
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import bcrypt
import pytest
from run_rapport import run_rapport

from rapport.domain.calendar import Calendar, dated
from rapport.domain.clients.registry import Client
from rapport.domain.concerns import STATES
from rapport.domain.desk.entries import desk_entry
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.language.codes import language_codes
from rapport.language.language import find_language
from rapport.web.auth import BasicAuth
from rapport.web.client import fetch, fetch_json
from rapport.web.desk_view import DeskView
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.pages.links import ServedLinks
from rapport.web.pages.render import Pages
from rapport.web.server import WebHosts, WebServer
from rapport_schemas.client import AccountRole, OrganisationDescribed
from rapport_schemas.desk import NoteRecorded
from rapport_schemas.wire.errors import RapportError

DAY = 20_600
SECONDS_MAX = 10
ENGLISH, DUTCH = find_language("en"), find_language("nl")


def opened(url, accept=""):
    request = Request(url, headers={"Accept-Language": accept})  # noqa: S310 # the test's own server
    return urlopen(request, timeout=SECONDS_MAX)  # noqa: S310 # the test's own server


def read(url, accept=""):
    with opened(url, accept) as answer:
        return answer.read().decode(), answer.headers


class Document(HTMLParser):
    """What a page holds: its elements, its text, and where it points to."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.links += [found[name] for name in ("href", "src", "action") if name in found]
        self.ids += [found["id"]] if "id" in found else []

    def handle_data(self, data):
        self.words.append(data)


def order_of(text):
    return re.findall(r'href="(?:/pages/|client-)([a-z]+)[?.]', text)


def test_the_language_is_the_one_asked_for_else_the_browsers_else_english(pages):
    assert '<html lang="nl">' in read(f"{pages.url}/?lang=nl", "en")[0]
    assert '<html lang="nl">' in read(f"{pages.url}/", "fr, nl;q=0.9, en;q=0.1")[0]
    assert '<html lang="en">' in read(f"{pages.url}/?lang=xx", "de")[0]


@pytest.mark.parametrize(
    "path",
    ["/", *(f"/pages/finance{part}" for part in ("", "/scores", "/reasons")), "/pages/nobody"],
)
def test_every_page_forbids_scripts_frames_and_other_places(pages, path):
    parts = urlsplit(pages.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS_MAX)
    connection.request("GET", path)
    answer = connection.getresponse()
    policy, body = answer.headers["Content-Security-Policy"], answer.read().decode()
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    document = Document(body)
    assert {tag for tag, _ in document.tags} & {"script", "style", "iframe", "object"} == set()
    for _, attributes in document.tags:
        assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert all(link.startswith(("/", "#", "?")) for link in document.links)
    assert len(document.ids) == len(set(document.ids))
    connection.close()


def test_the_fleet_is_ordered_by_links_and_turned_round(pages):
    worst = order_of(read(f"{pages.url}/")[0])
    assert worst == list(pages.snapshots.fleet.clients)
    trusts = {known["id"]: known["trust"]["value"] for known in fetch_json(f"{pages.url}/clients")}
    by_trust = order_of(read(f"{pages.url}/?sort=trust")[0])
    assert by_trust[-1] == "quiet", "what is not known comes last"
    assert by_trust[:-1] == sorted(by_trust[:-1], key=trusts.get)
    assert order_of(read(f"{pages.url}/?sort=-trust")[0]) == by_trust[::-1]
    assert order_of(read(f"{pages.url}/?sort=drop+table")[0]) == worst


def test_a_search_finds_names_ids_and_owners_and_says_when_there_is_none(pages):
    assert order_of(read(f"{pages.url}/?q=PERMITS")[0]) == ["permits"]
    assert order_of(read(f"{pages.url}/?q=rm-parks")[0]) == ["parks"]
    text, _ = read(f"{pages.url}/?q=%3Cb%3Eno")
    assert order_of(text) == []
    assert "No clients match “&lt;b&gt;no”." in text


def test_every_name_is_text_however_hostile(pages):
    for path in ("/", *(f"/pages/{client}" for client in pages.hostile)):
        text, _ = read(pages.url + path)
        document = Document(text)
        assert not [tag for tag, _ in document.tags if tag in ("script", "b")]
    for client, name in pages.hostile.items():
        text, _ = read(f"{pages.url}/pages/{client}")
        assert f"<h1><bdi>{html.escape(name)}</bdi></h1>" in text.replace(
            "&#34;", "&quot;"
        ).replace("&#39;", "&#x27;")


def test_a_page_says_what_the_explanation_says(pages):
    scores, _ = read(f"{pages.url}/pages/finance/scores?lang=nl")
    text, _ = read(f"{pages.url}/pages/finance/reasons?lang=nl&since=28")
    output = html.unescape(scores + text)
    found = fetch_json(f"{pages.url}/clients/finance/explanation?lang=nl&since=28d")
    moved = []
    for score in found["scores"]:
        for sentence in score["text"]:
            assert sentence.strip() in output, sentence
            if sentence.startswith(("Gestegen", "Gedaald", "Gelijk")):
                moved.append(score["name"])
                break  # what follows is the table of causes
    assert "trust" in moved
    trust = next(score for score in found["scores"] if score["name"] == "trust")
    greatest = DUTCH.points(trust["change"]["rows"][0]["points"], signed=True)
    assert f'<td class="number">{greatest}</td>' in text


def test_a_page_knows_the_same_past_as_the_worker(pages):
    snapshot, health = pages.snapshots.fleet, pages.scorer.health
    pasts = {client: snapshot.past_scores(health[client]) for client in snapshot.clients}
    assert pasts == {
        client: pages.scorer.past_scores(health[client]) for client in snapshot.clients
    }
    assert {name for past in pasts.values() for name in past if past[name][0] is not None} >= {
        "divergence",
        "maturity",
        "trust",
        "trust.own",
    }


def test_purchases_of_a_few_weeks_are_in_no_chart(make_pages):
    def young(scorer, directory, clients):
        for client, name in clients.items():
            directory.register(Client(client, name, "rm"))
        fact = encode_fact(("buy", "outside", "software", "acme", "EUR", 100))
        scorer.add("young", [CountChange(((entry, DAY - 10, fact),), 1) for entry in range(3)])

    text, _ = read(f"{make_pages({'young': 'Young'}, young).url}/pages/young?lang=en")
    assert 'class="plot' not in text
    timeline = text[text.index('id="timeline"') : text.index('id="more"')]
    assert "Not known yet." in timeline
    assert '<th scope="row">' in text, "the purchases are still in the folded table"


def test_a_score_has_a_line_of_the_weeks_in_which_it_was_known(pages):
    text, _ = read(f"{pages.url}/pages/finance/scores")
    weeks = [int(found) for found in re.findall(r'aria-label="[^"]+: Over (\d+) weeks from', text)]
    snapshot, health = pages.snapshots.fleet, pages.scorer.health["finance"]
    expected = []
    for score in health.scores:
        if score.sufficient and score.name not in {"maturity", "perception"}:
            past = snapshot.past_scores(health)[score.name]
            first = next(index for index, value in enumerate(past) if value is not None)
            expected.append(len(past) - first)
    assert sorted(weeks) == sorted(expected)


def test_the_participation_of_every_role_is_shown(pages):
    text, _ = read(f"{pages.url}/pages/finance/scores")
    section = text[text.index('<section aria-labelledby="participation"') :].partition(
        "</section>"
    )[0]
    assert ENGLISH.text("role_count") in section
    roles = pages.scorer.health["finance"].participation.roles
    assert len(roles) == 4
    for role in roles:
        assert f'<th scope="row">{ENGLISH.roles[role.name]}</th>' in section


def test_only_the_page_of_reasons_waits_for_the_worker(pages, monkeypatch):
    async def busy(_client, _since_days):
        raise RapportError("busy")

    monkeypatch.setattr(pages.queries, "ask_snapshots", busy)
    for path in ("/", "/pages/finance", "/pages/finance/scores"):
        assert ENGLISH.text("worker_busy") not in read(pages.url + path)[0]
    text, _ = read(f"{pages.url}/pages/finance/reasons")
    assert ENGLISH.text("worker_busy") in text
    assert text.rstrip().endswith("</html>")


def test_a_search_counts_the_states_of_the_clients_that_it_finds(pages):
    def counts(query):
        text = html.unescape(read(f"{pages.url}/?lang=en&q={query}")[0])
        counted = re.search(r'<p class="counts"><span>(\d+) of (\d+)', text)
        states = re.findall(r'<span>(\d+) +<span class="state (\w+)">', text)
        return [int(number) for number in counted.groups()], {
            state: int(number) for number, state in states
        }

    fleet = pages.snapshots.fleet.clients
    (found, total), states = counts("")
    assert (found, total, sum(states.values())) == (len(fleet), len(fleet), len(fleet))
    (found, total), states = counts("permits")
    assert (found, total) == (1, len(fleet))
    assert states == dict.fromkeys(STATES, 0) | {fleet["permits"].health.verdict.state: 1}
    (found, _), states = counts("zzz")
    assert (found, sum(states.values())) == (0, 0)


@pytest.mark.parametrize("path", ["/foo", "/pages/finance/foo", "/assets"])
def test_an_address_that_leads_nowhere_has_a_page_with_a_way_back(pages, path):
    request = Request(f"{pages.url}{path}?lang=nl", headers={"Accept": "text/html,*/*;q=0.8"})  # noqa: S310 # the test's own server
    with pytest.raises(HTTPError, match="404") as caught:
        urlopen(request, timeout=SECONDS_MAX)  # noqa: S310 # the test's own server
    text = caught.value.read().decode()
    caught.value.close()
    assert DUTCH.text("no_page") in text
    assert "/?lang=nl" in Document(text).links


def test_a_program_gets_plain_text_for_an_address_that_leads_nowhere(pages):
    with pytest.raises(HTTPError, match="404") as caught:
        urlopen(Request(f"{pages.url}/foo", headers={"Accept": "application/json"}))  # noqa: S310 # the test's own server
    assert caught.value.headers.get_content_type() == "text/plain"
    caught.value.close()


def test_what_is_unknown_has_no_number_no_colour_no_rank_and_no_place_in_a_chart(pages):
    known = [scored.health for scored in pages.snapshots.fleet.clients.values()]
    assert sum(health.trust.shown is None for health in known) == 1
    text = html.unescape(read(f"{pages.url}/pages/quiet?lang=en")[0])
    main = text[text.index("<main") : text.index('<p class="meta">')]
    assert "not known yet" in main
    assert 'class="plot' not in main
    assert 'class="spark' not in main
    assert "under-target" not in main
    assert re.findall(r">[^<]*\d[^<]*<", main.partition("<details")[0]) == []
    row = next(row for row in read(f"{pages.url}/?lang=en")[0].split("<tr ") if "/quiet?" in row)
    assert row.count("not known yet") == 5
    peers = pages.snapshots.fleet.peers.rank("trust", known[0].trust.shown)
    assert peers.clients == len(known) - 1


@pytest.mark.parametrize(
    ("path", "status", "sentence_key"),
    [("/pages/nobody", 404, "no_client"), ("/assets/../web.py", 404, None)],
)
def test_a_missing_page_or_client_gets_an_answer(pages, path, status, sentence_key):
    with pytest.raises(OSError, match=str(status)) as caught:
        opened(f"{pages.url}{path}")
    if sentence_key:
        text = html.unescape(caught.value.read().decode())
        assert ENGLISH.text(sentence_key, client="nobody") in text
    caught.value.close()


def test_a_worker_that_starts_says_so_and_is_asked_again():
    server = WebServer("127.0.0.1", 0, lambda: WorkerView({"ready": False}), None)
    host, port = server.start()
    try:
        for path in ("/", "/pages/finance"):
            with pytest.raises(OSError, match="503") as caught:
                opened(f"http://{host}:{port}{path}")
            assert 'http-equiv="refresh"' in caught.value.read().decode()
            caught.value.close()
    finally:
        server.stop()


def test_a_page_leads_to_its_dashboard_where_grafana_has_an_address(pages):
    grafana = "https://grafana.example.org"
    server = WebServer("127.0.0.1", 0, pages.view, pages.queries, hosts=WebHosts(grafana))
    host, port = server.start()
    try:
        for path, dashboard in (
            ("/", "/d/rapport-fleet/fleet"),
            ("/pages/finance", "/d/rapport-client/client?var-client=finance"),
        ):
            for lang in ("en", "nl"):
                words = find_language(lang).text("in_grafana")
                link = f'<a href="{grafana}{dashboard}">{words}</a>'
                assert link in read(f"http://{host}:{port}{path}?lang={lang}")[0]
            assert "/d/rapport" not in read(f"{pages.url}{path}?lang=en")[0]
    finally:
        server.stop()


def test_the_pages_ask_for_the_same_password_as_all_others(pages, tmp_path):
    hashed = bcrypt.hashpw(b"Sesam", bcrypt.gensalt(4)).decode()
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  reader: '{hashed}'\n")
    config.chmod(0o600)
    server = WebServer("127.0.0.1", 0, pages.view, pages.queries, BasicAuth(config))
    host, port = server.start()
    try:
        for path in ("/", "/pages/finance", "/assets/style.css"):
            with pytest.raises(OSError, match="401") as caught:
                opened(f"http://{host}:{port}{path}")
            caught.value.close()
    finally:
        server.stop()


def test_a_large_fleet_is_shown_fifty_clients_at_a_time(make_pages):
    many = make_pages({f"c{letter}{other}x": "Unit" for letter in LETTERS for other in "abcdefgh"})
    first, _ = read(f"{many.url}/?lang=en")
    assert len(order_of(first)) == 50
    assert "Page 1 of 5" in first
    last, _ = read(f"{many.url}/?page=99&q=unit")
    assert len(order_of(last)) == len(LETTERS) * 8 - 200
    assert "Page 5 of 5" in last


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def rapport(*arguments):
    return run_rapport(*arguments)


def test_the_command_prints_the_address_of_a_page_that_is_there(pages):
    output = rapport("pages", "finance", "--url", pages.url)
    assert output.stdout == f"{pages.url}/pages/finance\n"
    assert fetch(output.stdout.strip()).startswith(b"<!doctype html>")
    refused = rapport("pages", "nobody", "--url", pages.url)
    assert refused.returncode == 1
    assert "no client here has the id or name 'nobody'" in refused.stderr


def test_the_whole_fleet_is_written_as_files_whose_links_lead_somewhere(make_pages, tmp_path):
    pages = make_pages({"finance": "Finance", "a.b_c-d": "<b>"})
    target = tmp_path / "fleet"
    output = rapport("pages", "--output", str(target), "--url", pages.url)
    assert output.returncode == 0, output.stderr
    assert output.stdout.strip() == str(target / "index.html")
    written = list(target.iterdir())
    assert len(written) == 2 + 2 * (1 + 3 * len(pages.snapshots.fleet.clients))
    for file in written:
        if file.suffix == ".html":
            document = Document(file.read_text())
            assert not [tag for tag, _ in document.tags if tag == "form"]
            for link in document.links:
                path_of_link, _, anchor = link.partition("#")
                assert not path_of_link or (target / path_of_link).exists(), (file.name, link)
                assert not anchor or path_of_link or anchor in document.ids, (file.name, link)


def test_a_directory_that_cannot_be_written_is_an_error(pages, tmp_path):
    (tmp_path / "file").write_text("")
    output = rapport("pages", "--output", str(tmp_path / "file"), "--url", pages.url)
    assert output.returncode == 1
    assert "cannot write the pages" in output.stderr


def test_pages_are_rendered_beside_the_loop_that_serves(pages, monkeypatch):
    names = []
    for part in ("fleet", "client", "scores", "reasons"):
        render = getattr(Pages, part)

        def noted(*arguments, render=render):
            names.append(threading.current_thread().name)
            return render(*arguments)

        monkeypatch.setattr(Pages, part, noted)
    read(f"{pages.url}/")
    for part in ("", "/scores", "/reasons"):
        read(f"{pages.url}/pages/finance{part}")
    assert names == ["render_0"] * 4


def test_the_pages_name_the_zone_whose_days_they_have(make_pages):
    pages = make_pages({"finance": "Finance"})
    for path in ("/", "/pages/finance"):
        assert "Days and weeks" not in html.unescape(read(pages.url + path, "en")[0])
    pages.scorer.calendar = Calendar("Pacific/Auckland")
    pages.snapshots.retake()
    for path in ("/", "/pages/finance"):
        english, dutch = (html.unescape(read(pages.url + path, lang)[0]) for lang in ("en", "nl"))
        assert "Days and weeks are those of Pacific/Auckland." in english
        assert "Dagen en weken zijn die van Pacific/Auckland." in dutch


@pytest.mark.parametrize("lang", language_codes())
def test_no_row_of_the_reasons_says_its_kind_twice(pages, lang):
    text = html.unescape(read(f"{pages.url}/pages/finance/reasons?lang={lang}")[0])
    rows = re.findall(r'<th scope="row">([^<]+)<small>([^<]+)</small>', text)
    assert len(rows) > 50
    said_twice = [row for row in rows if row[0].endswith(row[1].partition(" · ")[0])]
    assert said_twice == []


def test_the_notes_of_a_year_stand_on_the_timeline_with_their_day(pages):
    snapshot, language = pages.snapshots.fleet, find_language("en")
    scored = snapshot.clients["finance"]
    today = scored.health.day
    days = (today - 400, today - 30, today, today + 1)
    notes = [
        desk_entry(
            "rapport.relationship.note-recorded.v1",
            NoteRecorded(
                client="finance", note_id=str(day), happened_on=dated(day), text=f"<i>moved {day}"
            ),
            *(b"urn:a", b"1", 0, today),
        )
        for day in days
    ]
    site, view = Pages(language, ServedLinks("/pages/finance", {})), DeskView()
    page = site.client(scored, snapshot, (), None, view.notes(notes))
    places = re.findall(r'<line class="noted" x1="([0-9.]+)"[^>]*><title>(.*?)</title>', page)
    assert [text for _, text in places] == [
        f"{language.day(day)}: &lt;i&gt;moved {day}" for day in days[1:3]
    ]
    first, last = (float(at) for at, _ in places)
    assert last - first == pytest.approx(30 / 371 * 100, abs=0.01)
    assert 98 < last < 100
    assert language.text("noted") in page
    assert language.text("noted") not in site.client(scored, snapshot)


def test_what_was_recorded_of_a_client_stands_on_its_page_as_text(pages):
    snapshot, language = pages.snapshots.fleet, find_language("en")
    scored, hostile = snapshot.clients["finance"], '<b onclick="x">"Grow" & more'
    note = NoteRecorded(
        client="finance",
        note_id="1",
        happened_on=date(2026, 3, 2),
        text=hostile,
        link="https://wiki.example/a",
    )
    entry = desk_entry(
        "rapport.relationship.note-recorded.v1", note, b"urn:a", b"1", 0, scored.health.day
    )
    site = Pages(language, ServedLinks("/pages/finance", {}))
    view = DeskView(["wiki.example"])
    page = site.client(scored, snapshot, view.sections([entry], scored, snapshot, language))
    assert '<section class="desk"' in page
    assert "&lt;b onclick=&#34;x&#34;&gt;&#34;Grow&#34; &amp; more" in page
    assert hostile not in page
    assert '<a href="https://wiki.example/a" rel="noreferrer noopener external">' in page
    nothing = site.client(scored, snapshot, view.sections([], scored, snapshot, language))
    assert 'id="desk"' not in nothing, "the questions above say what is not known"
    assert "The worker is busy." in site.client(scored, snapshot, None)


def test_a_place_in_the_organisation_is_shown_and_filters_the_fleet(make_pages):
    made = make_pages({"finance": "Finance", "law": "Law", "parks": "Parks"})
    places, hostile = made.scorer.organisation.places, '"><b>Care'
    described = {
        "finance": OrganisationDescribed(
            client="finance",
            group=[hostile, "Clinic"],
            size=1200,
            sector="Health",
            review_on=date(2026, 9, 1),
            roles=[AccountRole(role="cio", held_by="team-c")],
        ),
        "law": OrganisationDescribed(client="law", group=[hostile], roles=[]),
    }
    for client, event in described.items():
        places.put(client, event)
    made.snapshots.take()
    page, _ = read(f"{made.url}/pages/finance")
    for text in ("1,200 people", "Health", "1 Sept 2026", "team-c", "&#34;&gt;&lt;b&gt;Care"):
        assert text in page, text
    assert hostile not in page
    group = next(link for link in Document(page).links if "group=%22" in link)
    filtered, _ = read(made.url + group)
    assert sorted(order_of(filtered)) == ["finance", "law"]
    assert "2 of 3" in filtered
    assert hostile not in filtered
    again = [link for link in Document(filtered).links if "sort=name" in link]
    assert all("group=%22" in link for link in again), "an order keeps the filter"
    assert sorted(order_of(read(f"{made.url}/?group=clinic&owner=rm")[0])) == ["finance"]
    assert order_of(read(f"{made.url}/?owner=nobody")[0]) == []
    assert fetch_json(f"{made.url}/clients/finance")["organisation"] == {
        "group": [hostile, "Clinic"],
        "size": 1200,
        "sector": "Health",
        "review_on": "2026-09-01",
        "roles": [{"role": "cio", "held_by": "team-c"}],
    }
    assert "No score is known." in filtered
    owners, groups = (fetch_json(f"{made.url}/groups")[kind] for kind in ("owners", "groups"))
    assert [(one["name"], one["clients"], one["people"]) for one in groups] == [
        ([hostile], 2, 1200),
        ([hostile, "Clinic"], 1, 1200),
    ]
    assert [one["name"] for one in owners] == [["rm"]]
    assert owners[0]["text"] == ["No score is known.", "2 clients without a size do not count."]
    assert "1.200 medewerkers" in read(f"{made.url}/pages/finance?lang=nl")[0]
    assert "group=" not in read(f"{made.url}/pages/finance?as=file")[0]
