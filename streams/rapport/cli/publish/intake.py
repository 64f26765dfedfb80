"""`rapport intake`: receives CloudEvents over HTTP, and creates the tokens of senders."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, LogLevel, LogLevelOption, kafka_to_write

if TYPE_CHECKING:
    from rapport.kafka.connection import Kafka

log = logging.getLogger(__name__)
app = typer.Typer(
    help="Receive CloudEvents over HTTP, and write them to Kafka.",
    invoke_without_command=True,
    epilog="Examples:  rapport intake  ·  rapport intake token new --source urn:acme:desk",
)
token_app = typer.Typer(
    help="Create the tokens of senders.",
    no_args_is_help=True,
    epilog="Example:  rapport intake token new --name desk --source urn:acme:desk",
)
app.add_typer(token_app, name="token")


@app.callback()
def intake(
    context: typer.Context,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port; 0 finds a free one.", min=0, max=65535)
    ] = 8480,
    tokens: Annotated[
        Path | None,
        typer.Option(
            help="Who may send, a TOML file of mode 0600.", envvar="RAPPORT_INTAKE_TOKENS"
        ),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="The certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key, PEM, without a password.")] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="A proxy terminates TLS, and only the proxy has access."
        ),
    ] = False,
    log_level: LogLevelOption = LogLevel.WARNING,
    address_file: Annotated[
        Path | None, typer.Option(help="Write the URL here once it listens.")
    ] = None,
) -> None:
    """Receive CloudEvents over HTTP (POST /events), and answer 202 when Kafka has them.

    Without --tokens only this machine can send. Changed files are read again.

    Example:  rapport intake --host 0.0.0.0 --tokens tokens.toml --tls-cert c.pem --tls-key k.pem
    """
    if context.invoked_subcommand is not None:
        return
    from rapport.intake.server import serve
    from rapport.intake.settings import IntakeSettings
    from rapport.runtime.logging import configure_logging

    def report_url(url: str) -> None:
        if address_file is not None:
            address_file.write_text(url)
        typer.echo(f"events: POST {url}/events   API: {url}/openapi.json", err=True)
        if tokens is None:
            typer.echo("no --tokens: any program on this machine may send", err=True)

    configure_logging(log_level.value)
    settings = IntakeSettings(
        kafka=kafka_to_write(bootstrap, kafka_config),
        host=host,
        port=port,
        tokens=tokens,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
    )
    serve(settings, report_url, lambda: _check_access(settings.kafka))


def _check_access(kafka: "Kafka") -> None:
    """Check the intake's rights in Kafka; an unavailable Kafka is logged, and not an error."""
    from rapport.kafka.access import check_access
    from rapport.kafka.acl import RightsUnknownError
    from rapport.kafka.diagnostics import KafkaUnreachableError

    try:
        check_access(kafka, "intake")
    except (KafkaUnreachableError, RightsUnknownError) as error:
        log.warning(
            "%s; the intake continues, and accepts events as soon as Kafka is available", error
        )


@token_app.command()
def new(
    source: Annotated[
        list[str],
        typer.Option(help="A CloudEvents source; one ending in * is a prefix. May be repeated."),
    ],
    name: Annotated[str, typer.Option(help="The name of the sender in logs.")] = "sender",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a new token and its entry for the token file; the token itself is not stored.

    Example:  rapport intake token new --name desk --source urn:acme:desk --source "urn:acme:crm:*"
    """
    from rapport.intake.tokens import new_token

    token, stanza = new_token(name, source)
    if as_json:
        typer.echo(json.dumps({"token": token, "stanza": stanza}))
        return
    typer.echo(f"the sender's token, shown only now:\n\n{token}\n")
    typer.echo(f"for the token file (mode 0600):\n\n{stanza}", nl=False)
