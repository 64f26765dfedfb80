"""Whatever was imported before, in part or whole, a whole import leaves what its file says."""

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.calendar import Calendar
from rapport.domain.events.facts import WithdrawalPosting, posting
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.page import RETRACTED, Outcome, Page
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.summary import Summary
from rapport.importers.sync.importer import Importer, ImportOptions
from rapport.importers.sync.journal import Journal
from rapport.importers.sync.rejected_rows import RejectedRows
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

PURCHASES = """
kind = "purchases"
title = "t"
source = "urn:test"
client = "client"
id = {ID}
[dates]
layouts = ["iso"]
[purchase]
purchased_on = "day"
supplier = "client"
amount = { column = "amount", unit = "minor", currency = { constant = "EUR" } }
"""
TICKETS = """
kind = "tickets"
title = "t"
source = "urn:test"
client = "client"
id = {ID}
[ticket]
opened_at = "day"
resolved_at = "end"
priority = { constant = "P3" }
sla = { column = "met" }
reopened = "number"
"""
BY_ID, BY_CONTENT = '{ columns = ["id"] }', '{ content = ["client", "day", "amount"] }'
MAPPINGS = {
    "purchases by id": PURCHASES.replace("{ID}", BY_ID),
    "purchases by content": PURCHASES.replace("{ID}", BY_CONTENT),
    "tickets": TICKETS.replace("{ID}", BY_ID),
}
IN_A_ZONE = {
    f"{name}, {zone}": text.replace("[dates]", f'[dates]\nzone = "{zone}"')
    for name, text in MAPPINGS.items()
    for zone in ("Australia/Brisbane", "America/Los_Angeles")
}
LEDGER_ZONES = ("UTC", "Australia/Brisbane", "Pacific/Kiritimati", "Pacific/Pago_Pago")
ROWS = st.dictionaries(
    st.integers(1, 6),
    st.tuples(
        st.sampled_from(["law", "tax"]),
        st.sampled_from(["2026-03-02", "2026-03-03"]),
        st.sampled_from(["", "2026-03-04", "2026-03-05"]),
        st.sampled_from(["yes", "no"]),
        st.integers(0, 2),
    ),
    max_size=6,
)


TIMED_ROWS = st.dictionaries(
    st.integers(1, 4),
    st.tuples(
        st.just("law"),
        # On both sides of midnight in UTC, by the clocks of both zones.
        st.sampled_from(["2026-03-02T06:00", "2026-03-02T12:00", "2026-03-02T23:00"]),
        st.sampled_from(["", "2026-03-04T08:59", "2026-03-04T17:00"]),
        st.sampled_from(["yes", "no"]),
        st.integers(0, 2),
    ),
    max_size=4,
)


class Crashed(Exception):  # noqa: N818 # says what happened
    """The process ended here."""


class Kafka:
    """Takes events into a ledger; ends the process after a number of them."""

    def __init__(self, zone="UTC"):
        self.calendar = Calendar(zone)
        self.pages = {}
        self.outcomes = Counter()
        self.left = None

    def publish(self, data, *, id, time):  # noqa: A002 # CloudEvents' own name
        if self.left == 0:
            raise Crashed
        self.left = None if self.left is None else self.left - 1
        kind = CONTRACT_OF_MODEL[type(data)].type
        at = self.calendar.day_of(int(time.timestamp()))
        entity = b"urn:test", id.encode()
        day, post = posting(kind, data, *entity, at, lambda _: (), self.calendar)
        for page_day in {day, post.day} if isinstance(post, WithdrawalPosting) else {day}:
            page = self.pages.setdefault((data.client, page_day), Page())
            self.outcomes[page.join(post.entity, post[1:], [])] += 1

    def flush(self, timeout_seconds):  # noqa: ARG002 # as the real one
        if self.left == 0:
            raise Crashed
        return 0

    def facts(self):
        return Counter(
            (client, day, cached_fact(fact))
            for (client, _), page in self.pages.items()
            for _, day, fact in page.entries.values()
            if fact != RETRACTED
        )


def import_rows(directory, text, rows, kafka, *, cancel=True, more_rows=None):
    # A purchase of zero is none.
    lines = [f"{number},{','.join(map(str, row))},{row[-1] or 7}" for number, row in rows.items()]
    lines = ["id,client,day,end,met,number,amount", *lines]
    return import_file(directory, text, lines, kafka, cancel=cancel, more_rows=more_rows)


def import_file(directory, text, lines, kafka, *, cancel, more_rows=None):
    file = directory / "rows.csv"
    file.write_text("\n".join(lines))
    mapping = parse_mapping(text, "test")
    table, records = open_records(file, mapping)
    summary = Summary("rows.csv", "urn:test", more_rows=more_rows)
    with (
        Journal(directory / "journal.sqlite", "rows.csv") as journal,
        RejectedRows(directory / "rejected.csv") as rejected,
    ):
        choices = ImportOptions(cancel_missing=cancel)
        Importer(mapping, journal, kafka, rejected, summary, choices).run(records, lambda: None)
    table.close()
    return summary


@given(
    st.sampled_from(sorted(MAPPINGS)),
    st.lists(st.tuples(ROWS, st.integers(0, 12)), max_size=4),
    ROWS.filter(bool),
)
@settings(max_examples=50, deadline=None)
def test_after_any_files_and_crashes_the_ledger_is_that_of_the_last_file(name, before, last):
    text = MAPPINGS[name]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        kafka, alone = Kafka(), Kafka()
        for rows, crash_after in before:
            kafka.left = crash_after
            with suppress(Crashed):
                import_rows(Path(first), text, rows, kafka)
        kafka.left = None
        import_rows(Path(first), text, last, kafka)
        import_rows(Path(second), text, last, alone)
        assert kafka.facts() == alone.facts()


@given(
    st.sampled_from(sorted(IN_A_ZONE)),
    st.sampled_from(LEDGER_ZONES),
    st.lists(st.tuples(TIMED_ROWS, st.integers(0, 12)), max_size=3),
    TIMED_ROWS.filter(bool),
)
@settings(max_examples=60, deadline=None)
def test_times_of_a_zone_are_corrected_and_withdrawn_in_a_ledger_of_any_zone(
    name, zone, before, last
):
    text = IN_A_ZONE[name]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        kafka, alone = Kafka(zone), Kafka(zone)
        for rows, crash_after in before:
            kafka.left = crash_after
            with suppress(Crashed):
                import_rows(Path(first), text, rows, kafka)
        kafka.left = None
        import_rows(Path(first), text, last, kafka)
        import_rows(Path(second), text, last, alone)
        assert kafka.facts() == alone.facts()
        assert kafka.outcomes[Outcome.CONFLICT] == 0
        again = import_rows(Path(first), text, last, kafka)
        assert (again.events, again.new, again.changed) == (0, 0, 0)


LEDGER = {n: ("law", f"2026-03-0{n}", "", "no", n) for n in range(1, 6)}


def test_a_corrected_row_of_a_ledger_without_ids_replaces_the_wrong_one(tmp_path):
    kafka, text = Kafka(), MAPPINGS["purchases by content"]
    import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    before = kafka.facts()
    corrected = {**LEDGER, 3: ("law", "2026-03-03", "", "no", 99)}
    summary = import_rows(tmp_path, text, corrected, kafka, cancel=False)
    assert (summary.new, summary.cancelled, summary.missing) == (1, 1, 0)
    gone, came = before - kafka.facts(), kafka.facts() - before
    assert [fact[-1] for _, _, fact in gone] == [3]
    assert [fact[-1] for _, _, fact in came] == [99]


def test_a_file_cut_short_withdraws_nothing_without_the_option(tmp_path):
    kafka, text = Kafka(), MAPPINGS["purchases by content"]
    import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    before = kafka.facts()
    short = {number: LEDGER[number] for number in (1, 2)}
    assert import_rows(tmp_path, text, short, kafka, cancel=False).missing == 3
    assert kafka.facts() == before
    assert import_rows(tmp_path, text, short, kafka).cancelled == 3
    assert kafka.facts().total() == 2


def test_a_row_that_is_corrected_back_replaces_the_correction(tmp_path):
    kafka, text = Kafka(), MAPPINGS["purchases by content"]
    corrected = {**LEDGER, 3: ("law", "2026-03-03", "", "no", 99)}
    import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    before = kafka.facts()
    import_rows(tmp_path, text, corrected, kafka, cancel=False)
    summary = import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    assert (summary.cancelled, summary.missing) == (1, 0)
    assert kafka.facts() == before


@pytest.mark.parametrize(
    ("row", "withdrawn"),
    [
        (("law", "2026-03-04", "", "no", 99), 0),
        (("tax", "2026-03-03", "", "no", 99), 0),
        (("law", "2026-03-03", "", "no", 99), 1),
    ],
    ids=["another day", "another client", "a correction"],
)
def test_only_a_row_of_the_same_client_and_day_replaces_one(tmp_path, row, withdrawn):
    kafka, text = Kafka(), MAPPINGS["purchases by content"]
    import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    summary = import_rows(tmp_path, text, {**LEDGER, 3: row}, kafka, cancel=False)
    assert (summary.new, summary.cancelled, summary.missing) == (1, withdrawn, 1 - withdrawn)
    assert kafka.facts().total() == 6 - withdrawn


NUMBERED = PURCHASES.replace("{ID}", '{ content = ["Invoice No", "day", "amount", "client"] }')
HEADER = "Invoice No,client,day,amount"


def import_lines(directory, lines, kafka):
    return import_file(directory, NUMBERED, [HEADER, *lines], kafka, cancel=False)


@pytest.mark.parametrize(
    ("second", "withdrawn"),
    [("T3,law,2026-03-03,7", 0), ("T2,law,2026-03-03,7", 1), (",law,2026-03-03,7", 0)],
    ids=["another invoice", "the same invoice", "no invoice"],
)
def test_a_row_with_another_number_replaces_none(tmp_path, second, withdrawn):
    kafka, first = Kafka(), "T1,law,2026-03-03,1"
    import_lines(tmp_path, [first, "T2,law,2026-03-03,2"], kafka)
    summary = import_lines(tmp_path, [first, second], kafka)
    assert (summary.new, summary.cancelled, summary.missing) == (1, withdrawn, 1 - withdrawn)
    assert kafka.facts().total() == 3 - withdrawn


def test_no_row_is_replaced_where_more_are_missing_than_new(tmp_path):
    kafka = Kafka()
    lines = [f"T1,law,2026-03-03,{number}" for number in (1, 2, 3)]
    import_lines(tmp_path, lines, kafka)
    summary = import_lines(tmp_path, [lines[0], "T1,law,2026-03-03,9"], kafka)
    assert (summary.new, summary.cancelled, summary.missing) == (1, 0, 2)


def test_a_journal_without_numbers_withdraws_no_numbered_row_by_itself(tmp_path):
    kafka, first = Kafka(), "T1,law,2026-03-03,1"
    import_lines(tmp_path, [first, "T2,law,2026-03-03,2"], kafka)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal:
        journal.execute("DROP TABLE origins")
    summary = import_lines(tmp_path, [first, "T3,law,2026-03-03,7"], kafka)
    assert (summary.new, summary.cancelled, summary.missing) == (1, 0, 1)


def test_an_id_with_two_contents_in_one_file_is_rejected_each_time(tmp_path):
    text = MAPPINGS["purchases by id"].replace('columns = ["id"]', 'columns = ["day"]')
    rows = {1: ("law", "2026-03-02", "", "no", 1), 2: ("law", "2026-03-02", "", "no", 2)}
    rows[3] = rows[1]
    kafka = Kafka()
    for published in (1, 0):
        summary = import_rows(tmp_path, text, rows, kafka)
        assert (summary.events, summary.rejected) == (published, 1)
        assert summary.skipped == {"the same row again": 1}


UNREADABLE = ("law", "2 March", "", "no", 9)
REFUSED = "1 rows of this file were rejected or not read"


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_a_rejected_row_prevents_every_withdrawal(tmp_path, name):
    kafka, text = Kafka(), MAPPINGS[name]
    import_rows(tmp_path, text, LEDGER, kafka)
    before = kafka.facts()
    summary = import_rows(tmp_path, text, {1: LEDGER[1], 9: UNREADABLE}, kafka)
    assert (summary.cancelled, summary.missing, kafka.facts()) == (0, 4, before)
    assert REFUSED in str(summary.not_withdrawn)


def test_a_row_without_an_id_replaces_no_other_while_a_row_is_rejected(tmp_path):
    kafka, text = Kafka(), MAPPINGS["purchases by content"]
    import_rows(tmp_path, text, LEDGER, kafka, cancel=False)
    changed = {**LEDGER, 3: ("law", "2026-03-03", "", "no", 99), 9: UNREADABLE}
    summary = import_rows(tmp_path, text, changed, kafka, cancel=False)
    assert (summary.new, summary.cancelled, summary.missing) == (1, 0, 1)
    assert REFUSED in str(summary.not_withdrawn)


@pytest.mark.parametrize("rows", [{}, {9: UNREADABLE}])
def test_a_file_without_a_good_row_withdraws_nothing_and_says_so(tmp_path, rows):
    kafka, text = Kafka(), MAPPINGS["tickets"]
    import_rows(tmp_path, text, LEDGER, kafka)
    before = kafka.facts()
    summary = import_rows(tmp_path, text, rows, kafka)
    assert (kafka.facts(), summary.missing) == (before, 5)
    assert "none was withdrawn" in str(summary.not_withdrawn)


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_one_page_of_several_withdraws_nothing(tmp_path, name):
    kafka, text = Kafka(), MAPPINGS[name]
    import_rows(tmp_path, text, LEDGER, kafka)
    before = kafka.facts()
    page = {1: LEDGER[1]}
    summary = import_rows(tmp_path, text, page, kafka, more_rows="'total' says 5")
    assert (summary.cancelled, summary.missing, kafka.facts()) == (0, 4, before)
    assert "one page of several" in str(summary.not_withdrawn)
