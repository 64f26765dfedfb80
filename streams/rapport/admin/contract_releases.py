"""Released versions of the contracts: one directory each, written once and never changed."""

import json
import re
from pathlib import Path
from typing import Any, Final

from rapport_schemas.compatibility import Refusal, refusals
from rapport_schemas.docs.render import as_text
from rapport_schemas.wire.errors import RapportError

Documents = dict[str, dict[str, Any]]
RELEASED: Final = Path("schemas/released")
_VERSION: Final = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")


class ReleaseError(RapportError):
    """The released contracts cannot be read, or a version cannot be written."""


def released_contracts(root: Path) -> dict[str, Documents]:
    """Return version -> contract -> JSON Schema, the oldest version first.

    Raises `ReleaseError` when there is none below `root`, because a check would prove nothing.
    """
    directory = root / RELEASED
    directories = [path for path in directory.glob("*") if path.is_dir()]
    if not directories:
        raise ReleaseError(
            f"no released contracts in {directory}; run it in the repository, or give --root"
        )
    versions = {_numbers(path.name, path): path for path in directories}
    return {versions[numbers].name: _read(versions[numbers]) for numbers in sorted(versions)}


def write_release(root: Path, version: str, documents: Documents) -> list[Refusal]:
    """Write the contracts of a version, unless they break an earlier one; return what they break.

    Raises `ReleaseError` for a version that exists, or that is not the highest.
    """
    directory = root / RELEASED / version
    numbers = _numbers(version, "the version")
    released = released_contracts(root)
    if version in released:
        raise ReleaseError(f"version {version} is released, and a release is never rewritten")
    latest = list(released)[-1]
    if numbers < _numbers(latest, "the version"):
        raise ReleaseError(f"version {version} comes before {latest}, which is released")
    refused = refusals(released, documents)
    if not refused:
        directory.mkdir()
        for name, document in documents.items():
            (directory / f"{name}.json").write_text(as_text(document), encoding="utf-8")
    return refused


def _numbers(version: str, where: object) -> tuple[int, ...]:
    parts = _VERSION.fullmatch(version)
    if parts is None:
        raise ReleaseError(
            f"{where}: {version!r} is not a version; write three numbers, such as 1.2.0"
        )
    return tuple(map(int, parts.groups()))


def _read(directory: Path) -> Documents:
    files = sorted(directory.glob("*.json"))
    if not files:
        raise ReleaseError(f"{directory} holds no contract; restore it from the repository")
    return {path.name.removesuffix(".json"): _document(path) for path in files}


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}; restore it") from error
    if not isinstance(document, dict):
        raise ReleaseError(f"{path} is not a JSON Schema; restore it from the repository")
    return document
