package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private static final String STREAM =
      "{\"a\":\"grün 🌍\"}\r\n\n  \r{broken\n[1]\n{\"b\":2}\r{\"last\":true}";

  @Test
  void readsTheSameWhereverTheBytesAreSplit() throws Exception {
    int length = STREAM.getBytes(StandardCharsets.UTF_8).length;
    for (int at = 0; at <= length; at++) {
      assertThat(texts(STREAM, at))
          .as("split at byte %d", at)
          .containsExactly("{\"a\":\"grün 🌍\"}", "{broken", "[1]", "{\"b\":2}", "{\"last\":true}");
    }
  }

  @Test
  void tellsWhatIsNoObject() throws Exception {
    List<JsonLines.Line> lines = read(STREAM, 7, 1000);
    assertThat(lines)
        .extracting(line -> line.object() != null)
        .containsExactly(true, false, false, true, true);
  }

  @Test
  void refusesALineThatIsTooLong() {
    assertThatThrownBy(() -> read("{\"a\":1234567890}\n", 4, 12))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("12 bytes");
  }

  private static List<String> texts(String stream, int at) throws Exception {
    return read(stream, at, 1000).stream().map(JsonLines.Line::text).toList();
  }

  private static List<JsonLines.Line> read(String stream, int at, int maxBytes) throws Exception {
    JsonLines lines = new JsonLines(maxBytes);
    List<JsonLines.Line> read = new ArrayList<>();
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    for (byte[] part :
        List.of(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length))) {
      lines.feed(part, part.length);
      for (JsonLines.Line line = lines.next(); line != null; line = lines.next()) {
        read.add(line);
      }
    }
    JsonLines.Line rest = lines.rest();
    if (rest != null) {
      read.add(rest);
    }
    return read;
  }
}
