"""Converts a panel to Grafana's own model."""

from string import ascii_uppercase
from typing import Any, Final

from grafana_foundation_sdk.models import (
    barchart,
    bargauge,
    common,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import dashboard as d

from rapport.monitoring.dashboards.panel import Panel, Query
from rapport.monitoring.grafana.fields import field_options

SOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
GRAFANA_VERSION: Final = "12.4.10"
"""The version that the panels are written for; without one, Grafana migrates them from 6.1."""
INTERVAL: Final = "15s"
"""How often Prometheus scrapes; Grafana derives its rate interval from it."""
_ROWS: Final = frozenset({"table", "barchart"})
"""Kinds that read an instant query as rows."""


def grafana_panel(panel: Panel, panel_id: int, position: d.GridPos) -> d.Panel:
    """Return the panel with an id and a position."""
    return d.Panel(
        type_val=panel.kind,
        id_val=panel_id,
        title=panel.title,
        description=panel.description,
        datasource=SOURCE,
        grid_pos=position,
        plugin_version=GRAFANA_VERSION,
        targets=[
            _target(panel, query, ref)
            for query, ref in zip(panel.queries, ascii_uppercase)  # noqa: B905 # there are fewer queries than letters
        ],
        transformations=[_transformation(*one) for one in panel.transformations] or None,
        options=_options(panel),
        field_config=field_options(panel),
    )


def _target(panel: Panel, query: Query, ref: str) -> prometheus.Dataquery:
    rows = panel.kind in _ROWS and query.instant
    return prometheus.Dataquery(
        ref_id=ref,
        datasource=SOURCE,
        expr=query.expr,
        instant=query.instant,
        range_val=not query.instant,
        format_val=prometheus.PromQueryFormat.TABLE
        if rows
        else prometheus.PromQueryFormat.TIME_SERIES,
        legend_format=query.legend or "__auto",
        interval=query.step or INTERVAL,
    )


def _transformation(name: str, options: dict[str, Any], ref: str) -> d.DataTransformerConfig:
    limited = d.MatcherConfig("byRefId", ref) if ref else None
    return d.DataTransformerConfig(id_val=name, options=options, filter_val=limited)


def _options(panel: Panel) -> object:
    now = common.ReduceDataOptions(calcs=["lastNotNull"])
    flat = common.VizOrientation.HORIZONTAL
    match panel.kind:
        case "timeseries":
            return timeseries.Options(legend=_legend(), tooltip=_tooltip())
        case "state-timeline":
            return statetimeline.Options(legend=_legend(), tooltip=_tooltip())
        case "stat":
            return stat.Options(
                reduce_options=now,
                graph_mode=common.BigValueGraphMode.NONE,
                color_mode=common.BigValueColorMode.VALUE,
            )
        case "bargauge":
            return bargauge.Options(
                reduce_options=now,
                orientation=flat,
                display_mode=common.BarGaugeDisplayMode.BASIC,
                legend=_legend(shown=False),
            )
        case "barchart":
            return barchart.Options(
                orientation=flat,
                stacking=common.StackingMode.NORMAL,
                show_value=common.VisibilityMode.ALWAYS,
                legend=_legend(shown=False),
                tooltip=_tooltip(),
            )
        case "table":
            return table.Options()
    raise ValueError(f"no such kind of panel: {panel.kind}")


def _legend(*, shown: bool = True) -> common.VizLegendOptions:
    return common.VizLegendOptions(
        show_legend=shown,
        display_mode=common.LegendDisplayMode.TABLE,
        placement=common.LegendPlacement.BOTTOM,
        calcs=["lastNotNull"],
    )


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions(
        mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING
    )
