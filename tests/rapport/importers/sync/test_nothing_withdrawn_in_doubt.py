"""Nothing is withdrawn while a row, a cell, a sheet or a column of the file is in doubt."""

import json
from contextlib import nullcontext

import openpyxl
import pytest

from rapport.importers import run
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.run import Job, run_job, with_options
from rapport.importers.summary import Summary, report_lines
from rapport.importers.sync.columns_gone import ColumnsGone
from rapport.kafka.connection import Kafka
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

NAMES = ["Number", "Opened", "Resolved", "Priority", "Department", "Made SLA"]
SURVEY = parse_mapping(
    """
kind = "surveys"
title = "t"
source = "urn:test"
client = "Department"
id = { columns = ["Id"] }
[survey]
answered_at = "At"
survey_id = { constant = "s" }
viewpoint = { constant = "client" }
[[survey.answers]]
question = "trust"
column = "Trust"
highest = 5
[[survey.answers]]
question = "clarity"
column = "Clarity"
highest = 5
""",
    "test",
)
RATED = parse_mapping(
    """
kind = "tickets"
title = "t"
source = "urn:test"
client = "Department"
id = { columns = ["Number"] }
[ticket]
opened_at = "Opened"
resolved_at = "Resolved"
priority = { constant = "P3" }
sla = { column = "Made SLA" }
rating = { column = "Rating", highest = 5 }
""",
    "test",
)


class Topic:
    """Imports files into one journal, and keeps the types of the published events."""

    def __init__(self, folder):
        self.folder = folder
        self.types = []

    def publish(self, data, **_):
        self.types.append(CONTRACT_OF_MODEL[type(data)].type.split(".", 1)[1])

    def flush(self, _):
        return 0

    def imports(self, path, mapping, **options):
        self.types.clear()
        summary = Summary(str(path), mapping.source)
        kafka = Kafka("nowhere:9092")
        job = Job(path, mapping, kafka, self.folder / "state", path.name, **options)
        run_job(job, summary, lambda *_: None)
        return summary

    def withdrawn(self):
        return sum("withdrawn" in one for one in self.types)


@pytest.fixture
def topic(tmp_path, monkeypatch):
    found = Topic(tmp_path)
    monkeypatch.setattr(run, "topic_identity", lambda *_: "topic")
    monkeypatch.setattr(run, "_publisher", lambda _: nullcontext(found))
    return found


def ticket(number, resolved="2026-03-03 10:00:00", **cells):
    row = [f"INC{number}", "2026-03-02 09:00:00", resolved, "3", "Law", "true"]
    return dict(zip(NAMES, row, strict=True)) | cells


def write_csv(path, rows):
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_book(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(NAMES)
        for row in rows:
            sheet.append(list(row.values()))
    book.save(path)
    return path


def said(summary):
    return "\n".join(report_lines(summary, dry_run=False))


def test_rows_on_another_sheet_of_the_file_are_not_withdrawn(topic, tmp_path):
    october, november = [ticket(1), ticket(2)], [ticket(3)]
    path = tmp_path / "all.xlsx"
    mapping = preset("servicenow")
    topic.imports(write_book(path, October=october), mapping)
    write_book(path, November=november, October=october)
    summary = topic.imports(path, mapping, cancel_missing=True)
    assert (summary.missing, summary.cancelled, topic.withdrawn()) == (2, 0, 0)
    assert "the rows of 'October' in this file were not read" in said(summary)
    assert "--sheet" in str(summary.not_withdrawn)


def test_rows_of_a_sheet_that_is_still_in_the_file_are_not_withdrawn_by_another(topic, tmp_path):
    october, november = [ticket(1), ticket(2)], [ticket(3)]
    path = write_book(tmp_path / "all.xlsx", November=november, October=october)
    read = {
        name: with_options(preset("servicenow"), sheet=name) for name in ("October", "November")
    }
    topic.imports(path, read["October"])
    summary = topic.imports(path, read["November"], cancel_missing=True)
    assert (summary.cancelled, topic.withdrawn()) == (0, 0)
    assert "an earlier import read missing rows from 'October'" in said(summary)
    write_book(path, November=november, October=october[:1])
    summary = topic.imports(path, read["October"], cancel_missing=True)
    assert summary.cancelled == 0, "the rows of November are on their sheet"
    write_book(path, October=october[:1])
    summary = topic.imports(path, read["October"], cancel_missing=True)
    assert summary.cancelled == 2


@pytest.mark.parametrize("sheet", [None, "closed"])
def test_rows_in_another_list_of_a_document_are_not_withdrawn(topic, tmp_path, sheet):
    path = tmp_path / "all.json"
    closed = [ticket(1), ticket(2)]
    path.write_text(json.dumps({"closed": closed}))
    topic.imports(path, preset("servicenow"))
    path.write_text(json.dumps({"open": [ticket(3)], "closed": closed[: 1 if sheet else 2]}))
    mapping = with_options(preset("servicenow"), sheet=sheet)
    summary = topic.imports(path, mapping, cancel_missing=True)
    if sheet:
        assert (summary.cancelled, summary.not_withdrawn) == (1, None)
    else:
        assert (summary.missing, topic.withdrawn()) == (2, 0)
        assert "the rows of 'closed' in this file were not read" in said(summary)


@pytest.mark.parametrize("gone", ["Resolved", "Department", "Made SLA"])
def test_a_file_that_lost_a_column_is_refused_whole(topic, tmp_path, gone):
    rows = [ticket(number) for number in range(5)]
    topic.imports(write_csv(tmp_path / "first.csv", rows), preset("servicenow"))
    fewer = [{name: cell for name, cell in row.items() if name != gone} for row in rows]
    for name in ("first.csv", "second.csv"):
        path = write_csv(tmp_path / name, fewer)
        with pytest.raises(ColumnsGone, match=f"'{gone}'.*--fewer-columns"):
            topic.imports(path, preset("servicenow"))
        assert topic.types == []
    topic.imports(path, preset("servicenow"), fewer_columns=True)
    topic.imports(path, preset("servicenow"))
    assert topic.types == [], "this part of the source never had the column"


def test_a_column_that_has_another_place_or_form_of_its_name_is_not_gone(topic, tmp_path):
    rows = [ticket(1)]
    path = write_csv(tmp_path / "first.csv", rows)
    topic.imports(path, preset("servicenow"))
    turned = [{name.lower(): row[name] for name in reversed(NAMES)} for row in rows]
    assert topic.imports(write_csv(path, turned), preset("servicenow")).unchanged == 1


def answers(number, trust, clarity, client="Finance"):
    return {
        "Id": number,
        "At": "2026-03-02",
        "Department": client,
        "Trust": trust,
        "Clarity": clarity,
    }


def test_an_answer_that_is_not_understood_keeps_what_was_published(topic, tmp_path):
    path = tmp_path / "sw.csv"
    topic.imports(
        write_csv(path, [answers(1, 5, 4), answers(2, 4, 4), answers(3, 1, 2, "Legal")]), SURVEY
    )
    write_csv(path, [answers(1, 4, "??"), answers(2, 4, 4)])
    summary = topic.imports(path, SURVEY, cancel_missing=True)
    assert topic.types == []
    assert (summary.answers_rejected, summary.kept, summary.missing) == (1, 1, 1)
    assert not summary.is_complete
    assert "1 answers of this file are not understood" in said(summary)
    write_csv(path, [answers(1, 4, 3), answers(2, 4, 4)])
    summary = topic.imports(path, SURVEY, cancel_missing=True)
    assert (summary.changed, summary.cancelled) == (1, 1)


def test_a_rating_that_is_not_understood_keeps_what_was_published(topic, tmp_path):
    path = tmp_path / "rated.csv"
    topic.imports(write_csv(path, [ticket(1, Rating=4)]), RATED)
    assert "ticket.rated.v1" in topic.types
    summary = topic.imports(write_csv(path, [ticket(1, Rating="four-ish")]), RATED)
    assert (topic.types, summary.held, summary.unchanged) == ([], 1, 1)
    assert summary.not_withdrawn
    topic.imports(write_csv(path, [ticket(1, Rating="")]), RATED)
    assert topic.types == ["ticket.withdrawn.v1"]


def test_a_resolution_that_is_gone_stays_while_another_row_is_rejected(topic, tmp_path):
    path = tmp_path / "t.csv"
    topic.imports(write_csv(path, [ticket(1), ticket(2)]), preset("servicenow"))
    reopened, unreadable = ticket(1, resolved=""), ticket(3, Opened="soon")
    summary = topic.imports(write_csv(path, [reopened, unreadable]), preset("servicenow"))
    assert (topic.types, summary.held, summary.changed) == ([], 1, 0)
    assert "kept: 1 events that their rows no longer have; none was withdrawn" in said(summary)
    assert "--cancel-missing would withdraw none, because 1 rows" in said(summary)
    summary = topic.imports(write_csv(path, [reopened, ticket(2), reopened]), preset("servicenow"))
    assert (topic.types, summary.held, summary.changed) == (["ticket.withdrawn.v1"], 0, 1)
    assert summary.skipped == {"the same row again": 1}


def test_the_last_line_offers_the_option_where_it_would_withdraw(topic, tmp_path):
    path = tmp_path / "t.csv"
    topic.imports(write_csv(path, [ticket(1), ticket(2)]), preset("servicenow"))
    summary = topic.imports(write_csv(path, [ticket(2)]), preset("servicenow"))
    assert said(summary).endswith("1 rows of an earlier file; --cancel-missing withdraws them")
