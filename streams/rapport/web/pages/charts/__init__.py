"""Charts of the pages: coordinates of lines, bars and axes, which the templates draw as SVG."""

from rapport.web.pages.charts.shapes import Bar, Scale, Tick, VerticalBar
from rapport.web.pages.charts.timeline import Timeline, timeline
from rapport.web.pages.charts.trend import TrendLine, trend

__all__ = [
    "Bar",
    "Scale",
    "Tick",
    "Timeline",
    "TrendLine",
    "VerticalBar",
    "timeline",
    "trend",
]
