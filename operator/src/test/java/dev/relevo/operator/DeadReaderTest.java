package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.operator.fixture.DeadLetters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reading dead letters on a real Kafka. */
@Timeout(120)
class DeadReaderTest extends OnKafka {
  @BeforeEach
  void make() {
    makeTopics();
  }

  private ProducerRecord<String, byte[]> dead(int number) {
    DeadLetter letter = DeadLetters.letter("job-" + number, number % 2, number);
    return DeadLetters.record(names.dead(), letter, DeadLetters.BODY);
  }

  private ProducerRecord<String, byte[]> removed(int number) {
    ProducerRecord<String, byte[]> letter = dead(number);
    return new ProducerRecord<>(letter.topic(), letter.partition(), letter.key(), null);
  }

  private List<String> jobsLeft() {
    try (DeadReader reader = new DeadReader(clients, names)) {
      return jobs(reader);
    }
  }

  private static List<String> jobs(DeadReader reader) {
    List<String> jobs = new ArrayList<>();
    reader.scan(DeadFilter.ALL, record -> jobs.add(record.name()));
    return jobs;
  }

  @Test
  void readsStretchByStretchWhatItReadsAtOnce() {
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      records.add(dead(i));
    }
    records.add(dead(3)); // Written again, by a dispatcher that took over.
    records.add(removed(4));
    records.add(removed(39));
    write(records);

    List<String> whole = jobsLeft();

    assertThat(whole).hasSize(38).doesNotHaveDuplicates().contains("job-3");
    for (int stretch : List.of(1, 7)) {
      try (DeadReader reader =
          new DeadReader(clients, names, stretch, DeadReader.MOST_HELD_BYTES, () -> false)) {
        assertThat(jobs(reader)).isEqualTo(whole);
      }
    }
    int aFew = 5_000;
    for (int mostHeldBytes : List.of(0, aFew)) {
      try (DeadReader reader = new DeadReader(clients, names, 100, mostHeldBytes, () -> false)) {
        assertThat(jobs(reader)).as("what was not held is read again").isEqualTo(whole);
      }
    }
  }

  @Test
  void endsWhenNobodyWantsItAnyMoreAlsoWhereNothingMatches() {
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      records.add(dead(i));
    }
    write(records);
    DeadFilter none = new DeadFilter(Set.of("nobody"), null, null, null, null, null);
    AtomicInteger asked = new AtomicInteger();
    try (DeadReader reader =
        new DeadReader(
            clients, names, 1, DeadReader.MOST_HELD_BYTES, () -> asked.incrementAndGet() == 3)) {
      assertThat(reader.scan(none, record -> true)).isFalse();
      assertThat(asked).as("nothing is read after that").hasValue(3);
      assertThat(reader.scan(none, record -> true)).isTrue();
    }
  }

  @Test
  void goesOnFromWhereItStopped() {
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      records.add(dead(i));
    }
    records.add(removed(2));
    write(records);
    List<DeadRecord> all = new ArrayList<>();
    try (DeadReader reader = new DeadReader(clients, names)) {
      reader.scan(DeadFilter.ALL, all::add);
      assertThat(all).hasSize(9);
      for (int i = 0; i < all.size(); i++) {
        DeadPosition from = new DeadPosition(all.get(i).partition(), all.get(i).offset());
        List<String> rest = new ArrayList<>();
        reader.scan(DeadFilter.ALL, from, record -> rest.add(record.name()));
        assertThat(rest).isEqualTo(all.stream().skip(i).map(DeadRecord::name).toList());
        assertThat(DeadPosition.parse(from.text())).hasValue(from);
      }
    }
    assertThat(DeadPosition.parse("1.2")).isEmpty();
  }
}
