"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rapport.kafka.connection import Kafka
    from rapport.web.client import WebAccess

Bootstrap = Annotated[
    str | None,
    typer.Option(help="Kafka's address; 127.0.0.1:9092 unless the configuration has one."),
]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        envvar="RAPPORT_KAFKA_CONFIG",
        help="A TOML file with Kafka's address, TLS, user and password file.",
    ),
]
WebConfig = Annotated[
    Path | None, typer.Option(help="TLS and users of the pages, in Prometheus' web-config format.")
]
CaFile = Annotated[Path | None, typer.Option(help="The CA that issued the worker's certificate.")]
User = Annotated[str | None, typer.Option(help="A user of the worker's web configuration.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="The file with the user's password; else RAPPORT_WEB_PASSWORD.")
]


def web_access(ca_file: Path | None, user: str | None, password_file: Path | None) -> "WebAccess":
    """Return the access to a worker's pages."""
    from rapport.runtime.secrets import secret_of_environment, secret_of_file
    from rapport.web.client import WebAccess

    if user is None:
        return WebAccess(ca_file)
    if password_file is not None:
        return WebAccess(ca_file, user, secret_of_file(password_file, "--password-file"))
    password = secret_of_environment("RAPPORT_WEB_PASSWORD", "the password for --user")
    return WebAccess(ca_file, user, password)


def checked_kafka(bootstrap: str | None, kafka_config: Path | None) -> "Kafka":
    """Return the connection settings of Kafka; raises `RapportError` when the login fails."""
    from rapport.kafka.config_file import read_kafka_config
    from rapport.kafka.diagnostics import check_connection

    kafka = read_kafka_config(bootstrap, kafka_config)
    check_connection(kafka)
    return kafka
