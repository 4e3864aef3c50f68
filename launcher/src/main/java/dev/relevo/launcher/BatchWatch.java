package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why nothing comes: jobs may take long, or wait for a node, or Kafka may be away. Kafka
 * is waited for, and not for ever.
 */
final class BatchWatch {
  /** Nothing is looked into before it has been quiet for this long, and not more often. */
  static final Duration QUIET = Duration.ofSeconds(10);

  /** How long Kafka may be away. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final long NEVER = Long.MIN_VALUE;

  private final KafkaClients clients;
  private final KafkaSettings kafka;
  private final BatchInbox inbox;
  private final BatchReport report;
  private final LongSupplier nanos;
  private String said = "";
  private long heardNanos;
  private long awaySinceNanos = NEVER;

  BatchWatch(
      KafkaClients clients,
      KafkaSettings kafka,
      BatchInbox inbox,
      BatchReport report,
      LongSupplier nanos) {
    this.clients = clients;
    this.kafka = kafka;
    this.inbox = inbox;
    this.report = report;
    this.nanos = nanos;
    this.heardNanos = nanos.getAsLong();
  }

  /** Kafka has told something. */
  void heard() {
    heardNanos = nanos.getAsLong();
    if (awaySinceNanos != NEVER) {
      awaySinceNanos = NEVER;
      report.say("Kafka answers again.");
    }
    said = "";
  }

  /**
   * Looks after things when it has been quiet.
   *
   * @param model what the jobs under way wait for; null when some of them run
   * @throws CommandProblem when it is of no use to go on waiting
   */
  void look(@Nullable String model) {
    long now = nanos.getAsLong();
    if (now - heardNanos < QUIET.toNanos()) {
      return;
    }
    heardNanos = now;
    Optional<String> complaint = KafkaDoor.complaint(kafka.bootstrapServers());
    try {
      if (complaint.isPresent()) {
        away(now, complaint.get());
      } else {
        look(inbox, model);
      }
    } catch (KafkaProblem e) {
      if (!e.isTransient()) {
        throw e;
      }
      away(now, "it takes too long");
    }
  }

  private void look(BatchInbox place, @Nullable String model) {
    if (place.end() < 0) {
      throw CommandProblem.failed(
          "The inbox %s was deleted while jobs were to be answered there: run it again."
              .formatted(place.topic()));
    }
    if (awaySinceNanos != NEVER) {
      awaySinceNanos = NEVER;
      report.say("Kafka answers again.");
    }
    if (model == null) {
      return;
    }
    String note = new WaitNotes(clients, kafka, model, "The jobs wait").next();
    if (!note.equals(said)) {
      said = note;
      report.say(note);
    }
  }

  private void away(long now, String reason) {
    if (awaySinceNanos == NEVER) {
      awaySinceNanos = now;
      report.say(
          "Kafka at %s does not answer (%s): waiting for it; Ctrl-C stops."
              .formatted(kafka.bootstrapServers(), reason));
    } else if (now - awaySinceNanos > PATIENCE.toNanos()) {
      throw CommandProblem.failed(
          "Kafka at %s has not answered for %d minutes (%s). What is answered is kept; run it again once Kafka is back."
              .formatted(kafka.bootstrapServers(), PATIENCE.toMinutes(), reason));
    }
  }
}
