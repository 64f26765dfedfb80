// Publishes events with the official SDK for JavaScript, to Kafka and over HTTP, in every mode.
import { CloudEvent, HTTP, Kafka as KafkaBinding } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const [bootstrap, url] = process.argv.slice(2);

function event(id, changes = {}) {
  const data = { client: "finance", ticket_id: id, kind: "incident", priority: "P2" };
  return new CloudEvent({
    id: `js/${id}`,
    source: "urn:sdk:js",
    type: "rapport.ticket.opened.v1",
    subject: "INC 1", // over HTTP, this SDK does not percent-encode
    datacontenttype: "application/json",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    partitionkey: "finance",
    data,
    ...changes,
  });
}

function inBase64(id) {
  const { data } = event(id);
  return event(id, { data: undefined, data_base64: Buffer.from(JSON.stringify(data)).toString("base64") });
}

const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer();
await producer.connect();
for (const { key, value, headers } of [
  KafkaBinding.binary(event("kafka/binary")),
  KafkaBinding.structured(event("kafka/structured")),
  KafkaBinding.structured(inBase64("kafka/base64")),
]) {
  const text = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  // This SDK also sets headers to undefined, which kafkajs refuses.
  const present = Object.fromEntries(Object.entries(headers).filter(([, it]) => it !== undefined));
  await producer.send({ topic: "tickets", messages: [{ key, value: text, headers: present }] });
}
await producer.disconnect();

for (const { headers, body } of [
  HTTP.binary(event("http/binary")),
  HTTP.structured(event("http/structured")),
  HTTP.structured(inBase64("http/base64")),
]) {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const answer = await fetch(`${url}/events`, { method: "POST", headers, body: text });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
}
