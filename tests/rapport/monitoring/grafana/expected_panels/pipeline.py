"""The dashboard of the pipeline, and what each of its panels must show."""

from expected_panels.kinds import (
    BAD,
    BLUE,
    GOOD,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    Bars,
    Column,
    Stat,
    Table,
    Timeline,
    bad_from,
    gauge,
    lines,
    rate,
    watch_from,
)
from expected_panels.series import Series
from expected_panels.texts import per_second, seconds, short, size

INTAKE = "rapport-intake"
BOTH = "rapport|rapport-intake"
ANSWERS = {0.0: ("down", BAD), 1.0: ("up", SKY)}
REACHES = {0.0: ("unreachable", BAD), 1.0: ("reachable", SKY)}
FEEDS = {0.0: ("flowing", GOOD), 1.0: ("unknown", GREY), 2.0: ("broken", BAD)}


def ready(asked):
    return asked("rapport_ready").by(of=sum).also(asked.constant(0))


def without_kafka(asked):
    up = asked("rapport_kafka_up")
    return up.each(lambda value: float(value == 0)).by(of=sum)


def age_of_scores(asked):
    oldest = asked("rapport_evaluated_timestamp_seconds").keep(lambda value: value > 0).by(of=min)
    return asked.clock() - oldest


def dead_letters_of_an_hour(asked):
    grown = asked("rapport_dead_letters_total", function="increase", window="1h").by(of=sum)
    return grown.each(lambda value: float(int(value + 0.5)))


def without_scores(asked):
    assigned = asked("rapport_assigned_partitions").by(of=sum)
    return asked("rapport_partitions").by(of=max) - assigned


def broken_feeds(asked):
    return asked("rapport_source_state", state="broken").by("source").by(of=sum)


def refused(asked):
    since = asked("rapport_policy_refused_timestamp_seconds")
    return since.each(lambda value: float(value > 0)).by()


def since(metric):
    def passed(asked):
        newest = asked(metric).by("source")
        return newest.each(lambda value: -value) + asked.clock()

    return passed


def by_source(asked):
    sent_on = asked("rapport_events_total", function="rate")
    handled = Series(
        {
            labels: found
            for labels, found in sent_on.values.items()
            if dict(labels)["outcome"] != "forwarded"
        }
    )
    return handled.by("source", of=sum)


def rhythm(asked):
    by_state = {
        state: asked("rapport_source_state", state=state).by("source")
        for state in ("unknown", "broken")
    }
    return by_state["unknown"] + by_state["broken"] * 2


def not_progressing(asked):
    least = asked("rapport_lag_records", function="min_over_time", window="15m")
    now = asked("rapport_handled_offset").by("source", "partition")
    before = asked("rapport_handled_offset", offset="15m").by("source", "partition")
    still = now.both(before, lambda one, other: 1.0 if one == other else None)
    waiting = least.by("source", "partition", of=min).keep(lambda value: value > 0)
    return waiting * still


def time_per(amount, count, *by):
    def each(asked):
        records = rate(count, *by)(asked).keep(lambda value: value > 0)
        return rate(amount, *by)(asked) / records

    return each


def within(ratio):
    """The linear estimate in the bucket in which a share of the requests ends."""

    def quantile(asked):
        rates = asked("rapport_intake_request_seconds_bucket", INTAKE, "rate").by("le", of=sum)
        buckets = sorted((float(labels["le"]), found) for labels, found in rates)
        values = {}
        for at in asked.times:
            counts = [(limit, found[at]) for limit, found in buckets if at in found]
            if counts:
                values[at] = estimate(ratio, counts)
        return Series({frozenset(): values})

    return quantile


def estimate(ratio, counts):
    rank = ratio * counts[-1][1]
    if not counts[-1][1]:
        return float("nan")
    start, before = 0.0, 0.0
    for limit, count in counts:
        if count >= rank:
            break
        start, before = limit, count
    if limit == float("inf"):
        return start
    return start + (limit - start) * (rank - before) / (count - before)


def of_each_process(metric, function="", of=max):
    return tuple(
        (
            f"{name} {{instance}}",
            color,
            lambda asked, job=job: asked(metric, job, function).by("instance", of=of),
        )
        for name, job, color in (("worker", "rapport", BLUE), ("intake", INTAKE, ORANGE))
    )


def some(found):
    return lambda asked: found(asked).keep(lambda value: value > 0)


NOW = {
    "Workers that are ready": Stat(short, lambda value: GOOD if value >= 1 else BAD, ready),
    "Consumer lag": Stat(short, bad_from(100_000), gauge("rapport_lag_records", of=sum)),
    "Dead letters, 1 h": Stat(short, bad_from(1), dead_letters_of_an_hour),
    "Last evaluation": Stat(seconds, bad_from(60), gauge("rapport_evaluation_seconds")),
    "Broken feeds": Stat(short, bad_from(1), broken_feeds),
    "Policy refused": Stat(short, bad_from(1), refused),
    "Workers that are not ready": Stat(
        short, bad_from(1), lambda asked: asked("up").by(of=len) - ready(asked)
    ),
    "Workers without Kafka": Stat(short, bad_from(1), without_kafka),
    "Age of the scores": Stat(seconds, bad_from(300), age_of_scores),
    "Oldest event that waits": Stat(seconds, bad_from(600), gauge("rapport_lag_seconds")),
    "Dead letters to handle": Stat(short, watch_from(1), gauge("rapport_dead_letters_unhandled")),
    "Partitions without scores": Stat(short, bad_from(1), without_scores),
}
EVENTS = {
    "Events per second, by outcome": lines(
        per_second, ("{outcome}", BLUE, rate("rapport_events_total", "outcome"))
    ),
    "Events per second, by source": lines(per_second, ("{source}", BLUE, by_source)),
    "Consumer lag, by source": lines(
        short, ("{source}", BLUE, gauge("rapport_lag_records", "source", of=sum))
    ),
    "Dead letters, by reason": lines(
        short,
        (
            "{reason}",
            VERMILLION,
            rate("rapport_dead_letters_total", "reason", function="increase"),
        ),
    ),
    "Age of the newest event, by source": lines(
        seconds, ("{source}", BLUE, since("rapport_source_last_event_timestamp_seconds"))
    ),
    "Time since the last arrival, by source": lines(
        seconds, ("{source}", BLUE, since("rapport_source_last_arrival_timestamp_seconds"))
    ),
    "Feeds, by their own rhythm": Timeline("{source}", FEEDS, rhythm),
    "Silence against what is usual": lines(
        seconds,
        ("{source}", BLUE, gauge("rapport_source_silence_seconds", "source")),
        ("{source}: usual", ORANGE, gauge("rapport_source_usual_silence_seconds", "source")),
    ),
}
WORKER = {
    "Evaluation and recovery": lines(
        seconds,
        ("evaluation", BLUE, gauge("rapport_evaluation_seconds")),
        ("recovery", ORANGE, gauge("rapport_recovery_seconds")),
    ),
    "Ledger pages and desk entries per second": lines(
        per_second,
        ("pages", GREEN, rate("rapport_ledger_pages_written_total")),
        ("removed", ORANGE, rate("rapport_ledger_pages_removed_total")),
        ("desk", SKY, rate("rapport_desk_entries_written_total")),
    ),
    "Workers that answer": Timeline("{instance}", ANSWERS, lambda asked: asked("up")),
    "Age of the oldest event that waits, by source": lines(
        seconds, ("{source}", BLUE, gauge("rapport_lag_seconds", "source"))
    ),
    "Consumer lag, by partition": lines(
        short, ("{source} {partition}", BLUE, gauge("rapport_lag_records", "source", "partition"))
    ),
    "Partitions that do not progress": Bars(
        short, "{source} {partition}", VERMILLION, not_progressing
    ),
    "Kafka, as each worker reaches it": Timeline(
        "{instance}", REACHES, gauge("rapport_kafka_up", "instance")
    ),
    "Records per second, by stage": lines(
        per_second, ("{stage}", BLUE, rate("rapport_stage_records_total", "stage"))
    ),
    "Time per record, by stage": lines(
        seconds,
        (
            "{stage}",
            BLUE,
            time_per("rapport_stage_seconds_total", "rapport_stage_records_total", "stage"),
        ),
    ),
    "Commits of offsets per second, by outcome": lines(
        per_second, ("{outcome}", BLUE, rate("rapport_commits_total", "outcome"))
    ),
    "Time per commit": lines(
        seconds,
        ("commit", BLUE, time_per("rapport_commit_seconds_total", "rapport_commits_total")),
    ),
    "Partitions, by worker": lines(
        short, ("{instance}", BLUE, gauge("rapport_assigned_partitions", "instance"))
    ),
    "Rebalances, by worker": lines(
        short,
        ("{instance}", ORANGE, rate("rapport_rebalances_total", "instance", function="increase")),
    ),
    "Recovery: records to read": lines(
        short, ("{instance}", BLUE, gauge("rapport_recovery_remaining_records", "instance"))
    ),
    "Recovery: pages read": lines(
        short, ("{instance}", BLUE, gauge("rapport_recovery_pages", "instance"))
    ),
    "Delay of the event loop, by worker": lines(
        seconds, ("{instance}", BLUE, gauge("rapport_loop_lag_seconds", "instance"))
    ),
    "Data directory, and room that is left": lines(
        size,
        ("{instance}: store", BLUE, gauge("rapport_store_bytes", "instance")),
        ("{instance}: left", ORANGE, gauge("rapport_store_free_bytes", "instance")),
    ),
}
PROCESSES = {
    "Memory": lines(size, *of_each_process("process_resident_memory_bytes")),
    "Processor cores in use": lines(short, *of_each_process("process_cpu_seconds_total", "rate")),
    "Garbage collections per second": lines(
        per_second, *of_each_process("python_gc_collections_total", "rate", of=sum)
    ),
    "Versions": Table(
        ("instance",),
        lambda asked: asked("rapport_build_info", BOTH),
        (
            Column("process", label="instance"),
            Column("Rapport", label="version"),
            Column("Python", label="python"),
        ),
        lambda labels, _: labels["instance"],
    ),
    "Intakes that answer": Timeline("{instance}", ANSWERS, lambda asked: asked("up", INTAKE)),
    "Kafka, as each intake reaches it": Timeline(
        "{instance}", REACHES, gauge("rapport_intake_ready", "instance", job=INTAKE)
    ),
    "Requests per second, by status": lines(
        per_second,
        ("{status}", BLUE, some(rate("rapport_intake_requests_total", "status", job=INTAKE))),
    ),
    "Events offered per second, by outcome": lines(
        per_second,
        ("{outcome}", BLUE, some(rate("rapport_intake_events_total", "outcome", job=INTAKE))),
    ),
    "Time to answer": lines(
        seconds,
        ("50 % within", SKY, within(0.5)),
        ("95 % within", ORANGE, within(0.95)),
        ("99 % within", VERMILLION, within(0.99)),
    ),
    "Events in flight": lines(
        short,
        ("{instance}", BLUE, gauge("rapport_intake_in_flight_events", "instance", job=INTAKE)),
    ),
}
PIPELINE = NOW | EVENTS | WORKER | PROCESSES
