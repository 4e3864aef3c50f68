package dev.relevo.gateway;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.gateway.batches.BatchLimits;
import dev.relevo.gateway.batches.Batches;
import dev.relevo.gateway.chat.ChatRoutes;
import dev.relevo.gateway.files.FileLimits;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Route;
import dev.relevo.gateway.jobs.JobRoutes;
import dev.relevo.gateway.operate.OperateRoutes;
import dev.relevo.operator.LiveFleet;
import dev.relevo.operator.LiveJobs;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The HTTP door: a client of Kafka like any other, which keeps nothing that a restart would lose.
 * Any number may run side by side, and each can go on with what another began.
 */
public final class Gateway implements AutoCloseable {
  /** What its parts need for their end, besides the requests that run. */
  private static final Duration PARTS_CLOSE_BOUND = Duration.ofSeconds(20);

  /** A house with very much state is answered for before all of it was read. */
  private static final Duration CATCH_UP_BOUND = Duration.ofSeconds(10);

  private final GatewaySettings settings;

  /** What is answered before Kafka is there. */
  private final List<Route> early;

  /** What was started, in order; closed the other way round. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private final HttpDoor door;
  private final GatewayHost host;
  private volatile List<Route> served = List.of();
  private volatile Supplier<Optional<String>> complaint = Optional::empty;

  private Gateway(GatewaySettings settings, GatewayHost host) throws IOException {
    this.host = host;
    this.settings = settings.withHashedKeys();
    this.early = new ArrayList<>(new HealthRoutes(host).routes());
    this.early.add(DescriptionRoute.route());
    this.door = HttpDoor.open(options(), early, new Guard(this.settings, System::nanoTime));
  }

  /**
   * Listens from now on: tells of health, and everybody else to come back, until {@link #connect}.
   *
   * @throws IOException when the address cannot be had
   */
  public static Gateway open(GatewaySettings settings, GatewayHost host) throws IOException {
    return new Gateway(settings, host);
  }

  /**
   * Connects to Kafka; returns when everything is answered.
   *
   * @param topics names and sizes of the topics; they have to be there
   * @throws KafkaProblem when Kafka does not answer
   */
  public void connect(KafkaClients clients, TopicLayout topics) {
    MeterRegistry meters = host.meters();
    door.meter(meters);
    Supervisor supervisor = Supervisor.uncounted("The gateway");
    LiveFleet fleet =
        add(LiveFleet.open(clients, topics.names(), InstantSource.system(), supervisor));
    LiveJobs jobs =
        add(LiveJobs.open(clients, topics.names(), () -> fleet.now().runningFences(), supervisor));
    JobClient client = add(new JobClient(clientOptions(clients, topics)));
    Batches batches =
        add(
            Batches.start(
                clients,
                topics,
                BatchLimits.of(settings.batches()),
                FileLimits.of(settings),
                meters));
    List<Route> routes = new ArrayList<>(early);
    routes.addAll(new ChatRoutes(client, fleet, jobs, settings).routes());
    routes.addAll(new OperateRoutes(clients, topics.names(), fleet, jobs).routes());
    routes.addAll(new JobRoutes(client, jobs, topics.names()).routes());
    routes.addAll(batches.routes());
    awaitCaughtUp(fleet, jobs);
    complaint = () -> fleet.complaint().or(jobs::complaint).or(() -> complaint(client));
    door.serve(routes);
    served = List.copyOf(routes);
  }

  private static Optional<String> complaint(JobClient client) {
    return client
        .complaint()
        .map("the gateway reads no answers any more, start it again: %s"::formatted);
  }

  /** What is asked before they have caught up is told so. */
  private static void awaitCaughtUp(LiveFleet fleet, LiveJobs jobs) {
    try {
      if (fleet.awaitReady(CATCH_UP_BOUND)) {
        jobs.awaitReady(CATCH_UP_BOUND);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private JobClientOptions clientOptions(KafkaClients clients, TopicLayout topics) {
    return JobClientOptions.to(clients.access().bootstrapServers())
        .properties(clients.access().properties())
        .topics(topics)
        .replyMode(settings.replyMode())
        .keepReplies(true)
        .build();
  }

  private DoorOptions options() {
    return DoorOptions.of(settings);
  }

  private <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  /** All that is answered; nothing before {@link #connect}. */
  List<Route> routes() {
    return served;
  }

  /** Why it cannot tell of nodes, jobs or answers now, for people; empty when it can. */
  public Optional<String> missing() {
    return complaint.get();
  }

  /** Where it listens: the port. */
  public int port() {
    return door.port();
  }

  /** Where it listens, as {@code http://host:port}. */
  public String address() {
    String host = settings.host();
    String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return (settings.tls().isOn() ? "https://" : "http://") + bracketed + ":" + port();
  }

  /** The longest that an orderly end takes. */
  public static Duration closeBound(GatewaySettings settings) {
    return settings.drainTimeout().plus(PARTS_CLOSE_BOUND);
  }

  /** Ends what runs, in order; jobs run on, and other gateways can tell of them. */
  @Override
  public void close() {
    // What runs needs the parts behind it.
    door.close();
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a part of the gateway did not close", e);
      }
    }
  }
}
