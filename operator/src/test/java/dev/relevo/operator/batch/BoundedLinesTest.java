package dev.relevo.operator.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.operator.batch.BoundedLines.Line;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundedLinesTest {
  private static List<Line> read(String text, int mostBytes) throws IOException {
    List<Line> all = new ArrayList<>();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (BoundedLines lines = new BoundedLines(new ByteArrayInputStream(bytes), mostBytes)) {
      for (Line line = lines.next(); line != null; line = lines.next()) {
        all.add(line);
      }
    }
    return all;
  }

  private static String text(Line line) {
    return new String(line.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void numbersLinesAndKnowsWhereTheyBegin() throws IOException {
    List<Line> lines = read("äb\n \t\r\n\nlast", 100);

    assertThat(lines).extracting(BoundedLinesTest::text).containsExactly("äb", " \t\r", "", "last");
    assertThat(lines).extracting(Line::number).containsExactly(1L, 2L, 3L, 4L);
    assertThat(lines).extracting(Line::offset).containsExactly(0L, 4L, 8L, 9L);
    assertThat(lines).extracting(Line::isBlank).containsExactly(false, true, true, false);
    assertThat(lines).extracting(Line::ended).containsExactly(true, true, true, false);
    assertThat(read("", 100)).isEmpty();
  }

  @Test
  void keepsTheBeginningOfALineThatIsTooLongAndGoesOnBehindIt() throws IOException {
    List<Line> lines = read("x".repeat(200_000) + "\n" + "y".repeat(10) + "\nz", 10);

    assertThat(lines).extracting(Line::tooLong).containsExactly(true, false, false);
    assertThat(lines.getFirst().bytes()).hasSize(10);
    assertThat(lines).extracting(Line::offset).containsExactly(0L, 200_001L, 200_012L);
  }
}
