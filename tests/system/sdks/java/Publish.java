// Publishes events with the official SDK for Java, to Kafka and over HTTP, in every mode.
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Publish {
  static final EventFormat JSON = new JsonFormat();
  static final EventFormat BASE64 = new JsonFormat().withForceJsonDataToBase64();

  static CloudEvent event(String id) {
    String data = "{\"client\":\"finance\",\"ticket_id\":\"" + id
        + "\",\"kind\":\"incident\",\"priority\":\"P2\"}";
    return CloudEventBuilder.v1()
        .withId("java/" + id)
        .withSource(URI.create("urn:sdk:java"))
        .withType("rapport.ticket.opened.v1")
        .withTime(OffsetDateTime.now())
        .withSubject("INC 1 €")
        .withExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .withExtension("sampled", true)
        .withExtension("sequence", 7)
        .withData("application/json", data.getBytes(StandardCharsets.UTF_8))
        .build();
  }

  static void toKafka(String bootstrap, String id, Encoding encoding, EventFormat format)
      throws Exception {
    CloudEventSerializer serializer = new CloudEventSerializer();
    serializer.configure(
        encoding == Encoding.BINARY
            ? Map.of(CloudEventSerializer.ENCODING_CONFIG, encoding)
            : Map.of(
                CloudEventSerializer.ENCODING_CONFIG, encoding,
                CloudEventSerializer.EVENT_FORMAT_CONFIG, format),
        false);
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap);
    try (KafkaProducer<String, CloudEvent> producer =
        new KafkaProducer<>(settings, new StringSerializer(), serializer)) {
      producer.send(new ProducerRecord<>("tickets", "finance", event(id))).get();
    }
  }

  static HttpURLConnection connection(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(url + "/events").openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setDoInput(true);
    return connection;
  }

  static void overHttp(String url, String id, EventFormat format) throws IOException {
    HttpURLConnection connection = connection(url);
    var writer = HttpMessageFactory.createWriter(
        connection::setRequestProperty,
        body -> {
          try {
            connection.getOutputStream().write(body);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
    if (format == null) {
      writer.writeBinary(event(id));
    } else {
      writer.writeStructured(event(id), format);
    }
    if (connection.getResponseCode() != 202) {
      throw new IOException(id + ": " + connection.getResponseCode());
    }
  }

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    String url = arguments[1];
    toKafka(bootstrap, "kafka/binary", Encoding.BINARY, JSON);
    toKafka(bootstrap, "kafka/structured", Encoding.STRUCTURED, JSON);
    toKafka(bootstrap, "kafka/base64", Encoding.STRUCTURED, BASE64);
    overHttp(url, "http/binary", null);
    overHttp(url, "http/structured", JSON);
    overHttp(url, "http/base64", BASE64);
  }
}
