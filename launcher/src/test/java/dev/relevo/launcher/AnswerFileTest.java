package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerFileTest {
  private static final String ONE = "{\"id\":\"a\",\"line\":1,\"status\":\"done\",\"text\":\"ä\"}";
  private static final String TWO = "{\"id\":\"b\",\"line\":2,\"status\":\"failed\"}";
  private static final BatchIds IDS = new BatchIds(new UUID(1, 2));

  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void nameIt() {
    path = folder.resolve("answers.jsonl");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> loaded(String appended) {
    List<String> ids = new ArrayList<>();
    try (AnswerFile file = AnswerFile.open(path)) {
      file.load(known -> ids.add(known.id()));
      file.append(bytes(appended));
    }
    return ids;
  }

  @Test
  void goesOnBehindWhatIsThere() throws IOException {
    assertThat(loaded(ONE)).isEmpty();
    assertThat(loaded(TWO)).containsExactly("a");
    assertThat(Files.readString(path)).isEqualTo(ONE + "\n" + TWO + "\n");
  }

  @Test
  void halfALineIsCutOffWhereverItWasTorn() throws IOException {
    for (int torn = 1; torn < TWO.length(); torn++) {
      Files.writeString(path, ONE + "\n" + TWO.substring(0, torn));
      assertThat(loaded(TWO)).as(TWO.substring(0, torn)).containsExactly("a");
      assertThat(Files.readString(path)).isEqualTo(ONE + "\n" + TWO + "\n");
    }
  }

  @Test
  void aWholeLineWithoutItsEndGetsOne() throws IOException {
    Files.writeString(path, ONE);
    assertThat(loaded(TWO)).containsExactly("a");
    assertThat(Files.readString(path)).isEqualTo(ONE + "\n" + TWO + "\n");
  }

  @Test
  void somebodyElsesFileIsLeftAsItIs() throws IOException {
    for (String foreign :
        List.of(
            "Dear diary", "Dear diary\n", ONE + "\nhello\n" + TWO + "\n", ONE + "\n{\"x\":1}")) {
      Files.writeString(path, foreign);
      try (AnswerFile file = AnswerFile.open(path)) {
        assertThatThrownBy(() -> file.load(known -> {}))
            .as(foreign)
            .isInstanceOf(CommandProblem.class)
            .hasMessageContaining("answers.jsonl:")
            .hasMessageContaining("no answer that this command wrote");
      }
      assertThat(Files.readString(path)).isEqualTo(foreign);
    }
  }

  @Test
  void oneRunAtATime() {
    try (AnswerFile file = AnswerFile.open(path)) {
      file.append(bytes(ONE));
      assertThatThrownBy(() -> AnswerFile.open(path)).hasMessageContaining("Another");
    }
    AnswerFile.open(path).close();
  }

  @Test
  void placesThatCannotBeWrittenToAreTold() {
    assertThatThrownBy(() -> AnswerFile.open(folder)).hasMessageContaining("is no file");
    assertThatThrownBy(() -> AnswerFile.open(folder.resolve("no/where.jsonl")))
        .hasMessageContaining("There is no folder");
  }

  @Test
  void linesCanBeTakenOut() throws IOException {
    Files.writeString(path, TWO + "\n" + ONE + "\n" + TWO.substring(0, 9));
    List<String> ids = new ArrayList<>();
    try (AnswerFile file = AnswerFile.open(path)) {
      assertThat(file.keep(BatchAnswers.Known::isWhole)).isEqualTo(1);
      assertThatThrownBy(() -> AnswerFile.open(path))
          .as("still locked")
          .hasMessageContaining("Another");
      file.load(known -> ids.add(known.id()));
      file.append(bytes(TWO));
      assertThat(file.keep(known -> true)).isZero();
    }
    assertThat(ids).containsExactly("a");
    assertThat(Files.readString(path)).isEqualTo(ONE + "\n" + TWO + "\n");
    assertThat(folder).isDirectoryContaining("glob:**/answers.jsonl");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void theJournalFitsTheFileItWasWrittenFor() throws IOException {
    Path beside = BatchJournal.beside(path);
    assertThat(BatchJournal.read(beside)).isEmpty();
    BatchJournal journal;
    try (AnswerFile file = AnswerFile.open(path)) {
      file.append(bytes(ONE));
      journal = file.journal(IDS, 7);
      journal.write(beside);
      file.append(bytes(TWO));
      assertThat(file.goesOn(journal)).as("more was written").isTrue();
    }
    assertThat(BatchJournal.read(beside)).hasValue(journal);

    for (String changed : List.of("", TWO + "\n", ONE.replace('a', 'c') + "\n")) {
      Files.writeString(path, changed);
      try (AnswerFile file = AnswerFile.open(path)) {
        assertThat(file.goesOn(journal)).as(changed).isFalse();
      }
    }
    Files.writeString(beside, "{\"batch\":\"x\"}");
    assertThat(BatchJournal.read(beside)).isEmpty();
    Files.writeString(beside, "no json");
    assertThat(BatchJournal.read(beside)).isEmpty();
  }
}
