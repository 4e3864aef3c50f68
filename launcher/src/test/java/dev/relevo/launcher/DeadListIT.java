package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.operator.fixture.DeadLetters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code dead list} as a process, over many letters of three attempts each. */
@Timeout(300)
class DeadListIT extends DeadOnKafka {
  private static final int LETTERS = 100_000;
  private static final String BODY =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
          .formatted("word ".repeat(60));

  /** Less than half of what the letters take in their topic. */
  private static final String SMALL = "-Xmx96m";

  private ProducerRecord<String, byte[]> dead(int number) {
    return DeadLetters.record(
        names.dead(), DeadLetters.letter("job-" + number, number % 2, number, 3), BODY);
  }

  private ProducerRecord<String, byte[]> removed(int number) {
    ProducerRecord<String, byte[]> letter = dead(number);
    return new ProducerRecord<>(letter.topic(), letter.partition(), letter.key(), null);
  }

  @Test
  void listsAHundredThousandInLittleMemory(@TempDir Path folder) throws Exception {
    write(() -> IntStream.range(0, LETTERS).mapToObj(this::dead).iterator());
    write(() ->
        IntStream.range(0, LETTERS).filter(i -> i % 100 == 0).mapToObj(this::removed).iterator());
    Path file =
        Files.writeString(
            folder.resolve("relevo.yaml"),
            "kafka:\n  bootstrap-servers: %s\n  topics:\n    prefix: %s\n"
                .formatted(settings.kafka().bootstrapServers(), names.prefix()));

    RelevoProcess all = timed(folder, "-c", file.toString(), "--error", "node_lost");
    RelevoProcess few = timed(folder, "-c", file.toString(), "job-100", "job-101", "job-102");

    assertThat(all.exitCode()).as(all.err()).isZero();
    assertThat(all.out().lines()).hasSize(LETTERS - LETTERS / 100 + 1);
    assertThat(few.err()).startsWith("2 dead letters of ");
    assertThat(few.out()).contains("job-101", "job-102").doesNotContain("job-100 ");
  }

  private static RelevoProcess timed(Path folder, String... filter) throws Exception {
    String[] arguments = new String[filter.length + 2];
    arguments[0] = "dead";
    arguments[1] = "list";
    System.arraycopy(filter, 0, arguments, 2, filter.length);
    long began = System.nanoTime();
    RelevoProcess process = RelevoProcess.runSmall(SMALL, folder, arguments);
    System.out.printf(
        "dead list of %d letters: %d ms, without a cache for fast starts; %s%n",
        LETTERS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began), process.err());
    return process;
  }
}
