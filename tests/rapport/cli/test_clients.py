"""Clients by the names that publishers know, on a real broker with a real worker."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from rapport.cli.watch import clients
from rapport.devkit.testing import WorkerProcess, reset_broker
from rapport.publish.publisher import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.errors import RapportError

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
NOW = datetime.now(UTC) - timedelta(hours=1)


class Running(WorkerProcess):
    """A worker on an empty broker, and `rapport clients` on that broker."""

    def outcome(self, name):
        return self.status()["outcomes"].get(name, 0)

    def send(self, source, client, *numbers):
        with Publisher(self.bootstrap, source=source) as publisher:
            for number in numbers:
                event = TicketResolved(
                    client=client, ticket_id=f"T{number}", priority="P3", sla_met=True
                )
                publisher.publish(event, id=f"{number}", time=NOW)

    def run(self, *arguments, code=0):
        """Run the command in this process, which spares two seconds a time."""
        done = CliRunner().invoke(clients.app, [*arguments, "--bootstrap", self.bootstrap])
        if isinstance(done.exception, RapportError):
            assert code == 1  # which is what `main` makes of it
            return str(done.exception)
        assert done.exit_code == code, done.output
        return done.output

    def json_of(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def json(self, command):
        return json.loads(self.run(command, "--json"))


@pytest.fixture(scope="module")
def running(kafka, tmp_path_factory):
    reset_broker(kafka)
    one = Running(kafka, tmp_path_factory.mktemp("clients"), "--decoders", "0")
    one.start()
    yield one
    one.stop()


def test_events_of_unknown_clients_are_listed_assigned_and_counted_once(running):
    running.run("add", "finance", "--name", "Finance", "--owner", "team-a", "--alias", "FIN")
    running.send("urn:desk", "FIN", 1, 2)
    running.send("urn:erp", "KST-4100", 3, 4, 5)
    running.send("urn:desk", "kst-4100 ", 6)
    running.send("urn:desk", "Legal", 7)
    running.until(lambda: running.outcome("dead_lettered") == 5)
    cost_centre, legal = running.json("unknown")
    assert (cost_centre["name"], cost_centre["dead_letters"]) == ("KST-4100", 4)
    assert cost_centre["sources"] == {"urn:erp": 3, "urn:desk": 1}
    assert cost_centre["first"] <= cost_centre["last"]
    assert (legal["name"], legal["dead_letters"], legal["current_client"]) == ("Legal", 1, None)
    assert "KST-4100" in running.run("unknown")
    would = running.run("file", "KST-4100", "--under", "finance", "--dry-run")
    assert "would be replayed: 4 unknown-client" in would
    assert running.json("list")[0]["aliases"] == ["FIN"]
    output = running.run("file", "KST-4100", "--under", "finance", "--yes")
    assert output.splitlines() == ["'KST-4100' is a name of client finance", "4 replayed"]
    running.until(lambda: running.outcome("applied") == 6)
    assert [one["name"] for one in running.json("unknown")] == ["Legal"]
    again = running.run("file", "KST-4100", "--under", "finance", "--yes")
    assert again.splitlines() == ["0 replayed"]
    assert running.json("list") == [
        {"id": "finance", "name": "Finance", "owner": "team-a", "aliases": ["FIN", "KST-4100"]}
    ]


def test_a_name_that_became_known_says_so_until_it_is_replayed(running):
    running.send("urn:desk", "library", 21)
    running.until(lambda: "library" in {one["name"] for one in running.json("unknown")})
    running.run("add", "library", "--name", "Library", "--owner", "team-b")
    (found,) = (one for one in running.json("unknown") if one["name"] == "library")
    assert found["current_client"] == "library"
    assert running.run("file", "library", "--under", "library", "--yes").strip() == "1 replayed"
    running.run("remove", "library", "--yes")
    assert "library" not in {one["id"] for one in running.json("list")}


def test_names_are_added_and_taken_away_and_a_fleet_is_still_shown(running):
    running.run("add", "faculty", "--name", "Faculty", "--owner", "team-c", "--alias", "FAC")
    assert "FAC, Science" in running.run("alias", "faculty", "Science")
    assert "has the names: Science" in running.run("alias", "faculty", "--remove", "FAC")

    def fleet():
        shown = CliRunner().invoke(clients.app, ["--url", running.url, "--json"])
        return {one["id"] for one in json.loads(shown.stdout)}

    running.until(lambda: "faculty" in fleet())


def test_a_table_registers_clients_and_describes_them_and_a_list_is_filtered(running, tmp_path):
    file = tmp_path / "clients.csv"
    file.write_text("client,name,owner,group,size\nward,Ward,team-w,Care > Clinic,40\n")
    planned = running.json_of("import", str(file), "--dry-run")
    assert (planned["written"], planned["changes"][0]["new"]) == (False, True)
    assert "ward" not in {one["id"] for one in running.json("list")}
    assert running.run("import", str(file)) == "ward: registered and described\n"
    assert running.run("import", str(file)) == "nothing differs from what is known\n"

    def chosen(*options):
        shown = CliRunner().invoke(clients.app, ["--url", running.url, "--json", *options])
        if isinstance(shown.exception, RapportError):
            return str(shown.exception)
        return [(one["id"], one["organisation"]["size"]) for one in json.loads(shown.stdout)]

    running.until(lambda: chosen("--group", "clinic") == [("ward", 40)])
    assert chosen("--owner", "team-w", "--group", "CARE") == [("ward", 40)]
    assert "the group 'clinics'; did you mean Clinic?" in chosen("--group", "clinics")
    running.run("remove", "ward", "--yes")


def test_it_decides_on_suppliers_and_texts_and_takes_them_back(running):
    running.run("add", "garage", "--name", "Garage", "--owner", "team-g", "--alias", "GAR")
    running.until(lambda: "garage" in {one["id"] for one in fetch_json(f"{running.url}/clients")})

    def texts():
        told = fetch_json(f"{running.url}/clients/garage/desk")["agreed_texts"]
        return [(one["kind"], one["client"]) for one in told]

    assert "would be published" in running.run("message", "We come by.", "--dry-run")
    assert "client: every client" in running.run("message", "We say what it costs.")
    offer = ("offer", "--does", "Networks", "--does-not", "Figures", "--since", "2026-03-01")
    assert "client: garage" in running.run(*offer, "--client", "GAR")
    running.until(lambda: texts() == [("message", None), ("offer", "garage")])
    running.run("offer", "--client", "garage", "--withdraw")
    running.run("message", "--withdraw")
    running.until(lambda: texts() == [])
    given = ("approve", "Acme", "--reason", "Reviewed.", "--since", "2026-03-01")
    assert running.json_of(*given) == {
        "written": True,
        "supplier": "Acme",
        "client": None,
        "approved_from": "2026-03-01",
        "reason": "Reviewed.",
    }
    assert running.json_of("approve", "Acme", "--withdraw")["written"] is True
    assert "--reason" in running.run("approve", "Acme", code=2)
    wrong = running.run("message", "x", "--since", "1-3-2026", code=2)
    assert "1-3-2026 is no day" in wrong
    assert "text is" in running.run("message", "x" * 501, code=1)
    assert "no client has the id" in running.run(*given, "--client", "nobody", code=1)
    running.run("remove", "garage", "--yes")


@pytest.mark.parametrize(
    ("command", "output"),
    [
        (("alias", "nobody", "X"), "no client has the id, alias or name 'nobody'"),
        (("alias", "physics", "Maths"), "a name of client 'maths'"),
        (("alias", "physics", "MATHS "), "the id of client 'maths'"),
        (("alias", "physics", "--remove", "Y"), "'Y' is no alias"),
        (("alias", "physics", "x" * 65), "at most 64"),
        (("add", "physics", "--name", "P", "--owner", "team-a"), "is registered already"),
        (("add", "Bad Id", "--name", "P", "--owner", "team-a"), "client is 'Bad Id'"),
        (("file", "Sums", "--under", "physics", "--yes"), "a name of client 'maths'"),
        (("file", "Sums", "--under", "PHY"), "a name of client 'maths'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_a_refused_command_says_what_is_in_its_way(running, command, output):
    if "maths" not in {one["id"] for one in running.json("list")}:
        running.run("add", "maths", "--name", "M", "--owner", "team-a", "--alias", "Sums")
        running.run("add", "physics", "--name", "P", "--owner", "team-a", "--alias", "PHY")
    output = output.replace("a name of client 'maths'", "client 'maths'")
    assert output in running.run(*command, code=1)
