package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to Kafka, as the settings describe it. */
final class KafkaDoor {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaDoor.class);
  private static final Duration CONNECT_BOUND = Duration.ofSeconds(3);

  /** Roles are often started together with their Kafka. */
  private static final Duration ROLE_WAIT = Duration.ofSeconds(20);

  private KafkaDoor() {}

  /**
   * Clients for a tool, after a look whether anybody listens there: a Kafka client would go on
   * trying for half a minute.
   *
   * @throws KafkaProblem when nobody does
   */
  static KafkaClients open(KafkaSettings kafka) {
    complaint(kafka.bootstrapServers())
        .ifPresent(reason -> {
          throw new KafkaProblem(
              KafkaProblem.Kind.UNREACHABLE,
              "Nobody answers at %s, where Kafka should be (%s): start one with ./relevo up, or name the address with --bootstrap HOST:PORT."
                  .formatted(kafka.bootstrapServers(), reason),
              null);
        });
    return clients(kafka);
  }

  /**
   * Clients for a role, which gives Kafka some time to come up.
   *
   * @throws KafkaProblem when it does not
   */
  static KafkaClients await(KafkaSettings kafka) {
    KafkaClients clients = clients(kafka);
    if (complaint(kafka.bootstrapServers()).isPresent()) {
      LOG.info(
          "Waiting up to {} s for Kafka at {}", ROLE_WAIT.toSeconds(), kafka.bootstrapServers());
      clients.awaitReachable(ROLE_WAIT);
    }
    return clients;
  }

  static KafkaClients clients(KafkaSettings kafka) {
    return new KafkaClients(new KafkaAccess(kafka.bootstrapServers(), kafka.properties()));
  }

  /** Why none of the addresses can be connected to; empty when one can. */
  static Optional<String> complaint(String servers) {
    String reason = "";
    for (String server : servers.split(",", -1)) {
      int colon = server.lastIndexOf(':');
      String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
      InetSocketAddress address =
          new InetSocketAddress(host, Integer.parseInt(server.substring(colon + 1)));
      if (address.isUnresolved()) {
        reason = "the host name " + host + " cannot be found";
        continue;
      }
      try (Socket socket = new Socket()) {
        socket.connect(address, Math.toIntExact(CONNECT_BOUND.toMillis()));
        return Optional.empty();
      } catch (IOException e) {
        reason = String.valueOf(e.getMessage());
      }
    }
    return Optional.of(reason);
  }
}
