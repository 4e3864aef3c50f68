package dev.relevo.common.kafka;

import dev.relevo.common.kafka.KafkaProblem.Kind;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** Kafka's exceptions in words that say what to do. */
final class KafkaErrors {
  private KafkaErrors() {}

  static KafkaProblem explain(Throwable thrown, String doing, String servers) {
    Throwable cause = unwrap(thrown);
    if (cause instanceof KafkaProblem problem) {
      return problem;
    }
    KafkaProblem refused = refusal(cause, doing, servers);
    if (refused != null) {
      return refused;
    }
    return switch (cause) {
      case ConfigException e -> setting(e, servers);
      case UnknownTopicOrPartitionException e ->
          new KafkaProblem(
              Kind.NO_TOPIC,
              "A topic is missing while "
                  + doing
                  + ": "
                  + text(e)
                  + " Create it with: relevo topics create.",
              e);
      case TimeoutException e -> late(e, doing, servers);
      case java.util.concurrent.TimeoutException e -> late(e, doing, servers);
      case RecordTooLargeException e ->
          new KafkaProblem(
              Kind.TOO_LARGE,
              "The record is larger than Kafka takes: "
                  + text(e)
                  + " Send a smaller request, or raise max.message.bytes of the topic and"
                  + " max.request.size in kafka.properties together.",
              e);
      case UnsupportedVersionException e ->
          new KafkaProblem(
              Kind.UNSUPPORTED,
              "Kafka at "
                  + servers
                  + " is too old for "
                  + doing
                  + ": Relevo needs brokers of version 3.7 or newer ("
                  + trim(e)
                  + ")",
              e);
      case InvalidReplicationFactorException e ->
          new KafkaProblem(
              Kind.BAD_SETTING,
              "Kafka has too few brokers for the configured replication: "
                  + text(e)
                  + " Lower kafka.topics.replication-factor or add brokers.",
              e);
      default ->
          new KafkaProblem(
              Kind.OTHER,
              "Kafka at " + servers + " failed while " + doing + ": " + text(cause),
              cause);
    };
  }

  private static @Nullable KafkaProblem refusal(Throwable cause, String doing, String servers) {
    return switch (cause) {
      case SslAuthenticationException e ->
          new KafkaProblem(
              Kind.AUTHENTICATION,
              "The TLS handshake with Kafka at "
                  + servers
                  + " failed: "
                  + text(e)
                  + " Check security.protocol and ssl.* in kafka.properties.",
              e);
      case SaslAuthenticationException e ->
          new KafkaProblem(
              Kind.AUTHENTICATION,
              "Kafka at "
                  + servers
                  + " refused the credentials: "
                  + text(e)
                  + " Check sasl.mechanism and sasl.jaas.config in kafka.properties.",
              e);
      case TopicAuthorizationException e ->
          denied("topic " + names(e.unauthorizedTopics()), doing, e);
      case GroupAuthorizationException e ->
          denied("consumer group '" + e.groupId() + "'", doing, e);
      case AuthorizationException e -> denied("cluster", doing, e);
      case AuthenticationException e ->
          new KafkaProblem(
              Kind.AUTHENTICATION,
              "Kafka at "
                  + servers
                  + " does not accept who we are: "
                  + text(e)
                  + " Check security.protocol and sasl.* in kafka.properties.",
              e);
      default -> null;
    };
  }

  private static KafkaProblem late(Throwable cause, String doing, String servers) {
    boolean silent = cause.getMessage() == null;
    return new KafkaProblem(
        Kind.TIMEOUT,
        "Kafka at "
            + servers
            + " did not answer in time while "
            + doing
            + ": is it running, and can this machine reach the addresses it advertises? ("
            + (silent ? "no answer came" : trim(cause))
            + ")",
        cause);
  }

  private static KafkaProblem denied(String what, String doing, Throwable cause) {
    return new KafkaProblem(
        Kind.AUTHORIZATION,
        "Kafka does not allow this user access to the "
            + what
            + " (while "
            + doing
            + "): grant it an ACL for that, or use another user in kafka.properties.",
        cause);
  }

  private static KafkaProblem setting(ConfigException e, String servers) {
    String text = text(e);
    if (text.contains("bootstrap")) {
      return new KafkaProblem(
          Kind.BAD_ADDRESS,
          "Kafka's address '"
              + servers
              + "' cannot be used: "
              + text
              + " Expected kafka.bootstrap-servers as HOST:PORT with a host name that resolves.",
          e);
    }
    return new KafkaProblem(
        Kind.BAD_SETTING,
        "A Kafka client setting is wrong: " + text + " Check kafka.properties.",
        e);
  }

  /**
   * Kafka wraps what matters: a construction failure hides the wrong setting, a future its cause.
   */
  private static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null && isWrapper(cause)) {
      cause = cause.getCause();
    }
    Throwable inner = cause.getCause();
    return cause instanceof TimeoutException && inner != null && isTelling(inner) ? inner : cause;
  }

  private static boolean isWrapper(Throwable thrown) {
    return thrown instanceof ExecutionException
        || thrown instanceof CompletionException
        || thrown.getClass() == KafkaException.class;
  }

  private static boolean isTelling(Throwable inner) {
    return inner instanceof UnknownTopicOrPartitionException
        || inner instanceof AuthorizationException
        || inner instanceof AuthenticationException
        || inner instanceof UnsupportedVersionException;
  }

  private static String names(Set<String> topics) {
    return topics.isEmpty() ? "asked for" : "'" + String.join("', '", topics) + "'";
  }

  private static String trim(Throwable e) {
    String text = text(e);
    return text.substring(0, text.length() - 1);
  }

  /** The message as a sentence with its full stop. */
  private static String text(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return e.getClass().getSimpleName() + ".";
    }
    return message.strip().endsWith(".") ? message.strip() : message.strip() + ".";
  }
}
