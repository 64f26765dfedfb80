"""Backfill: computes every client's scores of past days from the ledger in Kafka."""

from collections.abc import Callable

from rapport.admin.changelog_reader import read_ledgers
from rapport.admin.openmetrics_file import HistoryFile
from rapport.admin.registry import read_registry
from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.comparison.backtest import replay_history
from rapport.domain.policy.model import Policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.kafka.arrival_index import today
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import check_connection
from rapport.kafka.topic_reader import run_on
from rapport.worker.storage.ledger_zone import read_zone


def collect_history(
    kafka: Kafka,
    policy: Policy,
    days: range,
    calendar: Calendar,
    target: dict[str, str],
    each: Callable[[], None] = lambda: None,
) -> HistoryFile:
    """Return the scores at the end of each of `days`, which are days of `calendar`.

    Calls `each` after every day.
    """
    ledgers = run_on(kafka, read_ledgers(kafka))
    directory = run_on(kafka, read_registry(kafka))
    file = HistoryFile(directory, policy, target, calendar)
    facts = {client.id: ledgers.get(client.id, []) for client in directory}
    for end in replay_history(facts, CompiledPolicy(policy), days):
        file.add(end)
        each()
    return file


def read_calendar(kafka: Kafka) -> Calendar:
    """Return the days of the ledger; raises `KafkaAccessError` when Kafka cannot be reached."""
    check_connection(kafka)
    return Calendar(run_on(kafka, read_zone(kafka)).name)


def last_days(count: int, every: int, calendar: Calendar = UTC_CALENDAR) -> range:
    """Return every `every`-th day of the last `count` days, up to yesterday."""
    yesterday = today(calendar) - 1
    first = yesterday - (count - 1) // every * every
    return range(first, yesterday + 1, every)
