"""JSON files: lines, a document with a list of records, or documents in a row."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.json_records.structure import Structure
from rapport.importers.files.open import find_headers, open_table
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import FileOptions
from rapport.importers.rows.reader import open_records

FIELD = Path(__file__).parents[3] / "data" / "field"
RECORDS = [
    {"id": "A", "n": 12.10, "nested": {"name": "x, [y] {z}"}, "tags": [{"t": 1}, {"t": 2}]},
    {"id": "B", "n": 7, "nested": {"name": 'a "quote" \\'}, "tags": []},
]
CELLS = [
    {"id": "A", "n": "12.1", "nested.name": "x, [y] {z}", "tags": '[{"t": "1"}, {"t": "2"}]'},
    {"id": "B", "n": "7", "nested.name": 'a "quote" \\', "tags": "[]"},
]


def written(tmp_path, text, name="export.json"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows_of(path, **options):
    table = open_table(path, FileOptions(**options))
    try:
        rows = list(table.rows())
        assert table.rows_counted == len(rows)
    finally:
        table.close()
    return rows


@pytest.mark.parametrize(
    "name", ["17-servicenow-records.json", "17b-servicenow-result-pretty.json"]
)
def test_a_list_export_of_servicenow_is_read(name):
    table, records = open_records(FIELD / name, preset("servicenow"))
    outcomes = list(records)
    table.close()
    assert [one.id for one in outcomes] == ["INC1", "INC2"]
    assert table.sheet == name.split("-")[2].removesuffix(".json")
    assert table.rows_counted == records.rows_read == 2


DOCUMENTS = {
    "array": RECORDS,
    "result": {"result": RECORDS},
    "records": {"records": RECORDS},
    "tickets": {"count": 2, "next": None, "tickets": RECORDS, "end": {"a": [1, 2, "]"]}},
    "any key": {"meta": {"tags": ["a", "b"]}, "werkorders": RECORDS},
    "nested": {"data": {"items": RECORDS}, "ok": True},
    "after another list": {"lists": [[1], [2]], "data": {"more": [3], "items": RECORDS}},
}
FORMS = {
    "compact": lambda value: json.dumps(value, separators=(",", ":")),
    "pretty": lambda value: json.dumps(value, indent=2),
    "with tabs and CR LF": lambda value: json.dumps(value, indent="\t").replace("\n", "\r\n"),
    "with a byte order mark": lambda value: "\ufeff" + json.dumps(value),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_only_list_of_objects_in_a_document_is_read(tmp_path, document, form):
    text = form(document)
    for content in (
        text.encode(),
        gzip.compress(text.encode()),
        text.lstrip("\ufeff").encode("utf-16"),
    ):
        assert [row.cells for row in rows_of(written(tmp_path, content))] == CELLS


def test_json_lines_and_documents_in_a_row_are_read(tmp_path):
    lines = "\n".join(map(json.dumps, RECORDS)) + "\n"
    assert [row.cells for row in rows_of(written(tmp_path, lines))] == CELLS
    assert [row.cells for row in rows_of(written(tmp_path, lines, "a.csv"))] == CELLS
    in_a_row = "\n".join(json.dumps(record, indent=2) for record in RECORDS)
    assert [row.cells for row in rows_of(written(tmp_path, in_a_row))] == CELLS
    one = json.dumps(RECORDS[1])
    assert [row.cells for row in rows_of(written(tmp_path, one))] == CELLS[1:]
    pretty = json.dumps(RECORDS[1], indent=1)
    assert [row.cells for row in rows_of(written(tmp_path, pretty))] == CELLS[1:]


def test_a_row_of_a_document_has_the_line_where_it_begins(tmp_path):
    path = written(tmp_path, json.dumps({"result": RECORDS}, indent=1))
    lines = path.read_text().splitlines()
    assert [lines[row.line - 1].strip() for row in rows_of(path)] == ["{", "{"]
    assert rows_of(path)[0].line == 3


def test_what_is_no_object_in_the_list_is_refused_and_counted(tmp_path):
    first, second, third = rows_of(written(tmp_path, json.dumps([RECORDS[0], 7, RECORDS[1]])))
    assert (first.cells, third.cells) == tuple(CELLS)
    assert isinstance(second.cells, RowError)


def test_of_several_lists_the_one_with_the_columns_is_read(tmp_path):
    tickets = json.loads((FIELD / "17-servicenow-records.json").read_text())["records"]
    path = written(tmp_path, json.dumps({"users": [{"id": 1}], "tickets": tickets}))
    table, records = open_records(path, preset("servicenow"))
    assert [one.id for one in records] == ["INC1", "INC2"]
    assert table.sheet == "tickets"
    assert table.sheets_passed_over == ["'users' (without the columns)"]
    table.close()
    assert [row.cells for row in rows_of(path, sheet="users")] == [{"id": "1"}]
    with pytest.raises(ImportFailed, match="no list 'x'; it has 'users', 'tickets'"):
        rows_of(path, sheet="x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1, 2]", "JSON without a list of objects"),
        ("[]", "JSON without a list of objects"),
        ('{"result": "none"', "JSON after record 0|without a list"),
    ],
)
def test_json_without_records_is_refused_in_words(tmp_path, text, says):
    with pytest.raises(ImportFailed, match=says):
        rows_of(written(tmp_path, text))


def test_a_document_that_is_cut_off_is_refused_and_not_read_in_part(tmp_path):
    text = json.dumps({"result": RECORDS * 1000}, indent=1)
    path = written(tmp_path, text[: len(text) // 2])
    with pytest.raises(ImportFailed, match=r"no JSON after record \d+: .*; is the file complete"):
        rows_of(path)
    packed = gzip.compress("".join(map(chr, range(40, 5000))).encode() + text.encode())
    with pytest.raises(ImportFailed, match="damaged and ends early"):
        rows_of(written(tmp_path, packed[: len(packed) // 2]))


def test_a_document_is_read_in_bounded_memory(tmp_path):
    with pytest.raises(ImportFailed, match="longer than"):
        rows_of(written(tmp_path, json.dumps([{"id": 1}, {"id": "x" * (10 << 20)}])))
    with pytest.raises(ImportFailed, match="longer than"):
        rows_of(written(tmp_path, '[{"id": 1, "list": [' + "1," * (5 << 20) + "1]}]"))
    with pytest.raises(ImportFailed, match="deeper than"):
        rows_of(written(tmp_path, '[{"id": ' + "[" * 100_000))
    many = '{"result": [' + ",".join(f'{{"id": {n}}}' for n in range(100_000)) + "]}"
    path = written(tmp_path, many)
    table = open_table(path, FileOptions())
    assert sum(1 for _ in table.rows()) == table.rows_counted == 100_000
    table.close()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=5),
    st.sampled_from([None, 1]),
    st.integers(1, 7),
    st.booleans(),
)
@settings(deadline=None)
def test_the_brackets_tell_how_many_records_a_document_has(records, indent, size, in_a_key):
    document = {"x": [1, [{}]], "result": records} if in_a_key else records
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    structure = Structure(2, 2) if in_a_key else Structure(1, 1)
    for start in range(0, len(text), size):
        structure.feed(text[start : start + size])
    assert structure.records == len(records)


def test_the_keys_of_every_list_are_shown(tmp_path):
    path = written(tmp_path, json.dumps({"a": [{"x": 1}], "b": {"c": [{"y": {"z": 1}}]}}))
    found = find_headers(path, FileOptions()).candidates
    assert [(one.sheet, one.names) for one in found] == [("a", ["x"]), ("b.c", ["y.z"])]


@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
def test_a_nul_in_a_text_costs_no_row(tmp_path, name):
    (row,) = rows_of(written(tmp_path, r'{"id": "A", "note": "x\u0000y", "n": 1}', name))
    assert row.cells == {"id": "A", "note": "x\ufffdy", "n": "1"}
