// Publishes events with the official SDK for Go, to Kafka and over HTTP, in every mode.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func event(id string) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID("go/" + id)
	e.SetSource("urn:sdk:go")
	e.SetType("rapport.ticket.opened.v1")
	e.SetTime(time.Now())
	e.SetSubject("INC 1 €")
	e.SetExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	data := map[string]string{"client": "finance", "ticket_id": id, "kind": "incident", "priority": "P2"}
	check(e.SetData(cloudevents.ApplicationJSON, data))
	return e
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func send(client cloudevents.Client, ctx context.Context, e cloudevents.Event) {
	if result := client.Send(ctx, e); cloudevents.IsUndelivered(result) || cloudevents.IsNACK(result) {
		log.Fatal(e.ID(), " ", result)
	}
}

func main() {
	bootstrap, url := os.Args[1], os.Args[2]+"/events"
	config := sarama.NewConfig()
	config.Version = sarama.V2_0_0_0
	sender, err := kafka_sarama.NewSender([]string{bootstrap}, config, "tickets")
	check(err)
	toKafka, err := cloudevents.NewClient(sender)
	check(err)
	protocol, err := cloudevents.NewHTTP(cloudevents.WithTarget(url))
	check(err)
	overHTTP, err := cloudevents.NewClient(protocol)
	check(err)
	for name, client := range map[string]cloudevents.Client{"kafka": toKafka, "http": overHTTP} {
		ctx := kafka_sarama.WithMessageKey(context.Background(), sarama.StringEncoder("finance"))
		send(client, cloudevents.WithEncodingBinary(ctx), event(name+"/binary"))
		send(client, cloudevents.WithEncodingStructured(ctx), event(name+"/structured"))
		inBase64 := event(name + "/base64")
		inBase64.DataBase64 = true
		send(client, cloudevents.WithEncodingStructured(ctx), inBase64)
	}
	check(sender.Close(context.Background()))
	batch := []cloudevents.Event{event("http/batch-1"), event("http/batch-2")}
	request, err := cehttp.NewHTTPRequestFromEvents(context.Background(), url, batch)
	check(err)
	response, err := http.DefaultClient.Do(request)
	check(err)
	if response.StatusCode != http.StatusAccepted {
		log.Fatal("batch: ", response.Status)
	}
}
