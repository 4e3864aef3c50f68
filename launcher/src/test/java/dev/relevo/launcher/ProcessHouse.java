package dev.relevo.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A house of real processes: a broker that can be restarted, dispatchers and nodes. */
public final class ProcessHouse implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final List<RelevoProcess> processes = new ArrayList<>();
  private RelevoProcess broker;

  /** Starts the broker. */
  public ProcessHouse(Path folder) throws Exception {
    this.folder = folder;
    this.port = FreePort.next();
    this.broker = startBroker();
    this.broker.ready();
  }

  public String kafka() {
    return "127.0.0.1:" + port;
  }

  /** A way to the broker on which a test can hold up single connections; the test closes it. */
  Switchboard switchboard() throws IOException {
    return new Switchboard(port);
  }

  public RelevoProcess broker() {
    return broker;
  }

  /** Starts the broker, which is down, on its folder and port. */
  public void restartBroker() throws Exception {
    broker = startBroker();
    broker.ready();
  }

  private RelevoProcess startBroker() throws IOException {
    return start("broker", "--kafka-port", Integer.toString(port));
  }

  /** Starts a dispatcher; it is not ready yet. */
  public RelevoProcess dispatcher() throws IOException {
    return start("dispatcher", "--bootstrap", kafka());
  }

  /**
   * Starts a dispatcher that others miss only after so long; it is not ready yet.
   *
   * @param sessionTimeout as in the settings
   */
  RelevoProcess dispatcher(String sessionTimeout) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("dispatcher.yaml"),
            "dispatcher:\n  session-timeout: " + sessionTimeout + "\n");
    return start("dispatcher", "-c", file.toString(), "--bootstrap", kafka());
  }

  /**
   * Starts a node with two echo backends, one that continues an answer and {@code again-slow} that
   * has to begin again; it is not ready yet.
   *
   * @param priority of its backends: the lowest that has room gets a job
   * @param heartbeat its interval
   */
  RelevoProcess node(String id, int priority, String heartbeat) throws IOException {
    return node(id, priority, heartbeat, kafka());
  }

  /**
   * Starts such a node.
   *
   * @param bootstrap where it finds the broker
   */
  RelevoProcess node(String id, int priority, String heartbeat, String bootstrap)
      throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve(id + ".yaml"),
            """
            node:
              id: %s
              heartbeat-interval: %s
              drain-timeout: 2s
              backends:
                - type: echo
                  priority: %d
                - name: forgetful
                  type: echo
                  priority: %d
                  models: [again-slow]
                  capabilities: { continue-prefix: false }
            """
                .formatted(id, heartbeat, priority, priority));
    return start("node", "-c", settings.toString(), "--bootstrap", bootstrap);
  }

  /**
   * Starts a node; it is not ready yet.
   *
   * @param settings its whole file, in which it has this id
   */
  public RelevoProcess node(String id, String settings) throws IOException {
    Path file = Files.writeString(folder.resolve(id + ".yaml"), settings);
    return start("node", "-c", file.toString(), "--bootstrap", kafka());
  }

  /** Starts a node that serves one model only; it is not ready yet. */
  RelevoProcess nodeFor(String id, String model) throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve(id + ".yaml"),
            """
            node:
              id: %s
              heartbeat-interval: 500ms
              backends:
                - type: echo
                  models: [%s]
            """
                .formatted(id, model));
    return start("node", "-c", settings.toString(), "--bootstrap", kafka());
  }

  /**
   * Starts a large node with a slow heartbeat, little patience and these backends; it is not ready
   * yet.
   *
   * @param backends the list of {@code node.backends} in YAML
   */
  RelevoProcess nodeWith(String id, String backends) throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve(id + ".yaml"),
            """
            node:
              id: %s
              capacity: 64
              heartbeat-interval: 3s
              drain-timeout: 2s
              backends:
            %s
            """
                .formatted(id, backends.indent(4)));
    return start("node", "-c", settings.toString(), "--bootstrap", kafka());
  }

  /** Starts a tool; it has not ended yet. */
  RelevoProcess tool(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap", kafka()));
    return start(all.toArray(String[]::new));
  }

  /** Starts {@code ./relevo ARGUMENTS}; it is not ready yet. */
  RelevoProcess start(String... arguments) throws IOException {
    RelevoProcess process = RelevoProcess.start(folder, arguments);
    processes.add(process);
    return process;
  }

  /** Submits a job whose answer goes to an inbox. */
  static LiveAnswer submit(
      PlainProducer producer, InboxReader inbox, int home, String model, String text)
      throws Exception {
    return submit(producer, inbox, home, model, text, Map.of());
  }

  static LiveAnswer submit(
      PlainProducer producer,
      InboxReader inbox,
      int home,
      String model,
      String text,
      Map<String, String> headers)
      throws Exception {
    String job = UUID.randomUUID().toString();
    Map<String, String> all = new HashMap<>(headers);
    all.put("relevo-reply-topic", inbox.topic());
    LiveAnswer answer = inbox.answer(job);
    producer.send(job, home, Words.request(model, text), all);
    return answer;
  }

  @Override
  public void close() {
    processes.reversed().forEach(RelevoProcess::close);
  }
}
