package dev.relevo.common.protocol;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The names of all topics under one prefix (protocol section 1).
 *
 * @param prefix letters, digits, dot, dash and underscore; {@code relevo} unless configured
 */
public record TopicNames(String prefix) {
  private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  /** What Kafka allows. */
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  public TopicNames {
    if (!LEGAL.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "topic prefix '" + prefix + "' is not 1 to 100 letters, digits, '.', '-' or '_'");
    }
  }

  /** The lane of jobs somebody waits for. */
  public String jobs() {
    return prefix + ".jobs";
  }

  /** The lane of bulk work that may wait. */
  public String batchJobs() {
    return prefix + ".jobs.batch";
  }

  /** The topic of a lane. */
  public String lane(Lane lane) {
    return switch (lane) {
      case JOBS -> jobs();
      case BATCH -> batchJobs();
    };
  }

  /** Attempts; a partition is a node's slot. */
  public String assignments() {
    return prefix + ".assignments";
  }

  /** What nodes say of their attempts. */
  public String events() {
    return prefix + ".events";
  }

  /** Who is there. */
  public String heartbeats() {
    return prefix + ".heartbeats";
  }

  /** Cancels, drains, pauses. */
  public String control() {
    return prefix + ".control";
  }

  /** Where every job is. */
  public String state() {
    return prefix + ".state";
  }

  /** What failed for good. */
  public String dead() {
    return prefix + ".dead";
  }

  /** Batches of the HTTP gateway. */
  public String batches() {
    return prefix + ".batches";
  }

  /** A file that the HTTP gateway keeps. */
  public String file(String uuidV7) {
    return prefix + ".files." + uuidV7;
  }

  /** The UUIDv7 in the name of a file's topic; empty for any other topic. */
  public Optional<String> fileOf(String topic) {
    String beginning = file("");
    return topic.startsWith(beginning)
        ? Optional.of(topic.substring(beginning.length()))
            .filter(name -> JobIds.madeAtMs(name).isPresent())
        : Optional.empty();
  }

  /** The reply topic of one request. */
  public String replies(String uuidV7) {
    return prefix + ".replies." + uuidV7;
  }

  /** The inbox of one client process. */
  public String inbox(String clientId) {
    return prefix + ".inbox." + clientId;
  }

  /** Whether a name is one that answers may be written to. */
  public boolean isReplyPlace(String topic) {
    return (topic.startsWith(prefix + ".replies.") || topic.startsWith(prefix + ".inbox."))
        && TOPIC.matcher(topic).matches();
  }

  /** The consumer group of the dispatchers. */
  public String dispatcherGroup() {
    return prefix + ".dispatchers";
  }

  /** The consumer group of the gateways, which share the batches. */
  public String gatewayGroup() {
    return prefix + ".gateways";
  }
}
