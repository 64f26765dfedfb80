"""Metrics, alerts and dashboards as data, and the renderers of their files."""
