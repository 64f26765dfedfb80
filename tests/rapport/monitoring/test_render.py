"""The committed files are what the catalogue and the contracts render."""

from pathlib import Path

import pytest

from rapport.monitoring.render import render as render_catalogue
from rapport_schemas.docs.render import render_json_schemas

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rendered():
    schemas = {f"schemas/json/{name}": text for name, text in render_json_schemas().items()}
    return render_catalogue() | schemas


def test_each_generated_file_is_committed_as_it_is_rendered(rendered):
    assert len(rendered) > 30
    differ = [path for path, text in rendered.items() if committed(path) != text]
    assert differ == [], "run `make render`"


def committed(path):
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def test_no_dashboard_or_schema_is_left_from_before(rendered):
    for folder in ("grafana/dashboards", "schemas/json"):
        found = {f"{folder}/{file.name}" for file in (ROOT / folder).glob("*.json")}
        assert found <= rendered.keys()
