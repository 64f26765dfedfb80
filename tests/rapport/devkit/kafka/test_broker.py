"""The embedded broker is the real one, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from subprocess import CalledProcessError

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from rapport.devkit.kafka.broker import (
    Broker,
    BrokerError,
    answers,
    fixed_properties,
    java_command,
    status,
    stop,
)
from rapport.devkit.kafka.formatted import copy_formatted, keep_formatted, template_of
from rapport.devkit.kafka.jars import JarsError, default_cache, install_jars, locked_jars
from rapport.devkit.kafka.kept_classes import classes_option, keep_classes, kept_classes

pytestmark = pytest.mark.kafka
GONE_SECONDS_MAX = 10


def test_it_keeps_what_was_written_over_a_restart_in_a_path_with_a_space(tmp_path):
    data_dir = tmp_path / "with a space"
    with Broker(data_dir) as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        admin.create_topics([NewTopic("kept", 1, 1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
        producer.send("kept", b"hello").get(timeout=10)
        producer.close()
    assert status(data_dir) is None
    with Broker(data_dir) as broker:
        consumer = KafkaConsumer(
            "kept", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
        )
        (records,) = consumer.poll(timeout_ms=10_000).values()
        consumer.close()
        assert [record.value for record in records] == [b"hello"]


def test_a_second_one_on_the_same_directory_or_port_is_refused_with_the_way_out(tmp_path):
    with Broker(tmp_path / "one") as broker:
        assert status(broker.data_dir)["bootstrap"] == broker.bootstrap
        with pytest.raises(BrokerError, match=r"runs on .* already .*rapport broker stop"):
            Broker(tmp_path / "one").start()
        port = int(broker.bootstrap.rpartition(":")[2])
        with pytest.raises(BrokerError, match=f"port {port} is taken"):
            Broker(tmp_path / "two", port).start()
        assert answers(port)


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path):
    wrong = Broker(tmp_path / "b", properties={"log.retention.ms": "sometimes"})
    with pytest.raises(BrokerError, match="sometimes"):
        wrong.start()


def test_a_half_written_directory_is_explained(tmp_path):
    (tmp_path / "kafka-logs").mkdir()
    (tmp_path / "kafka-logs" / "stray").write_text("x")
    with pytest.raises(BrokerError, match=r"no meta\.properties"):
        Broker(tmp_path).start()


def test_storage_is_formatted_once_for_each_set_of_jars_and_copied(tmp_path):
    jar, cache, storage = tmp_path / "kafka-4.jar", tmp_path / "cache", tmp_path / "storage"
    cache.mkdir(), storage.mkdir()
    template = template_of(cache, [jar], fixed_properties())
    assert template != template_of(cache, [jar.with_name("kafka-5.jar")], fixed_properties())
    assert template != template_of(cache, [jar], fixed_properties() + "node.id=2\n")
    assert not copy_formatted(template, tmp_path / "copy")
    for text in ("first", "second"):
        (storage / "meta.properties").write_text(text)
        keep_formatted(storage, template)
    assert [path.name for path in cache.iterdir()] == [template.name]
    assert copy_formatted(template, tmp_path / "copy")
    assert (tmp_path / "copy" / "meta.properties").read_text() == "first"
    keep_formatted(storage, tmp_path / "absent" / "template")


def test_a_broker_on_copied_storage_needs_no_other_process_of_java(tmp_path, monkeypatch):
    with Broker(tmp_path / "first"):
        pass
    monkeypatch.setattr(Broker, "_format", lambda *_: pytest.fail("was formatted again"))
    with Broker(tmp_path / "second") as broker:
        assert answers(int(broker.bootstrap.rpartition(":")[2]))


def test_kept_classes_are_used_where_they_are_and_a_wrong_file_stops_no_java(tmp_path):
    jars = [tmp_path / "kafka-4.jar"]
    kept = kept_classes(tmp_path, jars)
    assert kept != kept_classes(tmp_path, [tmp_path / "kafka-5.jar"])
    assert classes_option(kept) == []
    recorded = []

    def record(options):
        recorded.extend(options)
        raise CalledProcessError(1, "java")

    with pytest.raises(CalledProcessError):
        keep_classes(kept, java_command(jars), record)
    assert recorded[0] == "-XX:AOTMode=record"
    assert list(tmp_path.iterdir()) == []
    kept.write_bytes(os.urandom(10_000))
    keep_classes(kept, java_command(jars), lambda _: pytest.fail("recorded again"))
    java = java_command(jars, classes_option(kept))
    done = subprocess.run([*java, "-version"], capture_output=True, text=True, check=True)
    assert (f"-XX:AOTCache={kept}" in java, "OpenJDK" in done.stderr) == (True, True)


def test_a_stale_state_file_is_not_mistaken_for_a_broker(tmp_path):
    (tmp_path / "broker.json").write_text('{"pid": 999999, "bootstrap": "127.0.0.1:1"}')
    assert status(tmp_path) is None
    assert stop(tmp_path) is False


def test_killing_its_parent_leaves_no_broker(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from rapport.devkit.kafka.broker import Broker\n"
        "broker = Broker(Path(sys.argv[1])); broker.start()\n"
        "print(broker.bootstrap, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    port = int(parent.stdout.readline().rpartition(":")[2])
    assert answers(port)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while answers(port):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def wrong_jar(tmp_path):
    """A file instead of a locked jar: changed by a mirror, or later."""
    jar = next(jar for jar in locked_jars() if jar.artifactId == "jspecify")
    folder = tmp_path / "jars" / "org" / "jspecify" / "jspecify" / jar.version
    folder.mkdir(parents=True)
    (folder / f"jspecify-{jar.version}.jar").write_bytes(b"not the jar")
    return jar, folder


def test_a_jar_that_is_not_what_the_lock_says_is_thrown_away(tmp_path, wrong_jar):
    jar, folder = wrong_jar
    with pytest.raises(JarsError, match=f"differs from the lock.*{jar.sha256}"):
        install_jars(tmp_path, [jar])
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("wrong_jar")
def test_a_broker_does_not_start_with_a_jar_that_is_not_what_the_lock_says(tmp_path):
    for path in (default_cache() / "jars").rglob("*.jar"):
        link = tmp_path / path.relative_to(default_cache())
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(path)
    with pytest.raises(JarsError, match="differs from the lock"):
        Broker(tmp_path / "data", cache=tmp_path).start()
    assert status(tmp_path / "data") is None


def test_every_jar_of_the_lock_has_a_hash():
    assert all(len(jar.sha256 or "") == 64 for jar in locked_jars())


def test_installed_jars_need_no_network(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert all(path.is_file() for path in install_jars(default_cache(), locked_jars()))
