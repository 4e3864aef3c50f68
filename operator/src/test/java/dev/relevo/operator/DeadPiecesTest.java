package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.fixture.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters, the index, and what is sent. */
class DeadPiecesTest {
  private static final String EVIL = "a\u001b[2J\u009b31m\r\n\u202eb\u0000\ud83d\ude00é";

  private static DeadFilter named(String... names) {
    return new DeadFilter(Set.of(names), null, null, null, null, null);
  }

  private static DeadFilter model(String model) {
    return new DeadFilter(Set.of(), null, null, model, null, null);
  }

  private static DeadFilter error(String error) {
    return new DeadFilter(Set.of(), null, null, null, error, null);
  }

  private final DeadRecord dead =
      DeadLetters.read(DeadLetters.letter("job-1", 3, 7), DeadLetters.BODY);
  private final DeadRecord broken =
      DeadLetters.read(DeadLetters.malformed("job-2", 3, 91), "no json");

  @Test
  void filtersByNameOfJobOrLetter() {
    assertThat(DeadFilter.ALL.matches(dead)).isTrue();
    assertThat(named("job-1").matches(dead)).isTrue();
    assertThat(named("other", "3.118.7").matches(dead)).isTrue();
    assertThat(named("job-2").matches(dead)).isFalse();
    assertThat(named("3.batch.91").matches(broken)).isTrue();
  }

  @Test
  void filtersByModelAndErrorAndTenantAndTime() {
    assertThat(model("m").matches(dead)).isTrue();
    assertThat(model("m*").matches(dead)).isTrue();
    assertThat(model("mm").matches(dead)).isFalse();
    assertThat(model("*").matches(broken)).as("it named none").isFalse();
    assertThat(error("attempts_exhausted").matches(dead)).isTrue();
    assertThat(error("node_lost").matches(dead)).as("the last attempt's").isTrue();
    assertThat(error("backend_error").matches(dead)).isFalse();
    DeadFilter tenant = new DeadFilter(Set.of(), null, null, null, null, "default");
    assertThat(tenant.matches(dead)).isTrue();
    assertThat(tenant.matches(broken)).isFalse();
    long died = DeadLetters.DIED_MS;
    assertThat(new DeadFilter(Set.of(), died, null, null, null, null).matches(dead)).isTrue();
    assertThat(new DeadFilter(Set.of(), died + 1, null, null, null, null).matches(dead)).isFalse();
    assertThat(new DeadFilter(Set.of(), null, died + 1, null, null, null).matches(dead)).isTrue();
    assertThat(new DeadFilter(Set.of(), null, died, null, null, null).matches(dead)).isFalse();
  }

  @Test
  void allThatIsNamedHasToBeTrue() {
    assertThat(new DeadFilter(Set.of("job-1"), 0L, null, "m", "node_lost", "default").matches(dead))
        .isTrue();
    assertThat(new DeadFilter(Set.of("job-1"), 0L, null, "m", "node_lost", "shop").matches(dead))
        .isFalse();
  }

  @Test
  void theIndexKnowsWhatCountsAsAMapWould() {
    Random random = new Random(7);
    DeadIndex index = new DeadIndex(20_000);
    Map<String, Long> expected = new HashMap<>();
    List<String> keys = new ArrayList<>();
    for (long offset = 0; offset < 40_000; offset++) {
      String key = "3." + random.nextInt(4) + "." + random.nextInt(4_000);
      keys.add(key);
      if (random.nextInt(4) == 0) {
        index.gone(key);
        expected.remove(key);
      } else {
        index.letter(key, offset);
        expected.put(key, offset);
      }
    }
    for (int offset = 0; offset < keys.size(); offset++) {
      String key = keys.get(offset);
      Long newest = expected.get(key);
      assertThat(index.counts(key, offset)).isEqualTo(newest != null && newest == offset);
    }
    assertThat(index.counts("never", 1)).isFalse();
  }

  @Test
  void theIndexIsBounded() {
    DeadIndex index = new DeadIndex(2);
    index.letter("a", 0);
    index.letter("b", 1);
    index.letter("a", 2);

    assertThatThrownBy(() -> index.letter("c", 3)).isInstanceOf(IllegalStateException.class);
  }

  private static DeadRecord evil() {
    DeadLetter letter =
        new DeadLetter(
            EVIL,
            EVIL,
            EVIL,
            null,
            DeadLetters.malformed("", 0, 0).lane(),
            3,
            1,
            EVIL,
            EVIL,
            DeadLetters.DIED_MS,
            List.of());
    return DeadLetters.read(letter, EVIL, "x" + EVIL, EVIL);
  }

  private static String header(ProducerRecord<String, byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  @Test
  void aReplayIsTheJobItselfWithItsLettersFence() {
    DeadRecord record =
        DeadLetters.read(
            DeadLetters.letter("job-1", 3, 7),
            DeadLetters.BODY,
            "own",
            "kept",
            HeaderNames.REPLAY,
            "3.1.1",
            HeaderNames.DEADLINE,
            "1767225640000",
            HeaderNames.REPLY_TOPIC,
            "relevo.replies.a",
            HeaderNames.MODEL,
            "m");
    TopicNames topics = new TopicNames("relevo");

    ProducerRecord<String, byte[]> plain = DeadReplay.record(record, null, null, topics);
    assertThat(plain.topic()).isEqualTo("relevo.jobs");
    assertThat(plain.partition()).isEqualTo(3);
    assertThat(plain.key()).isEqualTo("job-1");
    assertThat(new String(plain.value(), StandardCharsets.UTF_8)).isEqualTo(DeadLetters.BODY);
    assertThat(header(plain, HeaderNames.REPLAY)).isEqualTo("3.118.7");
    assertThat(header(plain, HeaderNames.MODEL)).isEqualTo("m");
    assertThat(header(plain, "own")).isEqualTo("kept");
    assertThat(plain.headers())
        .extracting(Header::key)
        .containsExactlyInAnyOrder("own", HeaderNames.MODEL, HeaderNames.REPLAY);

    ReplyPlace place = new ReplyPlace("relevo.replies.a", 0, 42);
    ProducerRecord<String, byte[]> other = DeadReplay.record(record, "n", place, topics);
    assertThat(header(other, HeaderNames.MODEL)).isEqualTo("n");
    assertThat(header(other, HeaderNames.REPLY_TOPIC)).isEqualTo("relevo.replies.a");
    assertThat(header(other, HeaderNames.REPLY_OFFSET)).isEqualTo("42");
    assertThat(DeadReplay.firstPlace(record)).isEqualTo(new ReplyPlace("relevo.replies.a", 0, 0));
  }

  @Test
  void whatNeverBecameAJobOrLostItsRequestIsToldApart() {
    assertThat(dead.obstacle()).isEmpty();
    assertThat(broken.obstacle()).hasValue("its record never became a job: the value is not JSON");
    assertThat(DeadLetters.read(DeadLetters.letter("j", 3, 7), "").obstacle().orElseThrow())
        .contains("deleted");
    assertThat(evil().name())
        .as("an id nobody can type")
        .isEqualTo("3.jobs.1".replace("jobs", "batch"));
    assertThat(
            new DeadRecord(0, 0, 0, "k", new RecordHeaders(), new byte[1], null, "odd").obstacle())
        .hasValue("odd");
  }

  @Test
  void aRateIsANumberASecond() {
    assertThat(Pace.perSecond("10/s")).hasValue(10);
    assertThat(Pace.perSecond("0.5")).hasValue(0.5);
    assertThat(Pace.perSecond("90/m")).hasValue(1.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/s", "fast", "-1/s", "", "10/d"})
  void whatIsNoRateIsNone(String rate) {
    assertThat(Pace.perSecond(rate)).isEmpty();
  }
}
