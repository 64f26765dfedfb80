"""Renders Grafana's files: dashboards, provisioning, and provisioned alerts."""

import json
from typing import Final

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as d
from grafana_foundation_sdk.models import prometheus

from rapport.monitoring.dashboards.catalogue import DASHBOARDS
from rapport.monitoring.dashboards.panel import Dashboard, Note, PanelRow
from rapport.monitoring.grafana.alerts import SOURCE_UID, grafana_alerting
from rapport.monitoring.grafana.panels import SOURCE, grafana_panel
from rapport.monitoring.metrics import scores

SCHEMA_VERSION: Final = 39
GRID_WIDTH: Final = 24


def render_grafana() -> dict[str, str]:
    """Return Grafana's files: path below the repository -> text."""
    return {
        **{f"grafana/dashboards/{board.slug}.json": _json(board) for board in DASHBOARDS},
        "grafana/provisioning/dashboards/rapport.yml": _dashboard_provider(),
        "grafana/provisioning/datasources/rapport.yml": _datasource(),
        "grafana/provisioning/alerting/rapport.yml": grafana_alerting(),
    }


def _json(board: Dashboard) -> str:
    return json.dumps(_dashboard(board), cls=JSONEncoder, indent=2) + "\n"


def _dashboard(board: Dashboard) -> d.Dashboard:
    return d.Dashboard(
        uid=board.uid,
        title=board.title,
        description=board.description,
        tags=["rapport"],
        schema_version=SCHEMA_VERSION,
        timezone="browser",
        editable=False,
        graph_tooltip=d.DashboardCursorSync.CROSSHAIR,
        refresh="1m",
        time=d.DashboardDashboardTime(board.since, "now"),
        panels=_laid_out(board.rows),
        templating=d.DashboardDashboardTemplating(_variables(board)),
        annotations=d.AnnotationContainer([_annotation(note) for note in board.notes]),
        links=[_other_dashboards()],
    )


def _laid_out(rows: tuple[PanelRow, ...]) -> list[d.Panel | d.RowPanel]:
    """Return headings and panels, from left to right, on a new line when the width is used up."""
    panels: list[d.Panel | d.RowPanel] = []
    top = 0
    for row in rows:
        position = d.GridPos(h=1, w=GRID_WIDTH, x=0, y=top)
        panels.append(d.RowPanel(title=row.title, grid_pos=position, id_val=len(panels) + 1))
        top, left, height = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > GRID_WIDTH:
                top, left, height = top + height, 0, 0
            position = d.GridPos(h=panel.height, w=panel.width, x=left, y=top)
            panels.append(grafana_panel(panel, len(panels) + 1, position))
            left, height = left + panel.width, max(height, panel.height)
        top += height
    return panels


def _variables(board: Dashboard) -> list[d.VariableModel]:
    source = d.VariableModel(
        type_val=d.VariableType.DATASOURCE,
        name="datasource",
        label="Prometheus",
        query="prometheus",
        current=d.VariableOption(text="Prometheus", value=SOURCE_UID, selected=True),
    )
    client = d.VariableModel(
        type_val=d.VariableType.QUERY,
        name="client",
        label="Client",
        datasource=SOURCE,
        query={"query": f"label_values({scores.CLIENT_INFO}, client)", "refId": "client"},
        refresh=d.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=d.VariableSort.ALPHABETICAL_ASC,
    )
    return [source, client] if board.is_per_client else [source]


def _annotation(note: Note) -> d.AnnotationQuery:
    return d.AnnotationQuery(
        name=note.name,
        datasource=SOURCE,
        enable=True,
        icon_color=note.color,
        expr=note.expr,
        title_format=note.text,
        step="1h",
        target=prometheus.Dataquery(ref_id="A", expr=note.expr, range_val=True),
    )


def _other_dashboards() -> d.DashboardLink:
    return d.DashboardLink(
        title="Rapport",
        type_val=d.DashboardLinkType.DASHBOARDS,
        tags=["rapport"],
        keep_time=True,
        include_vars=True,
    )


def _dashboard_provider() -> str:
    provider = {
        "name": "rapport",
        "type": "file",
        "folder": "Rapport",
        "options": {"path": "/var/lib/grafana/dashboards/rapport"},
    }
    return yaml.safe_dump({"apiVersion": 1, "providers": [provider]}, sort_keys=False)


def _datasource() -> str:
    source = {
        "name": "Prometheus",
        "uid": SOURCE_UID,
        "type": "prometheus",
        "access": "proxy",
        "url": "http://prometheus:9090",
        "isDefault": True,
    }
    return yaml.safe_dump({"apiVersion": 1, "datasources": [source]}, sort_keys=False)
