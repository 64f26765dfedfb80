"""Runs a `rapport` command in this process, where the test is not about the process."""

import contextlib
import io
import os
import subprocess
import sys
import traceback
from pathlib import Path
from unittest import mock


def run_rapport(*arguments, cwd=None, env=None):
    """Return the exit code and what was printed, as `subprocess.run` returns them."""
    from rapport.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, env or {}),
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.object(sys, "argv", ["rapport", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:  # noqa: BLE001 # as the interpreter does
            traceback.print_exc()
            code = 1
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
