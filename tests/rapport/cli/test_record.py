"""`rapport record` as a person types it: what it publishes, asks, refuses and takes back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from rapport.cli.publish.record import app, run
from rapport.cli.publish.record.group import NAMES
from rapport.cli.publish.record.kinds import KINDS
from rapport.cli.watch import clients
from rapport.devkit.testing import WorkerProcess, reset_broker
from rapport.domain.desk.entries import desk_entry
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport.domain.events.decoder import decode_carefully
from rapport.web.client import fetch_json
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CONTRACTS

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
GIVEN = {
    "touchpoint": ["--kind", "workshop", "--role", "cio", "--role", "it_team", "--topic", "goals"],
    "signal": ["--signal", "options_open"],
    "profile": ["--facet", "goals", "--held-from", "client", "--statement", "Close in three days"],
    "promise": ["--what", "A test system", "--due-on", "2027-03-20"],
    "proposal": ["--initiated-by", "it", "--declined"],
    "action": ["--what", "Show the catalogue", "--kind", "explain-offer", "--who", "team-a"],
    "note": ["--text", "Reorganisation"],
}


def invoke(*arguments, answers=None):
    return CliRunner().invoke(app, arguments, input=answers)


def dry(*arguments, code=0):
    """Return the JSON of a dry run, or what it printed."""
    done = invoke(*arguments, "--dry-run", "--json")
    assert done.exit_code == code, done.output
    return done.output if code else json.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_recorded_is_read_by_the_worker_and_kept_at_the_desk(kind):
    recorded = dry(kind.name, "finance", *GIVEN[kind.name])
    (event,) = recorded["events"]
    data = CONTRACTS[event["type"]].decode(json.dumps(event["data"]).encode())
    at = datetime.fromisoformat(event["time"])
    _, _, value, headers = write_binary(data, event_id=event["id"], source=RECORDED_SOURCE, time=at)
    *_, entry = decode_carefully(value, headers, lambda _: ())
    assert (entry.client, entry.kind) == ("finance", kind.name)
    back = dry(kind.name, "finance", "--withdraw", recorded["id"])
    assert back["taken_back"]
    entities = []
    for each in back["events"]:
        data = CONTRACTS[each["type"]].decode(json.dumps(each["data"]).encode())
        entities.append(
            desk_entry(each["type"], data, RECORDED_SOURCE.encode(), b"", 0, 0)._replace(day=0)
        )
    (mine,) = [it for it in entities if it.entity == entry.entity]
    assert mine.revision >= entry.revision
    assert mine.content is None


def test_every_field_of_a_contract_can_be_given():
    """Those that are not typed are made: ids, revisions, and the client, which is an argument."""
    made = {"client", "revision", "promise_id", "action_id", "note_id"}
    for kind in KINDS:
        assert set(kind.model.model_fields) == set(kind.fields) | (
            made & set(kind.model.model_fields)
        )


def test_a_promise_and_its_settlement_have_one_id_and_the_day_on_which_it_was_made():
    made = dry("promise", "finance", *GIVEN["promise"], "--made-on", str(YESTERDAY))
    kept = dry("promise", "finance", "--id", made["id"], "--kept")
    (event,) = kept["events"]
    assert event["data"]["kept"] is True
    assert event["data"]["promise_id"] == made["id"] == made["events"][0]["data"]["promise_id"]
    assert event["data"]["made_on"] == str(YESTERDAY)
    reopened = dry("promise", "finance", "--reopen", made["id"])["events"]
    assert [each["data"]["kind"] for each in reopened] == ["settlement"]
    withdrawn = dry("promise", "finance", "--withdraw", made["id"])["events"]
    assert [each["data"]["kind"] for each in withdrawn] == ["settlement", "promise"]


def test_the_id_of_another_system_needs_its_day():
    assert "--made-on" in dry("promise", "finance", "--id", "P-17", "--broken", code=2)
    (event,) = dry(*("promise", "finance", "--id", "P-17", "--broken", "--made-on", "2026-02-16"))[
        "events"
    ]
    assert (event["data"]["promise_id"], event["data"]["kept"]) == ("P-17", False)
    assert "--on" in dry("touchpoint", "finance", "--withdraw", "talk-1", code=2)
    (event,) = dry("touchpoint", "finance", "--withdraw", "talk-1", "--on", "2026-02-16")["events"]
    assert event["data"]["occurred_on"] == "2026-02-16"


def test_a_day_is_noon_and_a_time_is_itself():
    def time_of(text):
        (event,) = dry("signal", "finance", *GIVEN["signal"], "--on", text)["events"]
        return datetime.fromisoformat(event["time"])

    assert time_of("2026-03-02") == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert time_of("2026-03-02T14:00+01:00") == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert time_of(str(TODAY)) <= datetime.now(UTC)
    assert time_of(str(TODAY)).date() == TODAY


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["signal", "finance"], "--signal is missing"),
        (["signal", "finance", "--signal", "anger"], "anger"),
        (["touchpoint", "finance", "--kind", "workshop"], "--role is missing"),
        (["proposal", "finance", "--initiated-by", "it"], "--accepted/--declined is missing"),
        (["promise", "finance", "--what", "x", "--due-on", "soon"], "due_on"),
        (["promise", "finance", "--what", "x" * 501, "--due-on", "2027-01-01"], "what: String"),
        (["promise", "finance", "--what", "x", "--kept"], "--what has no use with --kept"),
        (["promise", "finance", "--withdraw", "a", "--reopen", "b"], "no use with --withdraw"),
        (["profile", *GIVEN["profile"], "finance", "--link", "http://a/"], "link: String should"),
        (["action", "finance", *GIVEN["action"], "--done-on", "2026-03-02"], "done_on is given"),
        (["action", "finance", *GIVEN["action"], "--who", "Jan de Wit"], "who: String should"),
        (["note", "finance", "--text", "x", "--on", "2999-01-01"], "still to come"),
        (["note", "finance", "--text", "x", "--on", "2026-03-02T14:00"], "without a time zone"),
        (["note", "finance", "--text", "x", "--on", "tomorrow"], "expected a day such as"),
        (["note", "--text", "x"], "the client is missing"),
    ],
)
def test_wrong_use_is_refused_with_what_to_do_and_nothing_is_published(arguments, said):
    assert said in " ".join(dry(*arguments, code=2).split())


def event_of(done):
    """Return the event of a dry run; the runner echoes what is typed before it, as terminals do."""
    assert done.exit_code == 0, done.output
    (event,) = json.loads(done.stdout[done.stdout.index("{") :])["events"]
    return event


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(run, "stands_on_terminal", lambda: True)


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_it_asks_for_what_is_missing_until_it_can_be_used():
    typed = "finance\nmeal\nworkshop\ncio, it_team\n"
    done = invoke("touchpoint", "--dry-run", "--json", answers=typed)
    event = event_of(done)
    assert event["data"]["client"] == "finance"
    assert event["data"]["kind"] == "workshop"
    assert event["data"]["roles"] == ["cio", "it_team"]
    assert "'meal' is not one of project_meeting, workshop, roadmap_talk; try again" in done.stderr
    assert "Of which kind the meeting was." in done.stderr


@pytest.mark.usefixtures("terminal")
def test_it_does_not_ask_for_ever():
    done = invoke("signal", "finance", "--dry-run", answers="anger\n" * 11)
    assert done.exit_code == 2
    assert "10 times" in done.output


def test_every_kind_is_listed_with_its_own_help():
    done = invoke("--help")
    assert [kind.name for kind in KINDS] == [*NAMES]
    assert all(name in done.output for name in NAMES)
    lines = [line.strip() for line in invoke("note", "--help").output.splitlines()]
    assert 'rapport record note finance --text "Reorganisation" --on 2026-05-04' in lines


@pytest.mark.usefixtures("terminal")
def test_it_asks_for_days_and_for_yes_or_no():
    done = invoke("promise", "finance", "--dry-run", "--json", answers="A test\nsoon\n2027-03-20\n")
    assert event_of(done)["data"]["due_on"] == "2027-03-20"
    typed = "client\nperhaps\nyes\n"
    done = invoke("proposal", "finance", "--dry-run", "--json", answers=typed)
    assert event_of(done)["data"]["accepted"] is True
    assert "'perhaps' is neither yes nor no; try again" in done.stderr


def test_people_read_how_to_take_it_back(monkeypatch):
    monkeypatch.setattr(run, "_publish", lambda *_: None)
    monkeypatch.setattr(run, "_known_client", lambda name, _: name)
    done = invoke("note", "finance", "--text", "Moved")
    first, second = done.stdout.splitlines()
    name = first.removeprefix("note of finance recorded: ")
    assert second == f"take it back with: rapport record note finance --withdraw {name}"


class Running(WorkerProcess):
    """A worker on an empty broker, and `rapport record` on that broker."""

    def record(self, *arguments):
        done = CliRunner().invoke(app, [*arguments, "--json", "--bootstrap", self.bootstrap])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)["id"]

    def desk(self):
        return fetch_json(f"{self.url}/clients/finance/desk")

    def outcome(self, name):
        return self.status()["outcomes"].get(name, 0)


@pytest.fixture
def running(kafka, tmp_path):
    reset_broker(kafka)
    one = Running(kafka, tmp_path, "--decoders", "0")
    one.start()
    added = ["add", "finance", "--name", "Finance", "--owner", "team-a", "--alias", "FIN"]
    CliRunner().invoke(clients.app, [*added, "--bootstrap", kafka])
    yield one
    one.stop()


@pytest.mark.kafka
def test_a_worker_counts_it_by_any_name_of_the_client_until_it_is_taken_back(running):
    talk = running.record("touchpoint", "fin", *GIVEN["touchpoint"])
    promise = running.record("promise", "Finance", *GIVEN["promise"])
    running.record("promise", "finance", "--id", promise, "--kept")
    running.record("promise", "finance", "--reopen", promise)
    running.record("promise", "finance", "--id", promise, "--broken")
    running.record("touchpoint", "finance", "--withdraw", talk)
    running.until(lambda: running.outcome("applied") == 6)
    assert running.outcome("dead_lettered") == 0
    assert running.outcome("conflict") == 0
    assert [one["state"] for one in running.desk()["promises"]] == ["broken"]
    with pytest.raises(RapportError, match="did you mean finance"):
        running.record("note", "finanse", *GIVEN["note"])
    closes_an_action_by_its_id(running)


def closes_an_action_by_its_id(running):
    """What is not typed stays as the worker has it, and none of it is lost without a word."""
    linked = ["--link", "https://wiki.example/plan"]
    action = running.record("action", "finance", *GIVEN["action"], "--due-on", "2027-03-20")
    secret = running.record("action", "finance", *GIVEN["action"], *linked)
    running.until(lambda: len(running.desk()["actions"]) == 2)
    changed = [*("--url", running.url, "--status", "done", "--id")]
    running.record("action", "finance", *changed, action)
    running.until(lambda: running.desk()["actions"][-1]["status"] == "done")
    done = running.desk()["actions"][-1]
    assert (done["what"], done["due_on"]) == ("Show the catalogue", "2027-03-20")
    assert done["done_on"] == str(datetime.now(UTC).date())
    running.record("action", "finance", "--url", running.url, "--status", "open", "--id", action)
    running.until(lambda: running.desk()["actions"][0]["status"] == "open")
    assert "done_on" not in running.desk()["actions"][0]
    with pytest.raises(RapportError, match="give the link with --link"):
        running.record("action", "finance", *changed, secret)
    with pytest.raises(RapportError, match="no action of finance with the id 'none'"):
        running.record("action", "finance", *changed, "none")
