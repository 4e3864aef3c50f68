package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.http.RequestException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestFramingTest {
  private static final String FIRST =
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String SECOND = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
  private static final String THIRD = "GET /c HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String ALL = FIRST + "8\r\nabcdefgh\r\n0\r\n\r\n" + SECOND + "xyz" + THIRD;

  private final RequestFraming framing = new RequestFraming(1_000, 10_000);

  /** All pieces that pass when what came is read in this many bytes at a time. */
  private List<String> pieces(String text, int atOnce) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += atOnce) {
      framing.give(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + atOnce)));
      byte[] piece = framing.take();
      while (piece != null) {
        pieces.add(new String(piece, StandardCharsets.ISO_8859_1));
        piece = framing.take();
      }
    }
    return pieces;
  }

  @Test
  void aPieceNeverReachesIntoTheNextRequest() {
    assertThat(pieces(ALL, ALL.length()))
        .containsExactly(FIRST, "8\r\nabcdefgh\r\n", "0\r\n\r\n", SECOND, "xyz", THIRD);
    assertThat(framing.requests()).isEqualTo(3);
    assertThat(framing.isBetween()).isTrue();
  }

  @Test
  void requestsAreTheSameHoweverTheyCome() {
    for (int atOnce = 1; atOnce < ALL.length(); atOnce++) {
      RequestFramingTest other = new RequestFramingTest();
      List<String> pieces = other.pieces(ALL, atOnce);

      assertThat(unchunked(String.join("", pieces)))
          .as("%d bytes at once", atOnce)
          .isEqualTo(FIRST + "abcdefgh" + SECOND + "xyz" + THIRD);
      assertThat(other.framing.requests()).isEqualTo(3);
    }
  }

  private static String unchunked(String passed) {
    String body = passed.substring(FIRST.length(), passed.indexOf(SECOND));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    int at = 0;
    int size;
    do {
      int end = body.indexOf("\r\n", at);
      size = Integer.parseInt(body.substring(at, end), 16);
      byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
      whole.write(bytes, end + 2, size);
      at = end + 2 + size + 2;
    } while (size > 0);
    return FIRST
        + whole.toString(StandardCharsets.ISO_8859_1)
        + passed.substring(passed.indexOf(SECOND));
  }

  @Test
  void aLargeChunkPassesAsItComes() {
    framing.give((FIRST + "1000\r\n" + "x".repeat(100)).getBytes(StandardCharsets.US_ASCII));

    assertThat(framing.take()).asString(StandardCharsets.US_ASCII).isEqualTo(FIRST);
    assertThat(framing.take())
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo("64\r\n" + "x".repeat(100) + "\r\n");
    assertThat(framing.take()).isNull();
    assertThat(framing.isBetween()).isFalse();
  }

  @Test
  void nothingPassesBehindWhatIsNoRequest() {
    framing.give((THIRD + "rubbish\r\n" + THIRD).getBytes(StandardCharsets.US_ASCII));

    assertThat(framing.take()).asString(StandardCharsets.US_ASCII).isEqualTo(THIRD);
    assertThatThrownBy(framing::take).isInstanceOf(RequestException.class);
    assertThat(framing.take()).isNull();
    assertThat(framing.hasFailed()).isTrue();
    framing.give(THIRD.getBytes(StandardCharsets.US_ASCII));
    assertThat(framing.take()).isNull();
  }

  @Test
  void boundsHoldBeforeAnythingIsKept() {
    framing.give(("GET /" + "x".repeat(2_000)).getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(framing::take).hasMessageContaining("1,000 bytes");

    RequestFraming other = new RequestFraming(1_000, 10);
    other.give((FIRST + "b\r\n").getBytes(StandardCharsets.US_ASCII));
    assertThat(other.take()).asString(StandardCharsets.US_ASCII).isEqualTo(FIRST);
    assertThatThrownBy(other::take).hasMessageContaining("10 bytes");
  }
}
