"""Runs every command and every help of `rapport` once in this process; prints what happened."""

import contextlib
import io
import json
import shlex
import sys
from pathlib import Path

NOWHERE, NO_WORKER = "127.0.0.1:1", "http://127.0.0.1:1"
DATA = Path(__file__).parent / "data" / "imports"


def commands(directory):
    """Each command with harmless arguments: no Kafka and no worker is there."""
    routing = str(Path(__file__).parents[1] / "deploy" / "alertmanager" / "routing.toml")
    lines = f"""
        clients --url {NO_WORKER}
        clients list --bootstrap {NOWHERE}
        clients groups --url {NO_WORKER}
        clients approve Acme --reason x --dry-run --bootstrap {NOWHERE}
        clients message x --dry-run --bootstrap {NOWHERE}
        clients offer --does x --does-not y --dry-run --bootstrap {NOWHERE}
        clients import "{DATA.parent}/clients.csv" --dry-run --bootstrap {NOWHERE}
        explain finance --url {NO_WORKER}
        today --url {NO_WORKER}
        top --count 1 --url {NO_WORKER}
        digest --week --url {NO_WORKER}
        pages --url {NO_WORKER}
        history --output "{directory}/past.om" --bootstrap {NOWHERE}
        import --list
        import tickets "{DATA}/servicenow.csv" -m servicenow --dry-run --bootstrap {NOWHERE}
        import --guess "{DATA}/topdesk.csv"
        intake token new --name desk --source urn:desk
        contracts list
        contracts show rapport.ticket.rated.v1
        signals find hello
        demo --into {NOWHERE}
        broker status --data-dir "{directory}/kafka"
        topics --bootstrap {NOWHERE}
        dead-letters list --bootstrap {NOWHERE}
        access worker --print
        policy show
        routes "{routing}"
        assets --output "{directory}/assets"
        render --check --root "{directory}"
    """
    return [shlex.split(line) for line in lines.strip().splitlines()]


def run_once(arguments):
    """Return (exit code, what was printed); the code is a traceback's last line if it had one."""
    from rapport.cli import main

    sys.argv = ["rapport", *arguments]
    printed = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        except BaseException as error:  # noqa: BLE001 # reported to the test
            code = f"traceback: {type(error).__name__}: {error}"
    return code, printed.getvalue()[-500:]


def main():
    directory = sys.argv[1]
    lines = commands(directory)
    names = sorted({words[0] for words in lines} | {"worker"})
    helps = [["--help"], *([name, "--help"] for name in names)]
    ran = [(" ".join(words), *run_once(words)) for words in (*helps, *lines)]
    print(json.dumps(ran))


main()
