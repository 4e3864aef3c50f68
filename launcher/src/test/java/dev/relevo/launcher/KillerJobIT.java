package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real processes, and a job that kills every node that runs it. */
class KillerJobIT {
  @TempDir Path folder;

  @Test
  void aJobThatKillsItsNodesIsDeadAfterItsAttemptsAndNoneOfTheOthers() throws Exception {
    Map<Integer, RelevoProcess> byPort = new ConcurrentHashMap<>();
    try (ProcessHouse house = new ProcessHouse(folder);
        KillerBackend backend = new KillerBackend(byPort)) {
      house.dispatcher().ready();
      RelevoProcess attic = startOn(house, backend, "attic", byPort);
      RelevoProcess cellar = startOn(house, backend, "cellar", byPort);
      try (PlainProducer plain = new PlainProducer(house.kafka());
          InboxReader reader = new InboxReader(house.kafka(), "relevo.inbox.killed")) {
        List<LiveAnswer> others = new ArrayList<>();
        LiveAnswer killer = ProcessHouse.submit(plain, reader, 0, "deadly", "kill", Map.of());
        for (int i = 0; i < 4; i++) {
          others.add(ProcessHouse.submit(plain, reader, 0, "echo-slow", Words.count(30), Map.of()));
        }
        attic.exitCode();
        cellar.exitCode();
        RelevoProcess again = startOn(house, backend, "attic", byPort);
        again.exitCode();
        startOn(house, backend, "cellar", byPort);

        assertThat(killer.awaitEnd().code()).isEqualTo("attempts_exhausted");
        for (LiveAnswer other : others) {
          assertThat(other.awaitEnd().dones()).describedAs(other.job()).isOne();
        }
        JsonNode letter =
            RawLetters.why(RawLetters.of(house.kafka(), 1).values().iterator().next());
        assertThat(letter.path("attempts").size()).isGreaterThanOrEqualTo(3);
        assertThat(letter.path("attempts").toString()).contains("attic", "cellar", "node_lost");
      }
    }
  }

  private RelevoProcess startOn(
      ProcessHouse house, KillerBackend backend, String id, Map<Integer, RelevoProcess> byPort)
      throws Exception {
    int port = backend.port(id);
    Path settings =
        Files.writeString(
            folder.resolve(id + ".yaml"),
            """
            node:
              id: %s
              heartbeat-interval: 500ms
              backends:
                - type: echo
                  models: [echo-slow]
                - name: killer
                  type: openai
                  base-url: http://127.0.0.1:%d/v1
                  models: [deadly]
            """
                .formatted(id, port));
    RelevoProcess node =
        house.start("node", "-c", settings.toString(), "--bootstrap", house.kafka());
    byPort.put(port, node);
    node.ready();
    return node;
  }

  /** A backend that kills the node that asks it for an answer. */
  private static final class KillerBackend implements AutoCloseable {
    private final Map<Integer, RelevoProcess> byPort;
    private final Map<String, HttpServer> servers = new ConcurrentHashMap<>();

    KillerBackend(Map<Integer, RelevoProcess> byPort) {
      this.byPort = byPort;
    }

    int port(String node) throws Exception {
      HttpServer known = servers.get(node);
      if (known != null) {
        return known.getAddress().getPort();
      }
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      int port = server.getAddress().getPort();
      server.createContext(
          "/",
          exchange -> {
            if (exchange.getRequestURI().getPath().endsWith("/chat/completions")) {
              RelevoProcess asking = byPort.get(port);
              if (asking != null) {
                asking.close();
              }
            }
            byte[] models = bytes("{\"object\":\"list\",\"data\":[{\"id\":\"deadly\"}]}");
            exchange.sendResponseHeaders(200, models.length);
            exchange.getResponseBody().write(models);
            exchange.close();
          });
      server.start();
      servers.put(node, server);
      return port;
    }

    @Override
    public void close() {
      servers.values().forEach(server -> server.stop(0));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
