package dev.relevo.launcher;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Dead letters as a dispatcher writes them, for tests. */
final class DeadLetters {
  static final long DIED_MS = 1_767_225_640_000L;
  static final String BODY = "{\"model\":\"m\",\"messages\":[]}";

  private DeadLetters() {}

  static DeadLetter letter(String job, int home, int number) {
    return letter(job, home, number, 1);
  }

  /**
   * @param attempts how many were made
   */
  static DeadLetter letter(String job, int home, int number, int attempts) {
    String fence = home + ".118." + number;
    AttemptReport attempt =
        new AttemptReport(
            fence,
            "attic",
            "i-1",
            "ollama",
            "m",
            "node_lost",
            "node attic is gone",
            DIED_MS - 30_000,
            DIED_MS);
    return new DeadLetter(
        "attempts_exhausted",
        "3 of 3 attempts failed",
        job,
        fence,
        Lane.JOBS,
        home,
        number,
        "m",
        "default",
        DIED_MS,
        Collections.nCopies(attempts, attempt));
  }

  /** Of a record that never became a job. */
  static DeadLetter malformed(String job, int home, int offset) {
    return new DeadLetter(
        "malformed_record",
        "the value is not JSON",
        job,
        null,
        Lane.BATCH,
        home,
        offset,
        null,
        null,
        DIED_MS,
        List.of());
  }

  static String key(DeadLetter letter) {
    return letter.fence() == null
        ? letter.partition() + "." + letter.lane().text() + "." + letter.offset()
        : letter.fence();
  }

  static DeadRecord read(DeadLetter letter, String body, String... headers) {
    ProducerRecord<String, byte[]> record = record("t", letter, body, headers);
    return new DeadRecord(
        letter.partition(),
        7,
        DIED_MS,
        record.key(),
        record.headers(),
        record.value(),
        DeadGist.of(letter),
        "");
  }

  /**
   * @param headers names and values
   */
  static ProducerRecord<String, byte[]> record(
      String topic, DeadLetter letter, String body, String... headers) {
    RecordHeaders all = new RecordHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], bytes(headers[i + 1]));
    }
    all.add(HeaderNames.DEAD, MessageCodec.encode(letter));
    return new ProducerRecord<>(topic, letter.partition(), key(letter), bytes(body), all);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
