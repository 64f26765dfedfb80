"""What can be written in a mapping, and every exit code, is in the documentation."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from rapport.cli.publish import import_
from rapport.importers.mapping import schema
from rapport.importers.mapping.presets import preset, preset_names

PAGE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text()
TABLES = [
    found
    for found in vars(schema).values()
    if isinstance(found, type) and issubclass(found, BaseModel) and found is not BaseModel
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_of_a_mapping_is_documented(table):
    missing = [
        name
        for name in table.model_fields
        if f"`{name}" not in PAGE and f"[{name}]" not in PAGE and f".{name}]" not in PAGE
    ]
    assert not missing


def test_every_exit_code_is_documented():
    for code in (0, 1, 2, import_.SOME_REJECTED, import_.IN_USE, import_.INTERRUPTED):
        assert f"| {code} |" in PAGE
        assert f" {code} " in (import_.import_.__doc__ or "")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_names_itself_and_never_reads_free_text(name):
    found = preset(name)
    assert found.title
    assert found.source.startswith("urn:")
    for fields in (found.ticket, found.survey):
        assert fields is None or not fields.comment
