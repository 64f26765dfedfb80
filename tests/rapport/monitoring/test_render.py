"""The committed files are what the catalogue and the contracts render."""

from pathlib import Path

import pytest

from rapport.monitoring.render import render as render_catalogue
from rapport_schemas.docs.render import render_json_schemas

ROOT = Path(__file__).parents[3]
RENDERED = {
    **render_catalogue(),
    **{f"schemas/json/{name}": text for name, text in render_json_schemas().items()},
}


@pytest.mark.parametrize("path", RENDERED)
def test_a_generated_file_is_committed_as_it_is_rendered(path):
    assert (ROOT / path).read_text(encoding="utf-8") == RENDERED[path], "run `make render`"


def test_no_dashboard_or_schema_is_left_from_before():
    for folder in ("grafana/dashboards", "schemas/json"):
        committed = {f"{folder}/{file.name}" for file in (ROOT / folder).glob("*.json")}
        assert committed <= RENDERED.keys()
