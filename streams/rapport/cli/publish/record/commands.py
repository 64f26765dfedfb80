"""The commands of `rapport record`, one for each kind; their options are fields of the contract."""

from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any, Final

import typer

from rapport.cli.help_lines import with_lines
from rapport.cli.options import Bootstrap, CaFile, KafkaConfig, PasswordFile, Url, User
from rapport.cli.publish.record.fields import RecordField, fields_of
from rapport.cli.publish.record.kinds import KINDS, PROMISE, SETTLEMENT, RecordKind
from rapport.cli.publish.record.run import Request, run

_Client = Annotated[str | None, typer.Argument(help="The client's id, alias or name.")]
_On = Annotated[
    str | None,
    typer.Option("--on", help="When it happened: a day, or a time with its zone; default: now."),
]
_Withdraw = Annotated[
    str | None, typer.Option("--withdraw", help="Take back what was recorded with this id.")
]
_Reopen = Annotated[
    str | None,
    typer.Option("--reopen", help="Take back that the promise with this id was kept or broken."),
]
_Id = Annotated[
    str | None,
    typer.Option(
        "--id",
        help="The id of what is recorded already: what is not given stays, as the worker at --url "
        "has it; default: a new one.",
    ),
]
_Kept = Annotated[
    bool | None, typer.Option("--kept/--broken", help="Record how a promise was settled.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be published; publish nothing.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHARED: Final[dict[str, Any]] = {
    "on": _On,
    "withdraw": _Withdraw,
    "dry_run": _DryRun,
    "as_json": _AsJson,
    "bootstrap": Bootstrap,
    "kafka_config": KafkaConfig,
}
"""Options that every kind has."""
_WORKER: Final[dict[str, Any]] = {
    "url": Url,
    "ca_file": CaFile,
    "user": User,
    "password_file": PasswordFile,
}
"""Options of the worker that knows what is recorded already."""


@cache
def commands() -> dict[str, Any]:
    """Return the commands by name, as typer makes them."""
    typed = typer.Typer(rich_markup_mode=None)
    for kind in KINDS:
        _add(typed, kind)
    return dict(with_lines(typer.main.get_group(typed)).commands)


def _add(typed: typer.Typer, kind: RecordKind) -> None:
    fields = fields_of(kind.model, kind.fields)

    def command(client: str | None, **options: Any) -> None:
        is_settlement = options.get("kept") is not None
        asked = fields
        if is_settlement:
            asked = fields_of(SETTLEMENT.model, ("kept", *SETTLEMENT.fields))
            _refuse_others(options, fields, asked)
        shown = SETTLEMENT if is_settlement else kind
        run(Request(shown, asked, client, options))

    command.__doc__ = kind.help
    command.__signature__ = _signature(kind, fields)  # type: ignore[attr-defined] # typer reads it
    command.__annotations__ = {
        name: each.annotation for name, each in _signature(kind, fields).parameters.items()
    }
    typed.command(kind.name)(command)


def _signature(kind: RecordKind, fields: tuple[RecordField, ...]) -> Signature:
    own = {field.name: field.parameter for field in fields}
    if kind.id_field is not None:
        own |= {"entry_id": _Id, **_WORKER}
    if kind is PROMISE:
        own |= {"kept": _Kept, "reopen": _Reopen}
    kinds = {"client": _Client, **own, **_SHARED}
    return Signature([_parameter(name, annotation) for name, annotation in kinds.items()])


def _parameter(name: str, annotation: Any) -> Parameter:
    default = False if annotation in {_DryRun, _AsJson} else None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _refuse_others(
    options: dict[str, Any], fields: tuple[RecordField, ...], asked: tuple[RecordField, ...]
) -> None:
    """Refuse the options of a new promise beside --kept or --broken."""
    known = {field.name for field in asked}
    for field in fields:
        if field.name not in known and options[field.name] is not None:
            raise typer.BadParameter(f"{field.option} has no use with --kept or --broken")
