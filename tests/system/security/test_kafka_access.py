"""Kafka over TLS with a password and rights: a refusal says what to do; the least is enough."""

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
)
from typer.testing import CliRunner

from rapport.cli.publish.record import app as record
from rapport.kafka import diagnostics
from rapport.kafka.access import ROLES, check_access
from rapport.kafka.acl import missing_grants
from rapport.kafka.config_file import read_kafka_config
from rapport.kafka.connection import Kafka, Tls
from rapport.kafka.diagnostics import KafkaAccessError, check_connection
from rapport.kafka.partitioner import partition_of
from rapport.kafka.topics import TopicsError, apply_topics
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch_json
from rapport.worker.faust_ext.credentials import faust_broker
from rapport_schemas.client import ClientRegistered
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import GROUP

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
PARTITIONS = 4
NOW = datetime.now(UTC) - timedelta(hours=1)


def partition(name):
    return partition_of(name.encode(), PARTITIONS)


ALIAS = next(name for name in ("FIN", "MONEY", "CASH") if partition(name) != partition("finance"))
"""It goes to another partition than the client: the worker sends its events on."""


def acl(user, grant):
    return ACL(
        f"User:{user}",
        "*",
        ACLOperation[grant.operation],
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[grant.kind.upper()], grant.name),
    )


@pytest.fixture
def admin(configs):
    """Kafka's administrator, who gives and takes rights."""
    one = KafkaAdminClient(**read_kafka_config(None, configs.write("admin")).aiokafka)
    yield one
    one.close()


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@pytest.fixture
def granted(admin, configs):
    """Give a user exactly the rights of a role, and take them away afterwards."""
    given = []

    def grant(user, role):
        rights = [acl(user, one) for one in ROLES[role]]
        admin.create_acls(rights)
        given.extend(rights)
        kafka = read_kafka_config(None, configs.write(user))
        until(lambda: not missing_grants(kafka, ROLES[role]))
        return kafka

    yield grant
    if given:
        admin.delete_acls(given)


@pytest.fixture
def topics(granted):
    """Every topic, made by a user that may do no more than that."""
    kafka = granted("setup", "topics")
    asyncio.run(apply_topics(kafka, PARTITIONS))
    # A second time it finds them: so it may describe them too.
    assert asyncio.run(apply_topics(kafka, PARTITIONS)) == []


@pytest.mark.parametrize(
    ("tls", "sasl", "expected"),
    [
        ([], None, "not trusted: .*the system's authorities did not issue it. Set ca_file in"),
        (["{untrusted_ca}"], None, r"not trusted: .*ca_file .*ca\.pem did not issue it"),
        (
            ["{ca}", "{untrusted_cert}"],
            None,
            r"refuses this client's certificate .*cert_file .*was",
        ),
        (
            False,
            None,
            r"does not answer as Kafka does; if it is the broker's TLS port, add \[tls\]",
        ),
        (None, False, r"asks for a user and a password \(SCRAM-SHA-512\); add \[sasl\]"),
        (
            None,
            ["SCRAM-SHA-256"],
            "does not know the mechanism SCRAM-SHA-256; it offers SCRAM-SHA-5",
        ),
    ],
    ids=["system-ca", "wrong-ca", "wrong-certificate", "no-tls", "no-sasl", "mechanism"],
)
def test_a_refused_client_gets_the_reason(configs, certificates, untrusted, tls, sasl, expected):
    certificate, key = untrusted.issue("worker", "worker@rapport.test")
    lines = {
        "ca": f'ca_file = "{certificates.ca_file}"',
        "untrusted_ca": f'ca_file = "{untrusted.ca_file}"',
        "untrusted_cert": f'cert_file = "{certificate}"\nkey_file = "{key}"',
    }
    if tls:
        tls = [line.format(**lines) for line in tls]
    if sasl:
        sasl = [f'mechanism = "{sasl[0]}"', 'username = "worker"']
        sasl.append('password_file = "worker.password"')
    kafka = read_kafka_config(None, configs.write("worker", tls=tls, sasl=sasl))
    with pytest.raises(KafkaAccessError, match=expected) as caught:
        check_connection(kafka)
    assert "Sesam" not in str(caught.value)


def test_a_wrong_password_and_an_unknown_user_are_told_where_to_look(configs):
    for user, password in (("worker", "Sesam?"), ("nobody", "Sesam?"), ("worker", "x")):
        file = configs.write(user, password=password)
        with pytest.raises(KafkaAccessError) as caught:
            check_connection(read_kafka_config(None, file))
        message = str(caught.value)
        assert f"does not know user '{user}' with this password" in message
        assert f"check username in {file}, and the password in file" in message
        assert "Sesam" not in message


def test_a_broker_of_another_name_an_absent_one_and_a_plain_one_are_distinguished(
    configs, secured, kafka
):
    port = secured.bootstrap.rpartition(":")[2]
    file = configs.write("worker", bootstrap=f"localhost:{port}")
    with pytest.raises(KafkaAccessError, match=r"is not for 'localhost'.*use a name that is in"):
        check_connection(read_kafka_config(None, file))
    with pytest.raises(KafkaAccessError, match=r"no Kafka answers at 127\.0\.0\.1:1: Connection"):
        check_connection(read_kafka_config("127.0.0.1:1", file))
    with pytest.raises(KafkaAccessError, match=r"does not speak TLS .*take \[tls\] out of"):
        check_connection(read_kafka_config(kafka, file))
    with pytest.raises(KafkaAccessError, match=r"asks for no password; .*take \[sasl\] out of"):
        check_connection(read_kafka_config(kafka, configs.write("worker", tls=False)))
    with pytest.raises(KafkaAccessError, match="'kafka' is not an address of Kafka; write"):
        check_connection(Kafka("kafka"))
    check_connection(Kafka(kafka))
    # One of several that answers is enough.
    check_connection(read_kafka_config(f"127.0.0.1:1,{secured.bootstrap}", configs.write("worker")))


def test_a_listener_that_never_answers_is_distinguished_too(monkeypatch):
    monkeypatch.setattr(diagnostics, "SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(KafkaAccessError, match=f"{address} did not answer within"):
            check_connection(Kafka(address))
        with pytest.raises(KafkaAccessError, match=f"{address} did not answer within"):
            check_connection(Kafka(address, tls=Tls()))


def test_a_client_certificate_of_the_right_authority_is_accepted(configs, certificates):
    certificate, key = certificates.issue("worker", "worker@rapport.test")
    tls = [f'ca_file = "{certificates.ca_file}"', f'cert_file = "{certificate}"']
    check_connection(
        read_kafka_config(None, configs.write("worker", tls=[*tls, f'key_file = "{key}"']))
    )


def test_a_certificate_alone_lets_in_where_the_broker_asks_for_no_password(
    admin, configs, certificates, secured
):
    certificate, key = certificates.issue("alone", "alone@rapport.test")
    shown = [f'cert_file = "{certificate}"', f'key_file = "{key}"']
    own = {"sasl": False, "bootstrap": secured.certificate_bootstrap}
    ca_file = f'ca_file = "{certificates.ca_file}"'
    with pytest.raises(KafkaAccessError, match="no client certificate was shown"):
        check_connection(read_kafka_config(None, configs.write("worker", tls=[ca_file], **own)))
    with pytest.raises(KafkaAccessError, match=r"asks for no password; .*take \[sasl\] out of"):
        check_connection(
            read_kafka_config(
                secured.certificate_bootstrap, configs.write("worker", tls=[ca_file, *shown])
            )
        )
    kafka = read_kafka_config(None, configs.write("worker", tls=[ca_file, *shown], **own))
    assert faust_broker(kafka)["broker_credentials"].protocol.value == "SSL"
    check_connection(kafka)
    with pytest.raises(TopicsError, match=f"User:<the subject of {certificate}> lacks rights"):
        asyncio.run(apply_topics(kafka, PARTITIONS))
    rights = [acl("*", one) for one in ROLES["topics"]]
    admin.create_acls(rights)
    try:
        until(lambda: not missing_grants(kafka, ROLES["topics"]))
        asyncio.run(apply_topics(kafka, PARTITIONS))
    finally:
        admin.delete_acls(rights)
        until(lambda: missing_grants(kafka, ROLES["topics"]))


def test_topics_cannot_be_made_without_the_right_and_the_message_gives_the_command(configs):
    kafka = read_kafka_config(None, configs.write("limited"))
    with pytest.raises(TopicsError, match="CREATE on topic") as caught:
        asyncio.run(apply_topics(kafka, PARTITIONS))
    assert "--allow-principal 'User:limited' --operation Create --topic" in str(caught.value)


@pytest.mark.usefixtures("topics")
def test_each_right_that_is_missing_is_named_with_the_command_that_gives_it(admin, granted):
    for role in ("worker", "publisher"):
        kafka = granted("limited", role)
        check_access(kafka, role)
        for one in ROLES[role]:
            admin.delete_acls([acl("limited", one)])
            until(lambda: missing_grants(kafka, ROLES[role]))  # noqa: B023 # called at once
            with pytest.raises(KafkaAccessError) as caught:
                check_access(kafka, role)
            message = str(caught.value)
            assert f"lacks rights (ACLs) that the {role} needs" in message
            assert f"{one.operation} on {one.kind} {one.name}. Let" in message
            assert f"--operation {one.operation.title()} --{one.kind} {one.name}" in message
            admin.create_acls([acl("limited", one)])
            until(lambda: not missing_grants(kafka, ROLES[role]))  # noqa: B023 # called at once
        admin.delete_acls([acl("limited", one) for one in ROLES[role]])
        until(lambda: missing_grants(kafka, ROLES[role]))  # noqa: B023 # called at once


class Worker:
    """A worker with a configuration file; its log at the most talkative level."""

    def __init__(self, file, directory, name):
        address = directory / f"{name}.address"
        self.child = Child(
            rapport_command(
                "worker",
                *("--kafka-config", str(file), "--data-dir", str(directory / name)),
                *("--partitions", str(PARTITIONS), "--log-level", "DEBUG"),
                *("--http-port", "0", "--address-file", str(address)),
            ),
            directory / f"{name}.log",
        )
        self.until(lambda: address.exists() and address.read_text())
        self.url = address.read_text()

    def until(self, holds):
        deadline = time.monotonic() + SECONDS_MAX
        while not holds():
            assert self.child.exit_code is None, self.child.tail()
            assert time.monotonic() < deadline, self.child.tail()
            time.sleep(0.1)

    def status(self):
        try:
            return fetch_json(f"{self.url}/status")
        except RapportError:
            return {"evaluated_events": -1, "ready": False}

    def until_handled(self, count):
        self.until(lambda: self.status()["evaluated_events"] >= count)


def committed(admin):
    offsets = admin.list_group_offsets([GROUP])[GROUP]
    return sum(found.offset for tp, found in offsets.items() if tp.topic == "tickets")


def resolved(number, client="finance"):
    return TicketResolved(client=client, ticket_id=f"T{number}", priority="P3", sla_met=True)


def recorded_without_the_registry(file):
    """Record a signal as a user who may write events and read nothing."""
    arguments = ["signal", "finance", "--signal", "options_open", "--kafka-config", str(file)]
    done = CliRunner().invoke(record, arguments)
    assert done.exit_code == 0, done.output
    assert "may not read the registry" in done.stderr


def who_recorded(file):
    """Return the user whom the first record of a talk, a signal or a promise names."""
    access = read_kafka_config(None, file).aiokafka
    with contextlib.closing(
        KafkaConsumer("relationship", auto_offset_reset="earliest", **access)
    ) as consumer:
        return dict(next(consumer).headers)["ce_recordedby"]


@pytest.mark.usefixtures("topics", "new_processes")
def test_a_worker_and_a_publisher_do_all_their_work_with_these_rights_and_tell_no_password(
    admin, granted, tmp_path
):
    publisher_kafka, worker_kafka = granted("publisher", "publisher"), granted("worker", "worker")
    file = worker_kafka.file
    worker = Worker(file, tmp_path, "first")
    try:
        with Publisher.from_config(publisher_kafka.file, source="urn:test") as publisher:
            publisher.publish(
                ClientRegistered(client="finance", name="F", owner="team", aliases=[ALIAS])
            ).wait()
            for number in range(20):
                publisher.publish(resolved(number, ALIAS), id=str(number), time=NOW).wait()
                publisher.publish(resolved(number), id=str(number), time=NOW)
            publisher.publish(resolved(99, "untrusted"), id="99", time=NOW).wait()
        worker.until_handled(41)
        recorded_without_the_registry(publisher_kafka.file)
        assert who_recorded(worker_kafka.file) == b"publisher"
        worker.until_handled(42)
        outcomes = worker.status()["outcomes"]
        assert outcomes == {
            "applied": 21,
            "duplicate": 20,
            "dead_lettered": 1,
            "forwarded": 20,
        }, outcomes
        worker.until(lambda: committed(admin) == 61)
        assert worker.url.startswith("http://127.0.0.1:")
        assert_no_password_shows(worker.child, tmp_path)
    finally:
        worker.child.stop()
    # With an empty store, the ledger comes back from its changelog.
    worker = Worker(file, tmp_path, "second")
    try:
        worker.until(lambda: worker.status()["ready"])
        assert worker.status()["recovered_pages"] > 0
    finally:
        worker.child.stop()
    assert_no_password_shows(worker.child, tmp_path)


def assert_no_password_shows(child, directory):
    """Neither in the command line of any process, nor in a log."""
    lines = command_lines()
    assert any(str(directory).encode() in line for line in lines) or child.exit_code is not None
    texts = [path.read_bytes() for path in directory.glob("*.log")]
    assert sum(map(len, texts)) > 10_000
    assert not any(b"Sesam" in text for text in (*lines, *texts))


def test_nothing_listens_beyond_this_machine(secured):
    bound = listening(secured.pid)
    assert len(bound) == 3
    assert all(address.startswith("127.") for address in bound)


def listening(parent):
    """Addresses that the children of a process listen on."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    (child,) = listed
    sockets, found = set(), []
    for path in Path(f"/proc/{child}/fd").iterdir():
        with contextlib.suppress(OSError):  # it may be closed meanwhile
            sockets.add(str(path.readlink()))
    for family, width in (("tcp", 8), ("tcp6", 32)):
        for line in Path(f"/proc/{child}/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                raw = bytes.fromhex(fields[1].partition(":")[0][width - 8 : width])
                found.append(str(ip_address(raw[::-1])))
    return found


def command_lines():
    """The command line of every process of this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it may end meanwhile
            lines.append(path.read_bytes())
    return lines


def test_a_command_that_is_not_let_in_ends_with_what_to_do_and_no_traceback(configs, tmp_path):
    wrong = configs.write("worker", name="wrong", password="Sesam?")  # noqa: S106 # a wrong one
    no_rights = "User:limited lacks rights (ACLs) that the worker needs"
    worker = ("worker", "--data-dir", str(tmp_path / "data"), "--http-port", "0")
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("trans_date,amount,merchant,cac2\n2026-03-02,1.00,shop,Law\n")
    importing = ("import", "purchases", str(ledger), "-m", "purchase-card-ledger")
    state = ("--state", str(tmp_path / "state"))
    unknown = "does not know user 'worker' with this password"
    for command, file, expected in (
        (worker, wrong, unknown),
        ((*importing, *state), wrong, unknown),
        (("intake", "--port", "0"), wrong, unknown),
        (("access", "worker"), configs.write("limited"), no_rights),
    ):
        done = subprocess.run(
            rapport_command(*command),
            env={**os.environ, "RAPPORT_KAFKA_CONFIG": str(file)},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        message = done.stderr
        assert done.returncode == 1
        assert message.startswith("rapport: ")
        assert expected in message
        assert "Traceback" not in message
        assert "Sesam" not in message


def test_the_broker_s_own_files_with_passwords_are_private_and_no_process_shows_them(secured):
    for name in ("server.properties", "users.arguments"):
        assert (secured.data_dir / name).stat().st_mode & 0o077 == 0
    lines = command_lines()
    assert any(b"kafka.Kafka" in line for line in lines)
    assert not any(b"Sesam" in line for line in lines)
