"""The metrics of the HTTP intake, which has a /metrics of its own."""

from typing import Final

from rapport.monitoring.metrics.model import PREFIX, Metric

REQUESTS: Final = Metric(
    f"{PREFIX}intake_requests", "counter", "Requests answered, by HTTP status.", ("status",)
)
EVENTS: Final = Metric(
    f"{PREFIX}intake_events",
    "counter",
    "Events offered, by what became of them: accepted, or the reason of the refusal.",
    ("outcome",),
)
SECONDS: Final = Metric(
    f"{PREFIX}intake_request_seconds",
    "histogram",
    "From a request's head to its answer; taking events includes Kafka's acknowledgement.",
)
IN_FLIGHT: Final = Metric(
    f"{PREFIX}intake_in_flight_events", "gauge", "Events that Kafka has not answered for."
)
READY: Final = Metric(
    f"{PREFIX}intake_ready", "gauge", "1 while Kafka can be reached and has the topics, else 0."
)
SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
INTAKE_METRICS: Final = (REQUESTS, EVENTS, SECONDS, IN_FLIGHT, READY)
