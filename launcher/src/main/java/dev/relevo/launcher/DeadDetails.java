package dev.relevo.launcher;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.operator.DeadRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** All that {@code dead show} tells of a letter. */
final class DeadDetails {
  /** Of a request no more than this is printed, characters. */
  static final int MOST_BODY = 16_384;

  /** A longer request is printed as it is, bytes. */
  private static final int MOST_PRETTY = 1 << 20;

  private static final int MOST_HEADER = 300;

  private DeadDetails() {}

  static List<String> lines(DeadRecord record) {
    List<String> lines = new ArrayList<>();
    DeadLetter letter = record.letter();
    row(lines, "Job", record.name());
    row(lines, "Died", DeadTable.when(record.whenMs()));
    row(lines, "Error", record.error());
    row(lines, "Reason", record.reason());
    if (letter != null) {
      row(lines, "Model", letter.model());
      row(lines, "Tenant", letter.tenant());
      row(
          lines,
          "Record",
          "lane %s, partition %d, offset %d"
              .formatted(letter.lane().text(), letter.partition(), letter.offset()));
    }
    row(
        lines,
        "Letter",
        "%s, partition %d, offset %d".formatted(record.key(), record.partition(), record.offset()));
    row(lines, "Replay", record.obstacle().map(reason -> "no: " + reason).orElse("yes"));
    headers(record, lines);
    if (letter != null) {
      attempts(letter, lines);
    }
    body(record.value(), lines);
    return lines;
  }

  private static void row(List<String> lines, String title, @Nullable String value) {
    if (value != null) {
      lines.add("%-8s%s".formatted(title, PlainText.line(value)));
    }
  }

  private static void headers(DeadRecord record, List<String> lines) {
    lines.add("");
    lines.add("Headers");
    int before = lines.size();
    for (Header header : record.headers()) {
      if (!header.key().equals(HeaderNames.DEAD)) {
        lines.add(
            "  %s: %s"
                .formatted(
                    PlainText.line(header.key(), MOST_HEADER),
                    header.value() == null
                        ? "(null)"
                        : PlainText.line(text(header.value()), MOST_HEADER)));
      }
    }
    if (lines.size() == before) {
      lines.add("  none");
    }
  }

  private static void attempts(DeadLetter letter, List<String> lines) {
    lines.add("");
    lines.add(letter.attempts().isEmpty() ? "No attempts" : "Attempts");
    int number = 0;
    for (AttemptReport attempt : letter.attempts()) {
      number++;
      lines.add(
          "  %d  node %s, backend %s, model %s: %s"
              .formatted(
                  number,
                  PlainText.line(attempt.node()),
                  orDash(attempt.backend()),
                  orDash(attempt.model()),
                  PlainText.line(attempt.code())));
      lines.add("     " + PlainText.line(attempt.message()));
      lines.add(
          "     %s to %s (%d ms), fence %s, incarnation %s"
              .formatted(
                  DeadTable.when(attempt.assignedAtMs()),
                  DeadTable.when(attempt.endedAtMs()),
                  attempt.endedAtMs() - attempt.assignedAtMs(),
                  PlainText.line(attempt.fence()),
                  PlainText.line(attempt.incarnation())));
    }
  }

  private static String orDash(@Nullable String text) {
    return text == null ? "-" : PlainText.line(text);
  }

  private static void body(byte[] value, List<String> lines) {
    lines.add("");
    lines.add("Request, %d bytes".formatted(value.length));
    String text = pretty(value);
    boolean cut = text.length() > MOST_BODY;
    String plain = PlainText.lines(cut ? text.substring(0, MOST_BODY) : text);
    plain.lines().forEach(line -> lines.add("  " + line));
    if (cut) {
      lines.add("  … cut here; --json prints all of it.");
    }
  }

  private static String pretty(byte[] value) {
    if (value.length > MOST_PRETTY) {
      return new String(value, 0, MOST_BODY * 4, StandardCharsets.UTF_8);
    }
    try {
      return value.length == 0 ? "" : JsonMapper.shared().readTree(value).toPrettyString();
    } catch (JacksonException e) {
      return text(value);
    }
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  /**
   * The letter as a line of JSON: {@code letter} is what stands in {@code relevo-dead}; what is no
   * UTF-8 is told in Base64, under a name that says so.
   */
  static String json(DeadRecord record) {
    JsonMapper mapper = JsonMapper.shared();
    DeadLetter letter = record.letter();
    ObjectNode line = mapper.createObjectNode();
    line.put("job", letter == null ? null : letter.job());
    line.put("key", record.key());
    line.put("partition", record.partition());
    line.put("offset", record.offset());
    record.obstacle().ifPresent(reason -> line.put("notReplayable", reason));
    if (letter != null) {
      line.set("letter", mapper.readTree(MessageCodec.encode(letter)));
    }
    ArrayNode headers = line.putArray("headers");
    for (Header header : record.headers()) {
      if (!header.key().equals(HeaderNames.DEAD)) {
        put(headers.addObject().put("name", header.key()), "value", header.value());
      }
    }
    put(line, "request", record.value());
    return PlainText.line(mapper.writeValueAsString(line));
  }

  private static void put(ObjectNode node, String name, byte @Nullable [] bytes) {
    if (bytes == null) {
      node.putNull(name);
      return;
    }
    try {
      node.put(name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      node.put(name + "Base64", bytes);
    }
  }
}
