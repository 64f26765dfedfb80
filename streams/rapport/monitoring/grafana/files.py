"""Renders Grafana's files: dashboards, provisioning, and provisioned alerts."""

import json
from typing import Final

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as d
from grafana_foundation_sdk.models import prometheus

from rapport.monitoring.dashboards.catalogue import DASHBOARDS
from rapport.monitoring.dashboards.panel import ClientChoice, Dashboard, Note, PanelRow
from rapport.monitoring.grafana.alerts import SOURCE_UID, grafana_alerting
from rapport.monitoring.grafana.leftovers import without_leftovers
from rapport.monitoring.grafana.panels import SOURCE, grafana_panel
from rapport.monitoring.grafana.site import Site, for_site, selected
from rapport.monitoring.metrics import intake, pipeline, scores
from rapport.monitoring.metrics.model import Metric
from rapport.monitoring.rules.options import RuleOptions

SCHEMA_VERSION: Final = 39
GRID_WIDTH: Final = 24


def render_grafana(
    site: Site = Site(),  # noqa: B008 # it cannot be changed
    rules: RuleOptions | None = None,
) -> dict[str, str]:
    """Return Grafana's files: path below the repository -> text."""
    return {
        **{f"grafana/dashboards/{board.slug}.json": _json(board, site) for board in DASHBOARDS},
        "grafana/provisioning/dashboards/rapport.yml": _dashboard_provider(),
        "grafana/provisioning/datasources/rapport.yml": _datasource(),
        "grafana/provisioning/alerting/rapport.yml": grafana_alerting(rules),
    }


def _json(board: Dashboard, site: Site) -> str:
    encoded = json.loads(json.dumps(_dashboard(board, site), cls=JSONEncoder))
    return json.dumps(for_site(without_leftovers(encoded), site), indent=2) + "\n"


def _dashboard(board: Dashboard, site: Site) -> d.Dashboard:
    return d.Dashboard(
        uid=board.uid,
        title=board.title,
        description=board.description,
        tags=["rapport"],
        schema_version=SCHEMA_VERSION,
        timezone="browser",
        editable=False,
        graph_tooltip=d.DashboardCursorSync.CROSSHAIR,
        refresh=board.refresh,
        time=d.DashboardDashboardTime(board.since, "now"),
        panels=_laid_out(board.rows),
        templating=d.DashboardDashboardTemplating(_variables(board, site)),
        annotations=d.AnnotationContainer([_annotation(note) for note in board.notes]),
        links=[_other_dashboards(), *_links(board, site)],
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


def _variables(board: Dashboard, site: Site) -> list[d.VariableModel]:
    source = d.VariableModel(
        type_val=d.VariableType.DATASOURCE,
        name="datasource",
        label="Prometheus",
        query="prometheus",
        current=d.VariableOption(text="Prometheus", value=SOURCE_UID, selected=True),
    )
    installation = [_values_of("job", "Installation", pipeline.READY, "job")]
    installation += [_values_of(label, label, pipeline.READY, label) for label in site.labels]
    if board.has_intake:
        installation.append(_values_of("intake", "Intake", intake.READY, "job"))
    of_clients = [_client(site)] if board.is_per_client else []
    of_clients += [_found(choice, site) for choice in board.choices]
    return [source, *installation, *of_clients]


def _values_of(name: str, title: str, metric: Metric, label: str) -> d.VariableModel:
    return _asked(name, title, f"label_values({metric}, {label})")


def _client(site: Site) -> d.VariableModel:
    """Return the choice of a client by its name, of those that have a name now."""
    info = selected(f"max by (client, name) ({scores.CLIENT_INFO})", site.labels)
    named = r'/client="(?<value>[^"]+)",name="(?<text>.+)"\}/'
    return _asked("client", "Client", f"query_result({info})", regex=named)


def _found(choice: ClientChoice, site: Site) -> d.VariableModel:
    """Return a hidden variable whose value is always every client that is found."""
    query = f"query_result({selected(choice.expr, site.labels)})"
    variable = _asked(choice.name, choice.name, query, regex='/client="([^"]+)"/')
    variable.hide = d.VariableHide.HIDE_VARIABLE
    variable.skip_url_sync = True
    variable.multi = variable.include_all = True
    variable.current = d.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable


def _asked(name: str, title: str, query: str, *, regex: str | None = None) -> d.VariableModel:
    return d.VariableModel(
        type_val=d.VariableType.QUERY,
        name=name,
        label=title,
        datasource=SOURCE,
        query={"query": query, "refId": name},
        regex=regex,
        refresh=d.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=d.VariableSort.ALPHABETICAL_ASC,
    )


def _annotation(note: Note) -> d.AnnotationQuery:
    return d.AnnotationQuery(
        name=note.name,
        datasource=SOURCE,
        enable=True,
        icon_color=note.color,
        expr=note.expr,
        title_format=note.text,
        step=note.step,
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


def _links(board: Dashboard, site: Site) -> list[d.DashboardLink]:
    pages = site.pages_url.rstrip("/")
    page = f"{pages}/pages/${{client}}" if board.is_per_client else f"{pages}/"
    title = "The client's page" if board.is_per_client else "The pages"
    return [
        d.DashboardLink(
            title=title, type_val=d.DashboardLinkType.LINK, url=url, icon=icon, target_blank=True
        )
        for title, url, icon in (
            (title, page, "external link"),
            ("Runbook", site.runbook_url, "doc"),
        )
    ]


def _dashboard_provider() -> str:
    provider = {
        "name": "rapport",
        "type": "file",
        "folder": "Rapport",
        "options": {"path": "/var/lib/grafana/dashboards/rapport"},
    }
    return yaml.safe_dump({"apiVersion": 1, "providers": [provider]}, sort_keys=False)


def _datasource() -> str:
    metrics = {
        "name": "Prometheus",
        "uid": SOURCE_UID,
        "type": "prometheus",
        "access": "proxy",
        "url": "http://prometheus:9090",
        "isDefault": True,
    }
    alerts = {
        "name": "Alertmanager",
        "uid": "rapport-alertmanager",
        "type": "alertmanager",
        "access": "proxy",
        "url": "http://alertmanager:9093",
        "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
    }
    return yaml.safe_dump({"apiVersion": 1, "datasources": [metrics, alerts]}, sort_keys=False)
