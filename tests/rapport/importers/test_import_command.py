"""`rapport import` on a real broker and a real worker: twice, corrected, interrupted, from cron."""

import asyncio
import csv
import json
import os
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from run_rapport import run_rapport

from rapport.devkit.testing import WorkerProcess, records_of
from rapport.domain.events.facts import posting
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.page import RETRACTED, iter_facts
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.run import Job, run_job
from rapport.importers.summary import Summary
from rapport.importers.sync.messages import row_state
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import rapport_command
from rapport.worker.storage.pages import is_live_page
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, CONTRACT_OF_MODEL

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
MANY = 10_000
"""Rows that an import still reads when some of its batches are in the journal."""
START = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=60)
JOBS = {
    "incidents.csv": ("tickets", "servicenow"),
    "ledger.csv": ("purchases", "purchase-card-ledger"),
    "answers.csv": ("surveys", "nhs-friends-and-family"),
}


def when(days, hours=0):
    return START + timedelta(days=days, hours=hours)


def incidents():
    names = "number priority opened_at resolved_at reassignment_count made_sla company"
    header = names.split()
    layout = "%Y-%m-%d %H:%M:%S"
    rows = [
        [
            f"INC{n}",
            f"{n % 4 + 1} - x",
            f"{when(n):{layout}}",
            f"{when(n, n % 30):{layout}}" if n % 5 else "",
            str(n % 3),
            "true" if n % 7 else "false",
            ("Finance", "Law")[n % 2],
        ]
        for n in range(40)
    ]
    return [header, *rows]


def ledger():
    header = ["trans_date", "amount", "merchant", "cac1", "cac1_desc", "cac2"]
    rows = [
        [f"{when(n % 20):%Y-%m-%d}", f"{n}.50", f"shop {n % 3}", "K1", "Software", "Finance"]
        for n in range(40)
    ]
    return [header, *rows, rows[7]]


def answers():
    header = ["comment_id", "organisation", "date", "service1", "score_1best_5worst_6_7na"]
    return [
        header,
        *([f"A{n}", "Law", f"{when(n):%d/%m/%Y}", "", str(n % 7 + 1)] for n in range(30)),
    ]


class World:
    """A broker, a worker on it, and files to import."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory = bootstrap, directory
        self.files = {
            "incidents.csv": incidents(),
            "ledger.csv": ledger(),
            "answers.csv": answers(),
        }
        self.worker = WorkerProcess(bootstrap, directory, "--decoders", "0")

    def until_processed(self, events):
        self.worker.until(lambda: sum(self.worker.status()["outcomes"].values()) >= events)
        assert "dead_lettered" not in self.worker.status()["outcomes"]

    def write(self):
        for name, rows in self.files.items():
            with (self.directory / name).open("w", newline="") as file:
                csv.writer(file).writerows(rows)

    def run(self, *options, state="state"):
        options += ("--bootstrap", self.bootstrap, "--state", str(self.directory / state))
        return run_rapport("import", *options)

    def import_all(self, state="state"):
        self.write()
        totals = Counter()
        for name, (_, mapping) in JOBS.items():
            summary = Summary(name, "")
            job = Job(
                file=self.directory / name,
                mapping=preset(mapping),
                kafka=Kafka(self.bootstrap),
                state=self.directory / state,
                part=name,
            )
            run_job(job, summary, lambda *_: None)
            assert summary.rejected == 0
            found = summary.as_json()
            totals.update({k: found[k] for k in ("published", "new", "changed", "cancelled")})
        return totals

    def pages(self):
        """Every page of the ledger, as the changelog has it once the worker has written it."""
        return {one.key: one.value for one in records_of(self.bootstrap, CHANGELOG_TOPIC)}

    def facts_of_the_files(self):
        """What importing only these files would leave, straight from the mappings."""
        facts = Counter()
        for name, (_, mapping) in JOBS.items():
            table, records = open_records(self.directory / name, preset(mapping))
            for record in records:
                for event in getattr(record, "events", ()):
                    kind = CONTRACT_OF_MODEL[type(event.data)].type
                    day = row_state(event).day
                    _, post = posting(kind, event.data, b"", event.slot.encode(), day, lambda _: ())
                    facts[event.data.client, post.day, cached_fact(post.fact)] += 1
            table.close()
        return facts


def facts(pages):
    found = Counter()
    for key, value in pages.items():
        if value and is_live_page(key, value, pages.get):
            client = key.rsplit(b"|", 3)[0].decode()
            for day, fact, times in iter_facts(value):
                if fact != RETRACTED:
                    found[client, day, cached_fact(fact)] += times
    return +found


@pytest.fixture
def workspace(kafka, tmp_path):
    """Files to import into the broker of the whole run."""
    asyncio.run(apply_topics(Kafka(kafka), PARTITIONS))
    return World(kafka, tmp_path)


@pytest.fixture
def world(empty_kafka, tmp_path):
    with Publisher(empty_kafka, source="urn:test") as publisher:
        for name in ("finance", "law"):
            client = ClientRegistered(client=name, name=name, owner="team-a", aliases=[])
            publisher.publish(client)
    one = World(empty_kafka, tmp_path)
    yield one
    one.worker.stop()


def test_twice_changes_nothing_and_a_correction_exactly_what_was_corrected(world):
    world.worker.start()
    first = world.import_all()
    events = first["published"]
    world.until_processed(events)
    pages = world.pages()
    assert facts(pages) == world.facts_of_the_files()

    assert world.import_all() == Counter(published=0, new=0, changed=0, cancelled=0)
    lost_journal = world.import_all(state="another")
    assert lost_journal == first
    world.until_processed(2 * events)
    assert world.pages() == pages

    before = world.facts_of_the_files()
    world.files["incidents.csv"][3][5] = "false"  # INC2 was not in time after all
    world.files["incidents.csv"][9][3] = f"{when(12):%Y-%m-%d %H:%M:%S}"  # INC8 took longer
    world.files["incidents.csv"][12][6] = "Finance"  # INC11 was another client's
    world.files["ledger.csv"][5][1] = "999.99"
    world.files["answers.csv"][1][4] = "5"
    corrected = world.import_all()
    assert corrected["published"] == (2 + 2 + 4) + 2 + 2
    world.until_processed(2 * events + corrected["published"])
    after = facts(world.pages())
    assert after == world.facts_of_the_files()
    assert (before - after).total() == (1 + 1 + 2) + 1 + 1

    assert world.import_all()["published"] == 0


def test_exit_codes_the_rejected_file_the_lock_and_since(workspace):
    workspace.files["ledger.csv"].insert(3, ["32/13/2026", "1", "shop", "K1", "Software", "Law"])
    workspace.write()
    path = str(workspace.directory / "ledger.csv")
    arguments = ("purchases", path, "-m", "purchase-card-ledger")

    trial = workspace.run(*arguments, "--dry-run")
    assert (trial.returncode, "events would be published: 41" in trial.stdout) == (3, True)
    assert not (workspace.directory / "ledger.csv.rejected.csv").exists()

    done = workspace.run(*arguments)
    assert done.returncode == 3, done.stderr
    with (workspace.directory / "ledger.csv.rejected.csv").open() as file:
        (rejected,) = csv.DictReader(file)
    assert (rejected["line"], rejected["path"]) == ("4", "purchase.purchased_on")
    assert "'32/13/2026' is not a date" in rejected["reason"]

    del workspace.files["ledger.csv"][3]
    workspace.write()
    done = workspace.run(*arguments, "--since", "last", "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["rejected"], summary["published"]) == (0, 0, 0)
    assert summary["unchanged"] == 2
    assert not (workspace.directory / "ledger.csv.rejected.csv").exists()

    assert workspace.run(*arguments[:2]).returncode == 2
    missing = workspace.run("purchases", str(workspace.directory / "no.csv"), *arguments[2:])
    assert (missing.returncode, "does not exist" in missing.stderr) == (2, True)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)
def test_an_interrupted_import_says_so_and_the_next_completes_it_while_one_at_a_time(
    workspace, sent
):
    many = [
        [f"{when(n % 50):%Y-%m-%d}", f"{n}.00", "shop", "K1", "x", "Law"]
        for n in range(1, MANY + 1)
    ]
    workspace.files = {"ledger.csv": [ledger()[0], *many]}
    workspace.write()
    arguments = ("purchases", str(workspace.directory / "ledger.csv"), "-m", "purchase-card-ledger")
    options = ("--bootstrap", workspace.bootstrap, "--state", str(workspace.directory / "state"))
    # What a shell starts in the background ignores SIGINT, and what runs these tests may be that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        rapport_command("import", *arguments, *options, "--json"), stdout=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    journals = workspace.directory / "state"
    deadline = time.monotonic() + SECONDS_MAX
    while sum(file.stat().st_size for file in journals.rglob("*-wal")) < 500_000:
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGSTOP)  # or it might be done before the second has started
    second = workspace.run(*arguments)
    os.kill(running.pid, sent)
    os.kill(running.pid, signal.SIGCONT)
    assert second.returncode == 4, second.stderr
    assert "another import of this source is running" in second.stderr
    out, _ = running.communicate(timeout=60)
    summary = json.loads(out)
    assert (running.returncode, summary["finished"]) == (130, False)
    assert 0 < summary["published"] < MANY
    again = json.loads(workspace.run(*arguments, "--json").stdout)
    assert again["finished"]
    assert again["unchanged"] > 0
    assert again["unchanged"] + again["new"] == MANY


def test_without_kafka_or_its_topics_nothing_is_done_and_the_message_says_what_to_do(tmp_path):
    file = tmp_path / "ledger.csv"
    file.write_text("trans_date,amount,merchant,cac2\n2026-03-02,1.00,shop,Law\n")
    options = ("purchases", str(file), "-m", "purchase-card-ledger", "--state", str(tmp_path / "s"))
    done = run_rapport("import", *options, "--bootstrap", "127.0.0.1:1")
    assert done.returncode == 1
    assert "no Kafka answers at 127.0.0.1:1" in done.stderr
