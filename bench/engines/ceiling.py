"""The ceiling of one Python process: aiokafka and the validation, no state."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer
from common import TOPICS, Clock, validated


async def main() -> None:
    bootstrap, event_count = sys.argv[1], int(sys.argv[2])
    clock = Clock("aiokafka + validation (ceiling)", event_count, "none")
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=bootstrap, group_id="ceiling", auto_offset_reset="earliest"
    )
    await consumer.start()
    done = False
    while not done:
        for batch in (await consumer.getmany(timeout_ms=1000)).values():
            for record in batch:
                validated(record.headers, record.value)
            done = clock.seen(len(batch)) or done
    await consumer.stop()


asyncio.run(main())
