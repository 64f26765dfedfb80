"""Converts a panel to Grafana's own model."""

from collections.abc import Iterator
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

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import Panel, Query, TableColumn

SOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
INTERVAL: Final = "15s"
"""How often Prometheus scrapes; Grafana derives its rate interval from it."""
BAND_OPACITY: Final = 20
BAR_OPACITY: Final = 80
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
        targets=[
            _target(panel, query, ref)
            for query, ref in zip(panel.queries, ascii_uppercase)  # noqa: B905 # there are fewer queries than letters
        ],
        transformations=[_transformation(*one) for one in panel.transformations] or None,
        options=_options(panel),
        field_config=d.FieldConfigSource(_defaults(panel), list(_overrides(panel))),
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
        interval=INTERVAL,
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
                graph_mode=common.BigValueGraphMode.AREA,
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


def _defaults(panel: Panel) -> d.FieldConfig:
    return d.FieldConfig(
        unit=panel.unit,
        min_val=panel.minimum,
        max_val=panel.maximum,
        color=_color(panel),
        thresholds=_thresholds(panel.steps or ((None, palette.BLUE),)),
        mappings=_mappings(panel),
        links=[_link(panel.link)] if panel.link else None,
        custom=_custom(panel),
    )


def _color(panel: Panel) -> d.FieldColor:
    if panel.kind in {"stat", "state-timeline", "table"}:
        return d.FieldColor(d.FieldColorModeId.THRESHOLDS)
    return _fixed(panel.queries[0])


def _fixed(query: Query) -> d.FieldColor:
    mode = d.FieldColorModeId.SHADES if query.many else d.FieldColorModeId.FIXED
    return d.FieldColor(mode, query.color)


def _thresholds(steps: palette.Steps) -> d.ThresholdsConfig:
    return d.ThresholdsConfig(
        d.ThresholdsMode.ABSOLUTE, [d.Threshold(value, color) for value, color in steps]
    )


def _mappings(panel: Panel) -> list[Any] | None:
    if not panel.texts:
        return None
    return [
        d.ValueMap(
            {
                f"{value:g}": d.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, text, color) in enumerate(panel.texts)
            }
        )
    ]


def _link(url: str) -> d.DashboardLink:
    return d.DashboardLink(title="Show the client", url=url, type_val=d.DashboardLinkType.LINK)


def _custom(panel: Panel) -> Any:
    match panel.kind:
        case "timeseries":
            return common.GraphFieldConfig(
                draw_style=common.GraphDrawStyle.BARS if panel.bars else common.GraphDrawStyle.LINE,
                fill_opacity=BAR_OPACITY if panel.bars else 0,
                stacking=common.StackingConfig(common.StackingMode.NORMAL, "A")
                if panel.bars
                else None,
                # Loaded history has one point a day; a longer gap stays a gap.
                span_nulls=90_000_000.0,
            )
        case "barchart":
            return barchart.FieldConfig(fill_opacity=BAR_OPACITY)
        case "state-timeline":
            return statetimeline.FieldConfig(fill_opacity=BAR_OPACITY)
        case "table":
            return common.TableFieldOptions()
    return None


def _overrides(panel: Panel) -> Iterator[d.DashboardFieldConfigSourceOverrides]:
    if panel.kind in {"timeseries", "bargauge"}:
        for query, ref in list(zip(panel.queries, ascii_uppercase, strict=False))[1:]:
            yield _override("byFrameRefID", ref, ("color", _fixed(query)))
    for upper, lower in panel.below:
        hidden = ("custom.lineWidth", 0)
        fill = ("custom.fillBelowTo", lower), ("custom.fillOpacity", BAND_OPACITY)
        yield _override("byName", upper, hidden, *fill)
        yield _override("byName", lower, hidden)
    for name, color in panel.colors:
        yield _override("byName", name, ("color", d.FieldColor(d.FieldColorModeId.FIXED, color)))
    for column in panel.columns:
        yield _override("byName", column.source, *_column(column))


def _override(
    matcher: str, options: str, *properties: tuple[str, object]
) -> d.DashboardFieldConfigSourceOverrides:
    return d.DashboardFieldConfigSourceOverrides(
        matcher=d.MatcherConfig(matcher, options),
        properties=[d.DynamicConfigValue(name, value) for name, value in properties],
    )


def _column(column: TableColumn) -> Iterator[tuple[str, object]]:
    yield "displayName", column.title
    yield "unit", column.unit
    if column.steps:
        yield "thresholds", _thresholds(column.steps)
        yield "custom.cellOptions", {"type": "color-background", "mode": "basic"}
    if column.sparkline:
        yield "custom.cellOptions", {"type": "sparkline", "lineColor": palette.BLUE}
        yield "color", d.FieldColor(d.FieldColorModeId.FIXED, palette.BLUE)
    if column.link:
        yield "links", [_link(column.link)]
    if column.source == column.title:
        yield "custom.hidden", True
