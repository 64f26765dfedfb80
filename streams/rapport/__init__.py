"""Rapport: how an IT department's clients really see it, from events as they happen."""
