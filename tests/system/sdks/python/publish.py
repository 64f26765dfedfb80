"""Publishes events with the official SDK for Python, to Kafka and over HTTP, in every mode."""

import json
import sys

import requests
from cloudevents import http, kafka
from kafka import KafkaProducer

bootstrap, url = sys.argv[1:]


def event(name, data=None, datacontenttype="application/json"):
    attributes = {
        "id": f"python/{name}",
        "source": "urn:sdk:python",
        "type": "rapport.ticket.opened.v1",
        "subject": "INC 1",  # over HTTP, this SDK does not percent-encode
        "datacontenttype": datacontenttype,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "partitionkey": "finance",
    }
    fields = {"client": "finance", "ticket_id": name, "kind": "incident", "priority": "P2"}
    return http.CloudEvent(attributes, data or fields)


def in_base64(name):
    """Return an event whose data the SDK gets as bytes, so that it writes data_base64."""
    return event(name, json.dumps(event(name).data).encode())


producer = KafkaProducer(bootstrap_servers=bootstrap)
for message in (
    kafka.to_binary(event("kafka/binary")),
    kafka.to_structured(event("kafka/structured")),
):
    key = message.key.encode() if isinstance(message.key, str) else message.key
    headers = list(message.headers.items())
    producer.send("tickets", message.value, key, headers=headers).get(60)
producer.close()
for headers, body in (
    http.to_binary(event("http/binary")),
    http.to_structured(event("http/structured")),
    http.to_structured(in_base64("http/base64")),
):
    answer = requests.post(f"{url}/events", data=body, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text
