"""CloudEvents over HTTP into Kafka: who may send, what is taken, and when it is acknowledged."""
