package dev.relevo.broker;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Kafka's settings for one small broker on one machine: a single combined broker and controller, on
 * loopback, with a copy of everything and no more threads and buffers than that needs.
 */
final class BrokerSettings {

  /** The one node of this cluster; written into the data folder, so never to be changed. */
  static final int NODE_ID = 1;

  /** A record of 8 MiB (protocol section 2) with its key, headers and batch around it. */
  static final int MAX_MESSAGE_BYTES = 9 * 1024 * 1024;

  /** How long Kafka may take to come up before it gives up. */
  static final int MAX_STARTUP_MS = 60_000;

  private BrokerSettings() {}

  static Map<String, String> of(Path data, Listeners listeners) {
    Map<String, String> settings = new HashMap<>();
    settings.putAll(node(data, listeners));
    settings.putAll(behaviour());
    settings.putAll(size());
    return Map.copyOf(settings);
  }

  /** What clients can notice; any broker that stands in for this one needs the same. */
  static Map<String, String> behaviour() {
    Map<String, String> settings = new HashMap<>(startAndStop());
    settings.putAll(topics());
    return Map.copyOf(settings);
  }

  private static Map<String, String> node(Path data, Listeners listeners) {
    String clients = Listeners.HOST + ":" + listeners.clientPort();
    String controller = Listeners.HOST + ":" + listeners.controller().getPort();
    return Map.ofEntries(
        Map.entry("process.roles", "broker,controller"),
        Map.entry("node.id", Integer.toString(NODE_ID)),
        Map.entry("log.dirs", data.toString()),
        Map.entry(
            "listeners",
            "%s://%s,%s://%s"
                .formatted(Listeners.CLIENTS, clients, Listeners.CONTROLLER, controller)),
        Map.entry(
            "listener.security.protocol.map",
            "%s:PLAINTEXT,%s:PLAINTEXT".formatted(Listeners.CLIENTS, Listeners.CONTROLLER)),
        Map.entry("inter.broker.listener.name", Listeners.CLIENTS),
        Map.entry("controller.listener.names", Listeners.CONTROLLER),
        // A fixed quorum of one: unlike a dynamic one it leaves no port in the data folder, so the
        // next start may take another.
        Map.entry("controller.quorum.voters", NODE_ID + "@" + controller));
  }

  private static Map<String, String> startAndStop() {
    return Map.ofEntries(
        Map.entry("server.max.startup.time.ms", Integer.toString(MAX_STARTUP_MS)),
        // The default gathers metadata records for 25 ms: every new topic would wait for it.
        Map.entry("controller.quorum.append.linger.ms", "0"),
        // No record twice a second into the metadata log of an idle broker.
        Map.entry("metadata.max.idle.interval.ms", "0"),
        // After a crash the next start has to outwait the session of the broker that died.
        Map.entry("broker.session.timeout.ms", "3000"),
        Map.entry("broker.heartbeat.interval.ms", "500"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
        Map.entry("metric.reporters", ""));
  }

  private static Map<String, String> topics() {
    return Map.ofEntries(
        Map.entry("auto.create.topics.enable", "false"),
        Map.entry("default.replication.factor", "1"),
        Map.entry("min.insync.replicas", "1"),
        Map.entry("offsets.topic.replication.factor", "1"),
        Map.entry("offsets.topic.num.partitions", "4"),
        Map.entry("transaction.state.log.replication.factor", "1"),
        Map.entry("transaction.state.log.min.isr", "1"),
        Map.entry("transaction.state.log.num.partitions", "1"),
        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
        Map.entry("share.coordinator.state.topic.min.isr", "1"),
        Map.entry("share.coordinator.state.topic.num.partitions", "1"),
        Map.entry("message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES)),
        Map.entry("replica.fetch.max.bytes", Integer.toString(MAX_MESSAGE_BYTES)),
        Map.entry("replica.fetch.response.max.bytes", Integer.toString(MAX_MESSAGE_BYTES)),
        // Reply topics come and go with their jobs; their files need not stay for a minute.
        Map.entry("log.segment.delete.delay.ms", "1000"));
  }

  private static Map<String, String> size() {
    return Map.ofEntries(
        Map.entry("num.network.threads", "2"),
        Map.entry("num.io.threads", "4"),
        Map.entry("background.threads", "2"),
        Map.entry("num.replica.fetchers", "1"),
        Map.entry("num.recovery.threads.per.data.dir", "2"),
        Map.entry("log.cleaner.threads", "1"),
        Map.entry("log.cleaner.dedupe.buffer.size", "8388608"),
        Map.entry("offsets.load.buffer.size", "1048576"),
        Map.entry("transaction.state.log.load.buffer.size", "1048576"),
        // Mapped for each partition; a full one only begins the next segment early (at 512 MiB).
        Map.entry("log.index.size.max.bytes", "1048576"));
  }
}
