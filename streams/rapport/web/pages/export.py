"""Export: writes the pages of a running worker as files that open without a worker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from rapport.language.codes import language_codes
from rapport.web.pages.links import PARTS, client_file, fleet_file
from rapport.web.pages.render import ASSETS
from rapport_schemas.wire.errors import RapportError


def export(directory: Path, clients: list[str], fetch: Callable[[str], bytes]) -> Iterator[Path]:
    """Write the fleet and every client's pages in every language; yield each file when written.

    `fetch` reads a path from the worker. Raises `RapportError` when a file cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, path in _files(clients):
            file = directory / name
            file.write_bytes(fetch(path))
            yield file
    except OSError as error:
        raise RapportError(f"cannot write the pages to {directory}: {error}") from error


def _files(clients: list[str]) -> Iterator[tuple[str, str]]:
    for name in ASSETS:
        yield name, f"/assets/{name}"
    for lang in language_codes():
        yield fleet_file(lang), f"/?lang={lang}&as=file"
        for client in clients:
            path, query = f"/pages/{quote(client, safe='')}", f"?lang={lang}&as=file"
            yield client_file(client, lang), path + query
            for part in PARTS:
                yield client_file(client, lang, part), f"{path}/{part}{query}"


def files_of(clients: list[str]) -> int:
    """Return the number of files that `export` writes.

    >>> files_of(["finance"])
    10
    """
    return len(list(_files(clients)))
