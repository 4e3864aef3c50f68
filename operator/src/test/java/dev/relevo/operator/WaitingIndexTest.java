package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which ids wait where, without Kafka. */
class WaitingIndexTest {
  private final WaitingIndex index = new WaitingIndex();

  private void take(long from, long to) {
    for (long offset = from; offset < to; offset++) {
      index.take("job-" + offset, offset);
    }
  }

  @Test
  void eachRecordIsReadOnce() {
    assertThat(index.readOn(3, 5)).isEqualTo(3);
    take(3, 5);

    assertThat(index.find("job-4")).isEqualTo(4);
    assertThat(index.find("job-2")).isEqualTo(-1);
    assertThat(index.readOn(3, 9)).isEqualTo(5);
  }

  @Test
  void whatIsDoneWithIsForgotten() {
    index.readOn(0, 4);
    take(0, 4);

    assertThat(index.readOn(2, 4)).isEqualTo(4);
    assertThat(index.find("job-1")).isEqualTo(-1);
    assertThat(index.find("job-2")).isEqualTo(2);
    assertThat(index.readOn(7, 9)).as("they went on meanwhile").isEqualTo(7);
    assertThat(index.find("job-3")).isEqualTo(-1);
  }

  @Test
  void theFirstRecordOfAnIdIsItsJob() {
    index.readOn(0, 3);
    index.take("a", 0);
    index.take(null, 1);
    index.take("a", 2);
    assertThat(index.find("a")).isZero();

    index.readOn(1, 4);
    index.take("a", 3);
    assertThat(index.find("a")).as("the first was done with").isEqualTo(3);
  }

  @Test
  void ofManyTheNewestAreKnown() {
    int many = WaitingIndex.MOST_RECORDS + 5;
    assertThat(index.readOn(0, many)).isEqualTo(5);
    take(5, many);
    assertThat(index.find("job-5")).isEqualTo(5);

    assertThat(index.readOn(0, many + 1)).isEqualTo(many);
    take(many, many + 1);
    assertThat(index.find("job-5")).isEqualTo(-1);
    assertThat(index.find("job-" + many)).isEqualTo(many);
  }

  @Test
  void aTopicThatWasMadeAnewIsReadFromItsBeginning() {
    index.readOn(0, 4);
    take(0, 4);

    assertThat(index.readOn(0, 2)).isZero();
    assertThat(index.find("job-1")).isEqualTo(-1);
  }
}
