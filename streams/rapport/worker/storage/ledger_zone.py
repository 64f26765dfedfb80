"""Zone of the ledger: whose days its pages have, the same for all workers.

It is a record in the topic of the registry. Every writer's record has a key of its own, so Kafka's
compaction never removes the first one; the first record of the newest rebuild is in force.
"""

import asyncio
import json
import logging
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from rapport.domain.calendar import UTC_NAME, Calendar
from rapport.kafka.acl import Grant, explain_missing
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import TopicReader, TopicReadError, open_reader
from rapport_schemas.wire.envelope import JSON_HEADER
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, CLIENTS_TOPIC
from rapport_schemas.wire.topic_names import PREFIX

log = logging.getLogger(__name__)
KEY_PREFIX: Final = b"setting:zone:"
"""No id of a client has a colon."""
LOCAL_FILE: Final = "ledger-zone"
UNMARKED: Final = f"{UTC_NAME} 0"
"""What a local store without the file has."""
WAIT_SECONDS: Final = 1.0
ATTEMPTS_MAX: Final = 60
"""How often a broker that is starting is asked."""


class ZoneRefusedError(RapportError):
    """The zone that a worker was given is not that of the ledger."""


class LedgerZone(NamedTuple):
    """The zone in force, and how often the ledger was rebuilt."""

    name: str = UTC_NAME
    rebuilds: int = 0


def is_zone_setting(record: Any) -> bool:
    """Return whether a record of the registry's topic is this setting."""
    return (getattr(record, "key", None) or b"").startswith(KEY_PREFIX)


def zone_in_force(records: Iterable[Any]) -> LedgerZone | None:
    """Return the setting in force, given the topic's records in their order; None without one."""
    settings: dict[bytes, LedgerZone | None] = {}
    for record in filter(is_zone_setting, records):
        # A key that is written again counts from then on.
        settings.pop(record.key, None)
        settings[record.key] = _parse(record.value)
    found = [setting for setting in settings.values() if setting is not None]
    return max(found, key=lambda setting: setting.rebuilds, default=None)


def _parse(value: bytes | None) -> LedgerZone | None:
    try:
        document = json.loads(value or b"null")
        zone, rebuilds = document["zone"], document["rebuilds"]
    except (ValueError, TypeError, KeyError):
        return None
    is_valid = isinstance(zone, str) and type(rebuilds) is int
    return LedgerZone(zone, rebuilds) if is_valid else None


async def read_zone(kafka: Kafka) -> LedgerZone:
    """Return the zone of the ledger; a ledger without the setting is UTC's."""
    async with open_reader(kafka.aiokafka, CLIENTS_TOPIC) as reader:
        return await _read(reader) or LedgerZone()


async def write_zone(kafka: Kafka, setting: LedgerZone) -> None:
    """Write a setting, and wait for every in-sync replica."""
    producer = AIOKafkaProducer(**kafka.aiokafka, acks="all")
    await producer.start()
    try:
        key = KEY_PREFIX + uuid.uuid4().hex.encode()
        value = json.dumps({"zone": setting.name, "rebuilds": setting.rebuilds}).encode()
        await producer.send_and_wait(CLIENTS_TOPIC, value, key, headers=[JSON_HEADER])
    except TopicAuthorizationFailedError as error:
        missing = [Grant("topic", CLIENTS_TOPIC, "WRITE")]
        raise ZoneRefusedError(explain_missing(kafka, "worker", missing)) from error
    finally:
        await producer.stop()


async def settle_zone(kafka: Kafka, wanted: str | None) -> LedgerZone:
    """Return the zone of the ledger, and set it when this is the first worker.

    `wanted` is the zone that the worker was given, None for whichever is set. Raises
    `ZoneRefusedError` when the ledger has another one.
    """
    if wanted is not None:
        Calendar(wanted)  # refuses a name that is no zone
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return _checked(kafka, wanted, await _settle(kafka, wanted))
        except (KafkaError, OSError) as error:
            if attempt == ATTEMPTS_MAX:
                raise TopicReadError(
                    f"Kafka at {kafka.bootstrap} did not give the zone of the ledger: {error!r}"
                ) from error
            log.warning("cannot read topic %s: %s; trying again", CLIENTS_TOPIC, error)
        await asyncio.sleep(WAIT_SECONDS)
    raise AssertionError


async def _settle(kafka: Kafka, wanted: str | None) -> LedgerZone:
    async with open_reader(kafka.aiokafka, CLIENTS_TOPIC, CHANGELOG_TOPIC) as reader:
        while not await reader.spans(CLIENTS_TOPIC):
            log.warning("topic %s does not exist yet; `rapport topics` creates it", CLIENTS_TOPIC)
            await asyncio.sleep(WAIT_SECONDS)
        setting = await _read(reader)
        if setting is None:
            spans = await reader.spans(CHANGELOG_TOPIC)
            is_empty = not any(end for _, end in spans.values())
            first = wanted if wanted is not None and is_empty else UTC_NAME
            await write_zone(kafka, LedgerZone(first))
            # Another worker may have been the first.
            while (setting := await _read(reader)) is None:
                log.warning("topic %s: an open transaction holds back the zone", CLIENTS_TOPIC)
                await asyncio.sleep(WAIT_SECONDS)
    return setting


def _checked(kafka: Kafka, wanted: str | None, setting: LedgerZone) -> LedgerZone:
    if wanted is not None and wanted != setting.name:
        raise ZoneRefusedError(
            f"the ledger at {kafka.bootstrap} has the days of {setting.name}, and this worker was "
            f"given --zone {wanted}: every worker must have the same. Leave --zone out, or give "
            f"the ledger other days with: rapport ledger rebuild --zone {wanted}"
        )
    return setting


async def _read(reader: TopicReader) -> LedgerZone | None:
    spans = await reader.spans(CLIENTS_TOPIC)
    return zone_in_force([record async for _, record in reader.read(spans)])


def discard_other_store(data_dir: Path, setting: LedgerZone) -> None:
    """Delete a local store of another ledger: the changelog has this one.

    It has other days, is of before a rebuild, or belongs to another prefix.
    """
    file = data_dir / LOCAL_FILE
    found = file.read_text(encoding="utf-8") if file.exists() else UNMARKED
    if found != _local_text(setting):
        for tables in data_dir.glob("v*/tables"):
            log.warning("%s has another ledger (%s): it is deleted and recovered", tables, found)
            shutil.rmtree(tables)
    mark_store(data_dir, setting)


def mark_store(data_dir: Path, setting: LedgerZone | None) -> None:
    """Say whose days a local store has; None for one that the next start deletes."""
    text = "mixed days" if setting is None else _local_text(setting)
    (data_dir / LOCAL_FILE).write_text(text, encoding="utf-8")


def _local_text(setting: LedgerZone) -> str:
    return f"{setting.name} {setting.rebuilds} {PREFIX}".rstrip()
