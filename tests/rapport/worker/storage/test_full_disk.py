"""A worker whose disk is full ends, and says so in one sentence."""

import os
import subprocess

import pytest

from rapport.runtime.child_process import rapport_command

pytestmark = pytest.mark.kafka
SMALL_DISK = 'mount -t tmpfs -o size=300k none "$0" && exec "$@"'


def test_a_worker_without_space_ends_with_what_to_do_and_no_stack(empty_kafka, tmp_path):
    address = ("--bootstrap", empty_kafka, "--data-dir", str(tmp_path), "--http-port", "0")
    as_root = ["--map-root-user"] if os.geteuid() != 0 else []
    in_small_disk = ("unshare", *as_root, "--mount", "sh", "-c", SMALL_DISK, str(tmp_path))
    ran = subprocess.run(
        [*in_small_disk, *rapport_command("worker", *address)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    sentences = [line for line in ran.stderr.splitlines() if "free some space there, or" in line]
    assert len(sentences) == 1, ran.stderr
    assert "No space left on device" in sentences[0]
    assert "Traceback" not in ran.stderr
