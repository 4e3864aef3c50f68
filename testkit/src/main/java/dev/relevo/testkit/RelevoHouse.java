package dev.relevo.testkit;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.common.protocol.TopicNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A whole Relevo in this JVM for tests: Kafka, a dispatcher, and nodes whose models do what a
 * script says. {@link RelevoExtension} gives it to JUnit tests; anybody else may {@link #start} and
 * close one. Thread-safe.
 */
public final class RelevoHouse implements AutoCloseable {
  private static final int READY_TOPICS = 4;

  private final Building building;
  private final String owner;
  private final boolean guest;
  private volatile JobLog.Mark began = JobLog.Mark.START;

  /**
   * @param owner who scripts models, for messages
   * @param guest whether others live here too: closing then only takes away what is the owner's
   */
  RelevoHouse(Building building, String owner, boolean guest) {
    this.building = building;
    this.owner = owner;
    this.guest = guest;
  }

  /**
   * Starts a house; returns when it takes jobs.
   *
   * @throws IllegalStateException if something does not start; nothing is left running then
   * @throws dev.relevo.common.config.SettingsException if a setting is wrong
   */
  public static RelevoHouse start(HouseOptions options) {
    return new RelevoHouse(Building.build(options), "this house's owner", false);
  }

  /** Where Kafka is, {@code host:port}. */
  public String bootstrapServers() {
    return building.bootstrapServers();
  }

  /** The names of the topics. */
  public TopicNames topics() {
    return building.names();
  }

  /** Options for a client of this house, to be changed and connected. */
  public JobClientOptions.Builder clientOptions() {
    return building.clientOptions().readyTopics(READY_TOPICS);
  }

  /** A client of this house, the same each time; it is closed with the house. */
  public JobClient client() {
    return building.client(this::clientOptions);
  }

  /** A model, to be scripted, and asked what was asked of it. */
  public ScriptedModel model(String name) {
    return new ScriptedModel(this, name);
  }

  /**
   * What models without a script of their own do.
   *
   * @throws IllegalStateException when the house is shared
   */
  public ScriptedModel anyModel() {
    requireOwn("anyModel");
    return model(ScriptBook.ANY_MODEL);
  }

  /** All jobs that were sent since the test began, as they stand in Kafka. */
  public List<AskedJob> requests() {
    return requests(job -> true);
  }

  /** The ids of the nodes that run. */
  public Set<String> nodes() {
    return building.fleet().running();
  }

  /**
   * Stops a node as if its process had died: it says nothing and hands over nothing. Waits until it
   * has gone; others notice by its beats, within half a second.
   *
   * @throws IllegalStateException if it does not run, or the house is shared
   */
  public void killNode(String id) {
    requireOwn("killNode");
    building.fleet().kill(id);
    building.fleet().awaitKilled(id);
  }

  /**
   * Stops a node in order: it hands its jobs over to the others.
   *
   * @throws IllegalStateException if it does not run, or the house is shared
   */
  public void stopNode(String id) {
    requireOwn("stopNode");
    building.fleet().stop(id);
  }

  /**
   * Starts a node, unless it runs: one that was stopped, or a new one. Waits until it takes work.
   *
   * @throws IllegalStateException if the house is shared
   */
  public void startNode(String id) {
    requireOwn("startNode");
    building.fleet().start(Set.of(id));
  }

  /** What was asked and answered since the test began, for people. */
  public String report() {
    return HouseReport.of(
        requests(job -> book().concerns(owner, job.model())),
        book().calls(call -> book().concerns(owner, call.model())),
        building.log().dead(began),
        nodes());
  }

  /** Stops everything and removes its data; in a shared house, forgets this test class. */
  @Override
  public void close() {
    if (guest) {
      book().restore(owner, Map.of());
    } else {
      building.close();
    }
  }

  /** The same house for another test class. */
  RelevoHouse asGuest(String other) {
    return new RelevoHouse(building, other, true);
  }

  List<AskedJob> requests(Predicate<AskedJob> wanted) {
    return building.log().jobs(began).stream().filter(wanted).toList();
  }

  List<AskedJob> awaitRequests(String what, Predicate<AskedJob> wanted, int count) {
    long patienceNanos = building.options().patience().toNanos();
    long endNanos = System.nanoTime() + patienceNanos;
    List<AskedJob> found = requests(wanted);
    while (found.size() < count && System.nanoTime() < endNanos) {
      building.log().awaitMore();
      found = requests(wanted);
    }
    if (found.size() < count) {
      throw new AssertionError(complaint(what, found.size(), count));
    }
    return found;
  }

  List<ModelCall> awaitCalls(String what, Predicate<ModelCall> wanted, int count) {
    return book()
        .await(
            wanted,
            count,
            building.options().patience(),
            () -> complaint(what, book().calls(wanted).size(), count));
  }

  private String complaint(String what, int found, int count) {
    long seconds = TimeUnit.MILLISECONDS.toSeconds(building.options().patience().toMillis());
    return "%s %d times within %d s, expected %d%n%s"
        .formatted(what, found, seconds, count, report());
  }

  void write(String model, List<Step> steps) {
    book().write(owner, model, steps);
  }

  ScriptBook book() {
    return building.book();
  }

  void requireOwn(String wish) {
    if (guest) {
      throw new IllegalStateException(
          wish + " is not for one test class of a shared house: give it one of its own");
    }
  }

  /**
   * How things stand before a test.
   *
   * @param scripts its models'
   * @param nodes which run
   */
  record Before(Map<String, List<Step>> scripts, Set<String> nodes) {}

  Before beginTest() {
    began = building.log().mark();
    return new Before(book().scripts(owner), nodes());
  }

  void endTest(Before before) {
    book().restore(owner, before.scripts());
    if (!guest) {
      building.fleet().restore(before.nodes());
    }
  }
}
