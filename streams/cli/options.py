"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Bootstrap = Annotated[
    str | None,
    typer.Option(help="Kafka's address; 127.0.0.1:9092 unless the configuration has one."),
]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        envvar="RAPPORT_KAFKA_CONFIG",
        help="A TOML file: Kafka's address, TLS, user and where the password is.",
    ),
]
WebConfig = Annotated[
    Path | None,
    typer.Option(help="A file in Prometheus' web-config format: TLS and users of the pages."),
]
