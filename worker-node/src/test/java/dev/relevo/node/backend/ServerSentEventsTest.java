package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.node.backend.ServerSentEvents.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {
  private static final String STREAM =
      "\uFEFF: hello\n\n"
          + "data: one\n\n"
          + "data:two\r\n\r\n"
          + "data: grün 🌍\r\r"
          + ":\n\n:\r\n"
          + "event: error\ndata: a\ndata:  b\ndata\n\n"
          + "event: forgotten\n\n"
          + "id: 7\nretry: 10\nunknown: x\ndata: {\"a\":\"b: c\"}\n\n"
          + "data: last";

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 16, 1000})
  void readsTheSameHoweverTheBytesAreSplit(int pieceBytes) throws Exception {
    assertThat(read(STREAM, pieceBytes, 1000))
        .containsExactly(
            new Event("", "one"),
            new Event("", "two"),
            new Event("", "grün 🌍"),
            new Event("error", "a\n b\n"),
            new Event("", "{\"a\":\"b: c\"}"),
            new Event("", "last"));
  }

  @Test
  void aLoneCarriageReturnEndsAnEventAtOnce() throws Exception {
    ServerSentEvents events = new ServerSentEvents(100);
    byte[] bytes = "data: x\r\r".getBytes(StandardCharsets.UTF_8);
    events.feed(bytes, bytes.length);
    assertThat(events.next()).isEqualTo(new Event("", "x"));
    events.feed(new byte[] {'\n'}, 1);
    assertThat(events.next()).isNull();
    assertThat(events.rest()).isNull();
  }

  @Test
  void refusesAnEventThatIsTooLarge() {
    assertThatThrownBy(() -> read("data: 1234567890\n\n", 4, 12))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("12 bytes");
  }

  @Test
  void refusesAnEventOfTooManyLines() throws Exception {
    assertThat(read("data: 12345\ndata: 67890\n\n", 4, 12)).hasSize(1);
    assertThatThrownBy(() -> read("data: 12345\ndata: 67890\ndata: 12345\n\n", 4, 12))
        .isInstanceOf(MalformedStreamException.class);
  }

  private static List<Event> read(String stream, int pieceBytes, int maxBytes) throws Exception {
    ServerSentEvents events = new ServerSentEvents(maxBytes);
    List<Event> read = new ArrayList<>();
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < bytes.length; from += pieceBytes) {
      byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + pieceBytes));
      events.feed(piece, piece.length);
      for (Event event = events.next(); event != null; event = events.next()) {
        read.add(event);
      }
    }
    Event rest = events.rest();
    if (rest != null) {
      read.add(rest);
    }
    return read;
  }
}
