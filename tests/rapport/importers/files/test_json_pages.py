"""One page of an API's answer is not taken for the whole; a key that comes twice is refused."""

import json

import pytest
from run_rapport import run_rapport

from rapport.importers.errors import RowError
from rapport.importers.files.open import open_table
from rapport.importers.mapping.schema import FileOptions

RECORDS = [{"number": "INC1", "next": "x", "total": 9}, {"number": "INC2", "hasMore": True}]
PAGES = {
    "a link": {"result": RECORDS, "next": "http://x?page=2", "total": 400},
    "OData": {"value": RECORDS, "@odata.nextLink": "http://x?$skip=2"},
    "OData's count": {"@odata.count": 3, "value": RECORDS},
    "Jira": {"startAt": 0, "maxResults": 2, "total": 3, "issues": RECORDS},
    "Jira's new search": {"issues": RECORDS, "isLast": False, "nextPageToken": "CAE"},
    "HAL": {"_links": {"next": {"href": "/t?2"}}, "_embedded": {"tickets": RECORDS}},
    "JSON:API": {"data": RECORDS, "links": {"prev": None, "next": "/t?page=2"}},
    "Zendesk": {"tickets": RECORDS, "next_page": "http://x", "end_of_stream": False},
    "Salesforce": {"totalSize": 20, "done": False, "records": RECORDS},
    "Freshservice": {"tickets": RECORDS, "meta": {"has_more": True}},
    "GraphQL": {"data": {"nodes": RECORDS, "pageInfo": {"hasNextPage": True}}},
    "Spring": {"content": RECORDS, "last": False, "totalElements": 30, "number": 0},
    "Django": {"count": 30, "next": "http://x?page=2", "previous": None, "results": RECORDS},
}
WHOLE = {
    "a list": RECORDS,
    "a sum": {"invoices": RECORDS, "total": 1250},
    "no next": {"count": 2, "next": None, "previous": None, "results": RECORDS},
    "Jira": {"startAt": 0, "maxResults": 50, "total": 2, "issues": RECORDS},
    "Zendesk": {"tickets": RECORDS, "next_page": "http://x", "end_of_stream": True},
    "Salesforce": {"totalSize": 2, "done": True, "records": RECORDS},
    "a cursor, and all": {"total_count": 2, "next_cursor": "abc", "items": RECORDS},
    "GraphQL": {"data": {"nodes": RECORDS, "pageInfo": {"hasNextPage": False}}},
}


def read(tmp_path, text, name="export.json"):
    path = tmp_path / name
    path.write_text(text)
    table = open_table(path, FileOptions())
    try:
        rows = list(table.rows())
        return rows, table.more_rows
    finally:
        table.close()


@pytest.mark.parametrize("document", PAGES.values(), ids=PAGES)
def test_a_page_is_known_by_what_is_beside_the_records(tmp_path, document):
    rows, more = read(tmp_path, json.dumps(document))
    assert len(rows) == 2
    assert more is not None
    assert more.startswith("2 records are in it, and '")


@pytest.mark.parametrize("document", WHOLE.values(), ids=WHOLE)
def test_a_whole_document_is_no_page(tmp_path, document):
    rows, more = read(tmp_path, json.dumps(document))
    assert (len(rows), more) == (2, None)


def test_an_import_of_a_page_says_so_and_is_not_complete(tmp_path):
    record = {"number": "INC1", "opened_at": "2026-03-02 09:00:00", "department": "Finance"}
    record |= {"resolved_at": "2026-03-03 09:00:00", "priority": "2", "made_sla": "true"}
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"result": [record], "next": "http://x?page=2", "total": 400}))
    done = run_rapport("import", "tickets", path, "-m", "servicenow", "--dry-run")
    assert done.returncode == 3, done.stderr
    says = "the file is one page of several: 1 records are in it, and 'total' says 400"
    assert says in done.stdout


@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
@pytest.mark.parametrize(
    ("record", "key"),
    [
        ('{"id": "A", "n": 1, "n": 2}', "'n'"),
        ('{"id": "A", "client": {"name": "x", "name": "y"}}', "'client.name'"),
    ],
)
def test_a_key_that_comes_twice_refuses_its_record(tmp_path, record, key, name):
    good = '{"id": "B"}'
    text = f"{good}\n{record}\n" if name.endswith("l") else f"[{good}, {record}]"
    (first, second), _ = read(tmp_path, text, name)
    assert first.cells == {"id": "B"}
    assert isinstance(second.cells, RowError)
    assert second.cells.reason == f"the key {key} is in one object twice"
