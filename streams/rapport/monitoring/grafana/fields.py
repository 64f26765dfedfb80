"""Grafana's options of the fields of a panel: units, colours, texts, links, and overrides."""

from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import Any, Final

from grafana_foundation_sdk.models import barchart, common, statetimeline
from grafana_foundation_sdk.models import dashboard as d

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import Links, Panel, Query, TableColumn, Texts

BAND_OPACITY: Final = 20
BAR_OPACITY: Final = 80


def field_options(panel: Panel) -> d.FieldConfigSource:
    """Return the options of all fields, and those of some."""
    return d.FieldConfigSource(_defaults(panel), list(_overrides(panel)))


def _defaults(panel: Panel) -> d.FieldConfig:
    return d.FieldConfig(
        unit=panel.unit,
        decimals=_decimals(panel.unit),
        min_val=panel.minimum,
        max_val=panel.maximum,
        color=_color(panel),
        thresholds=_thresholds(panel.steps or ((None, palette.BLUE),)),
        mappings=_stat_mappings(panel) if panel.kind == "stat" else _mappings(panel.texts),
        links=_links(panel.links) or None,
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


def _mappings(texts: Texts) -> list[Any] | None:
    if not texts:
        return None
    return [
        d.ValueMap(
            {
                value if isinstance(value, str) else f"{value:g}": d.ValueMappingResult(
                    text=text, color=color or None, index=index
                )
                for index, (value, text, color) in enumerate(texts)
            }
        )
    ]


def _links(links: Links) -> list[d.DashboardLink]:
    return [
        d.DashboardLink(title=title, url=url, type_val=d.DashboardLinkType.LINK)
        for title, url in links
    ]


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
    for query, ref in _colored(panel):
        yield _override("byFrameRefID", ref, ("color", _fixed(query)))
    for upper, lower in panel.below:
        hidden = ("custom.lineWidth", 0)
        fill = ("custom.fillBelowTo", lower), ("custom.fillOpacity", BAND_OPACITY)
        yield _override("byName", upper, hidden, *fill)
        yield _override("byName", lower, hidden)
    for name, color in panel.colors:
        yield _override("byName", name, ("color", d.FieldColor(d.FieldColorModeId.FIXED, color)))
    for name in panel.unseen:
        yield _override("byName", name, ("mappings", [_NO_TEXT]), ("custom.hideFrom", _NOT_LISTED))
    for column in panel.columns:
        yield _override("byName", column.source, *_column(column))
    for name, title in panel.names:
        yield _override("byName", name, ("displayName", title))


def _colored(panel: Panel) -> Sequence[tuple[Query, str]]:
    """Return the queries that need a colour of their own, and their ids."""
    queries = list(zip(panel.queries, ascii_uppercase, strict=False))
    if panel.kind == "stat":
        return queries if len(queries) > 1 else ()
    return queries[1:] if panel.kind in {"timeseries", "bargauge"} else ()


_NO_TEXT: Final = d.RangeMap(
    d.DashboardRangeMapOptions(from_val=-1e9, to=1e9, result=d.ValueMappingResult(text=""))
)
_NOT_LISTED: Final = common.HideSeriesConfig(tooltip=True, legend=True, viz=False)


def _override(
    matcher: str, options: str, *properties: tuple[str, object]
) -> d.DashboardFieldConfigSourceOverrides:
    return d.DashboardFieldConfigSourceOverrides(
        matcher=d.MatcherConfig(matcher, options),
        properties=[d.DynamicConfigValue(name, value) for name, value in properties],
    )


def _decimals(unit: str) -> int | None:
    """Return the decimals of a ratio, as the pages show points; others have what they need."""
    return 1 if unit == "percentunit" else None


def _not_known(color: str) -> d.SpecialValueMap:
    """Return the text of no value; Grafana shows it in the colour of the lowest step otherwise."""
    result = d.ValueMappingResult(text="not known", color=color)
    options = d.DashboardSpecialValueMapOptions(d.SpecialValueMatch.NULL_AND_NAN, result)
    return d.SpecialValueMap(options)


def _stat_mappings(panel: Panel) -> list[Any]:
    return [*(_mappings(panel.texts) or ()), _not_known(palette.GREY)]


_SPARKLINE: Final = {"type": "sparkline", "lineColor": palette.BLUE, "hideValue": True}


def _column(column: TableColumn) -> Iterator[tuple[str, object]]:
    if column.is_hidden:
        yield "custom.hidden", True
        return
    yield "displayName", column.title
    yield "unit", column.unit
    if (decimals := _decimals(column.unit)) is not None:
        yield "decimals", decimals
    is_colored = column.steps or any(color for _, _, color in column.texts)
    if column.texts or is_colored:
        yield (
            "mappings",
            [
                *(_mappings(column.texts) or ()),
                *((_not_known(palette.HIDDEN),) if is_colored else ()),
            ],
        )
    if column.width:
        yield "custom.width", column.width
    if is_colored:
        yield "thresholds", _thresholds(column.steps or ((None, palette.GREY),))
        yield "custom.cellOptions", {"type": "color-background", "mode": "basic"}
    if column.sparkline:
        yield "custom.cellOptions", _SPARKLINE
        yield "color", d.FieldColor(d.FieldColorModeId.FIXED, palette.BLUE)
    if column.links:
        yield "links", _links(column.links)
