package dev.relevo.gateway.chat;

import dev.relevo.client.JobClient;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.LiveFleet;
import dev.relevo.operator.LiveJobs;
import io.helidon.http.Method;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * {@code POST /v1/chat/completions}: makes a job of the request and hands its answer out, whole or
 * as it comes. Keeps nothing but what one open request needs.
 */
public final class ChatRoutes {
  /** How long a stream is silent before a comment keeps the line open. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  /** Dispatchers fail what no node takes in time; so long after that there is none. */
  private static final Duration NO_DISPATCHER = Duration.ofSeconds(5);

  /** What a job may have, less what its headers take. */
  private static final long MOST_BODY_BYTES = KafkaClients.MAX_JOB_BYTES - (64 << 10);

  private final ChatJobs jobs;
  private final Supplier<Fleet> fleet;
  private final Duration maxWait;
  private final int mostBytes;
  private final InstantSource clock;
  private final Answering answering;

  /**
   * Answers with these.
   *
   * @param client submits, and reads what is answered
   * @param settings how long jobs wait for a node, and how large requests are
   */
  public ChatRoutes(JobClient client, LiveFleet fleet, LiveJobs jobs, GatewaySettings settings) {
    this(
        client,
        new KafkaJobs(jobs),
        fleet::now,
        settings,
        KEEP_ALIVE,
        NO_DISPATCHER,
        InstantSource.system());
  }

  /**
   * @param submitted finds the jobs of requests that were made before
   * @param fleet who is there now
   * @param keepAlive how long a stream may be silent
   * @param noDispatcher how long after a job's wait is over a dispatcher may take to say so
   */
  ChatRoutes(
      JobClient client,
      SubmittedJobs submitted,
      Supplier<Fleet> fleet,
      GatewaySettings settings,
      Duration keepAlive,
      Duration noDispatcher,
      InstantSource clock) {
    this.jobs = new ChatJobs(client, submitted, noDispatcher, clock);
    this.fleet = fleet;
    this.maxWait = settings.maxWait();
    this.mostBytes = (int) Math.min(settings.limits().requestBytes(), MOST_BODY_BYTES);
    this.clock = clock;
    this.answering = new Answering(keepAlive);
  }

  /** What is answered. */
  public List<Route> routes() {
    return List.of(
        new Route(
            Method.POST, "/v1/chat/completions", Right.CHAT, ErrorShape.OPENAI, this::complete));
  }

  private void complete(Exchange exchange) throws InterruptedException {
    long beganNanos = System.nanoTime();
    ChatRequest request = ChatRequest.read(exchange.body(mostBytes));
    JobOptions options =
        JobOptions.read(exchange::header, exchange.principal(), request, maxWait, clock.millis());
    Optional<IdempotencyKey> key =
        IdempotencyKey.read(exchange.header(IdempotencyKey.HEADER), options.headers().tenant());
    Fleet there = fleet.get();
    List<String> fallbacks = options.headers().fallbackModels();
    ServedModels.require(
        there, Stream.concat(Stream.of(request.model()), fallbacks.stream()).toList());
    Source source;
    try {
      source =
          key.isPresent() ? jobs.begin(key.get(), request, options) : jobs.begin(request, options);
    } catch (KafkaProblem e) {
      throw JobFailures.kafka(e);
    }
    if (exchange.isCallerGone()) {
      source.leave();
      throw new CallerGoneException("the caller went before the job was submitted");
    }
    answering.answer(
        new Answering.Asked(
            exchange,
            request,
            ServedModels.expected(there, request.model(), fallbacks),
            key.isEmpty() ? Optional.empty() : Optional.of(job -> elsewhere(job, request, options)),
            beganNanos),
        source);
  }

  private Source elsewhere(String job, ChatRequest request, JobOptions options)
      throws InterruptedException {
    try {
      return jobs.elsewhere(job, request, options);
    } catch (KafkaProblem e) {
      throw JobFailures.kafka(e);
    }
  }
}
