"""The metrics of the HTTP intake, which has a /metrics of its own."""

from typing import Final

from rapport.monitoring.metrics.model import MetricGroup

INTAKE: Final = MetricGroup()
REQUESTS: Final = INTAKE.counter(
    "intake_requests",
    "Requests answered, by HTTP status; without probes (`/healthz`, `/ready`) and scrapes.",
    "status",
)
EVENTS: Final = INTAKE.counter(
    "intake_events",
    "Events offered, by outcome: accepted, or the reason of the refusal.",
    "outcome",
)
SECONDS: Final = INTAKE.histogram(
    "intake_request_seconds",
    "From the head of a request that is counted to its answer; taking events includes Kafka's "
    "acknowledgement.",
)
IN_FLIGHT: Final = INTAKE.gauge(
    "intake_in_flight_events", "Events that Kafka has not answered for."
)
READY: Final = INTAKE.gauge(
    "intake_ready", "1 while Kafka can be reached and has the topics, else 0."
)
SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
