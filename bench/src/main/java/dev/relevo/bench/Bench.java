package dev.relevo.bench;

import dev.relevo.broker.BrokerStartException;
import dev.relevo.common.config.ReplyMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Measures Relevo against three raw Kafka hops, by turns in one run: ratios, for a machine's mood
 * changes by the minute.
 */
public final class Bench {
  /** Until the JVM has compiled what a single request runs through, broker and all. */
  private static final int WARM_UP_REQUESTS = 2_000;

  private static final int WARM_UP_TOPICS = 500;
  private static final int WARM_UP_JOBS = 30_000;

  /** Alone is a request when what the one before left behind is done: acknowledgements, topics. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  private static final String TEXT = "Tell me a story about a relay. ".repeat(15);

  private Bench() {}

  /**
   * Runs everything; takes some minutes.
   *
   * @param options what to measure
   * @param progress takes a line at every turn
   * @return the report
   * @throws BrokerStartException if no broker was given and none could be started
   * @throws IOException if the gateway in this JVM cannot be reached
   */
  public static String run(BenchOptions options, Consumer<String> progress)
      throws BrokerStartException, InterruptedException, IOException {
    progress.accept("starting broker, dispatcher and nodes");
    byte[] body = TEXT.getBytes(StandardCharsets.UTF_8);
    try (BenchHouse house = new BenchHouse(options.bootstrap());
        RawHops floor = new RawHops(house.clients(), house.prefix(), body);
        JobsThroughRelevo inbox = ours(house, "Relevo, inbox", ReplyMode.INBOX);
        JobsThroughRelevo topics =
            ours(house, "Relevo, topic per request", ReplyMode.TOPIC_PER_REQUEST);
        JobsOverHttp http = new JobsOverHttp("Relevo, HTTP stream", house.httpPort(), TEXT)) {
      List<Contender> latency = List.of(floor, inbox, http, topics);
      List<Contender> throughput = List.of(floor, inbox, http);
      progress.accept("warming up");
      new Rounds(throughput, turn -> {}).throughput(1, WARM_UP_JOBS, options.inFlight());
      new Rounds(throughput, turn -> {}).firstAnswers(1, WARM_UP_REQUESTS, 0);
      new Rounds(latency, turn -> {}).firstAnswers(1, WARM_UP_TOPICS, 0);
      List<Rounds.Series> alone =
          new Rounds(latency, progress)
              .firstAnswers(options.rounds(), options.requests(), PAUSE_NANOS);
      String aloneTimes =
          Report.times(
              "Time to the first piece of the answer, one job at a time with "
                  + TimeUnit.NANOSECONDS.toMillis(PAUSE_NANOS)
                  + " ms between, median of "
                  + options.requests(),
              alone);
      String gateway = Report.difference(alone, inbox.name(), http.name());
      String backToBack =
          Report.times(
              "The same, back to back: the next job meets what the one before left behind",
              new Rounds(latency, progress).firstAnswers(options.rounds(), options.requests(), 0));
      String rates =
          Report.rates(
              "Jobs a second, " + options.inFlight() + " in flight, one piece each",
              new Rounds(throughput, progress)
                  .throughput(options.rounds(), options.jobs(), options.inFlight()));
      return String.join(System.lineSeparator(), aloneTimes, gateway, backToBack, rates);
    }
  }

  private static JobsThroughRelevo ours(BenchHouse house, String name, ReplyMode mode) {
    return new JobsThroughRelevo(name, house.bootstrap(), house.prefix(), mode, TEXT);
  }
}
