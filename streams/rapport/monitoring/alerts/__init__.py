"""Alerts as data: rule, texts in two languages, runbook entry, and the cases that test them."""
