package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaProblem.Kind;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KafkaProblemTest {

  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(new TopicAuthorizationException(Set.of("t1")), Kind.AUTHORIZATION, "'t1'"),
        Arguments.of(GroupAuthorizationException.forGroupId("g1"), Kind.AUTHORIZATION, "'g1'"),
        Arguments.of(new ClusterAuthorizationException("no"), Kind.AUTHORIZATION, "cluster"),
        Arguments.of(
            new SaslAuthenticationException("bad password"), Kind.AUTHENTICATION, "bad password"),
        Arguments.of(new SslAuthenticationException("bad cert"), Kind.AUTHENTICATION, "ssl."),
        Arguments.of(new TimeoutException("slow"), Kind.TIMEOUT, "(slow)"),
        Arguments.of(new java.util.concurrent.TimeoutException(), Kind.TIMEOUT, "(no answer came)"),
        Arguments.of(new UnsupportedVersionException("old"), Kind.UNSUPPORTED, "too old"),
        Arguments.of(new RecordTooLargeException("9 bytes"), Kind.TOO_LARGE, "9 bytes."),
        Arguments.of(
            new UnknownTopicOrPartitionException("t2"), Kind.NO_TOPIC, "relevo topics create"),
        Arguments.of(
            new InvalidReplicationFactorException("3 of 1"),
            Kind.BAD_SETTING,
            "replication-factor"),
        Arguments.of(new ConfigException("No x"), Kind.BAD_SETTING, "kafka.properties"),
        Arguments.of(
            new ConfigException("Invalid url in bootstrap.servers: q"),
            Kind.BAD_ADDRESS,
            "HOST:PORT"),
        Arguments.of(new IllegalStateException("odd"), Kind.OTHER, "odd."));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void saysWhatHappenedAndWhatToDo(Exception cause, Kind kind, String says) {
    KafkaProblem problem = KafkaProblem.of(cause, "creating topics", "k:9092");

    assertThat(problem.kind()).isEqualTo(kind);
    assertThat(problem).hasMessageContaining(says).hasCause(cause);
    assertThat(problem.getMessage()).matches("(?s)[A-Z].*[.)]");
  }

  @Test
  void looksThroughWrappers() {
    Exception wrapped =
        new CompletionException(
            new ExecutionException(new KafkaException("x", new ConfigException("No x"))));

    assertThat(KafkaProblem.of(wrapped, "d", "k:1").kind()).isEqualTo(Kind.BAD_SETTING);
  }

  @Test
  void aTimeoutWithATellingCauseIsThatCause() {
    Exception timeout =
        new TimeoutException("not present in metadata", new UnknownTopicOrPartitionException("t"));

    assertThat(KafkaProblem.of(timeout, "d", "k:1").kind()).isEqualTo(Kind.NO_TOPIC);
  }

  @Test
  void aProblemStaysWhatItIs() {
    KafkaProblem problem = new KafkaProblem(Kind.BROKEN_RULE, "It is broken.", null);

    assertThat(KafkaProblem.of(new ExecutionException(problem), "d", "k:1")).isSameAs(problem);
  }

  @Test
  void onlyTimesMend() {
    assertThat(Stream.of(Kind.values()).filter(k -> new KafkaProblem(k, "s", null).isTransient()))
        .containsExactlyInAnyOrder(Kind.UNREACHABLE, Kind.TIMEOUT);
  }
}
