"""Kafka address and credentials as Faust settings."""

from typing import Any

import faust

from rapport.kafka.connection import Kafka


def faust_broker(kafka: Kafka) -> dict[str, Any]:
    """Return the Faust settings for Kafka's address and credentials."""
    broker = ";".join(f"kafka://{address.strip()}" for address in kafka.bootstrap.split(","))
    return {"broker": broker, "broker_credentials": _credentials(kafka)}


def _credentials(kafka: Kafka) -> Any:
    context = None if kafka.tls is None else kafka.tls.context()
    if kafka.sasl is not None:
        return faust.SASLCredentials(
            username=kafka.sasl.username,
            password=kafka.sasl.password,
            mechanism=kafka.sasl.mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)
