"""Options that several commands share."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rapport.language.codes import language_codes
from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rapport.kafka.connection import Kafka
    from rapport.web.client import WebAccess

Bootstrap = Annotated[
    str | None,
    typer.Option(
        envvar="RAPPORT_KAFKA",
        help="Kafka's address; 127.0.0.1:9092 unless the configuration has one. The variable "
        "RAPPORT_PREFIX is the prefix of the topics and the group there.",
    ),
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
Url = Annotated[
    str | None,
    typer.Option(
        envvar="RAPPORT_URL",
        help="The worker's address; else that of a running demo, else http://127.0.0.1:9464.",
    ),
]
CaFile = Annotated[Path | None, typer.Option(help="The CA that issued the worker's certificate.")]
User = Annotated[str | None, typer.Option(help="A user of the worker's web configuration.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="The file with the user's password; else RAPPORT_WEB_PASSWORD.")
]


class Lang(StrEnum):
    """The languages of texts in which signals are found."""

    EN = "en"
    NL = "nl"


class LogLevel(StrEnum):
    """The least severe messages that are logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


LogLevelOption = Annotated[
    LogLevel, typer.Option("--log-level", case_sensitive=False, help="The least severe messages.")
]


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise typer.BadParameter(f"{code!r} is not one of {', '.join(LANGUAGES)}.")
    return code


LANGUAGES: Final = language_codes()
Language = Annotated[
    str,
    typer.Option(
        envvar="RAPPORT_LANG",
        callback=_known_language,
        metavar=f"<{'|'.join(LANGUAGES)}>",
        help="The language of the text.",
    ),
]
DEFAULT_URL: Final = "http://127.0.0.1:9464"
_ADDRESS: Final = re.compile(r"https?://[^\s\"{}<>]{1,2000}")


def worker_url(url: str | None) -> str:
    """Return the worker's address: the given one, else a running demo's, else the default."""
    from rapport.devkit.running_demo import running_demo

    if url is not None:
        return url.rstrip("/")
    demo = running_demo()
    if demo is None:
        return DEFAULT_URL
    typer.echo(f"of the running demo at {demo.pages}; --url names another worker", err=True)
    return demo.pages


def checked_address(address: str | None) -> str:
    """Return the address of a server for links, or an empty text; refuses what is no address."""
    if address and not _ADDRESS.fullmatch(address):
        raise typer.BadParameter(
            f"{address!r} is not an address, such as https://rapport.example.org"
        )
    return (address or "").rstrip("/")


def check_since(since: str | None) -> None:
    """Refuse a `--since` that is no number of days or weeks, as wrong use of the command."""
    from rapport.domain.calendar import since_days

    try:
        if since is not None:
            since_days(since)
    except RapportError as error:
        raise typer.BadParameter(str(error)) from error


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


def kafka_to_read(bootstrap: str | None, kafka_config: Path | None) -> "Kafka":
    """Return Kafka's settings for a command that only reads; a running demo's without an address.

    Raises `RapportError` when the login fails.
    """
    from rapport.devkit.running_demo import running_demo
    from rapport.kafka.config_file import read_kafka_config
    from rapport.kafka.diagnostics import check_connection

    demo = running_demo() if bootstrap is None and kafka_config is None else None
    if demo is not None:
        typer.echo(
            f"of the running demo at {demo.kafka}; --bootstrap names another Kafka", err=True
        )
    kafka = read_kafka_config(bootstrap if demo is None else demo.kafka, kafka_config)
    check_connection(kafka)
    return kafka


def kafka_to_write(bootstrap: str | None, kafka_config: Path | None) -> "Kafka":
    """Return Kafka's settings for a command that writes: a demo must be named.

    Raises `RapportError` when the default address is that of a running demo.
    """
    from rapport.devkit.running_demo import running_demo
    from rapport.kafka.config_file import read_kafka_config

    kafka = read_kafka_config(bootstrap, kafka_config)
    demo = running_demo()
    if demo is not None and bootstrap is None and kafka.bootstrap == demo.kafka:
        raise RapportError(
            f"a demo runs at {demo.kafka}, and nothing is written to a demo that is not named; "
            f"name it with --bootstrap {demo.kafka} or RAPPORT_KAFKA={demo.kafka}"
        )
    return kafka


def checked_kafka_to_write(bootstrap: str | None, kafka_config: Path | None) -> "Kafka":
    """Return the settings of `kafka_to_write`; raises `RapportError` when the login fails."""
    from rapport.kafka.diagnostics import check_connection

    kafka = kafka_to_write(bootstrap, kafka_config)
    check_connection(kafka)
    return kafka
