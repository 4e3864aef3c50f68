package dev.relevo.operator;

import dev.relevo.common.protocol.Lane;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the gist of letters as dispatchers write them, in a fourth of the time that making the
 * whole letter takes. Whatever is not as it should be, or would be cut, makes it give up: the codec
 * then says what is wrong, or mends it.
 */
final class DeadGistReader {
  /** What the letter's own constructor leaves as it is, characters. */
  private static final int MOST_NAME = 256;

  private static final int MOST_WORDS = 1_000;

  private static final Set<String> LANES =
      Stream.of(Lane.values()).map(Lane::text).collect(Collectors.toUnmodifiableSet());

  /** A bit for each field that an attempt must have. */
  private static final int WHOLE_ATTEMPT = 0b111_1111;

  /** A bit for each field that a letter must have besides its code and message. */
  private static final int WHOLE_LETTER = 0b1111;

  private final JsonParser parser;
  private @Nullable String code;
  private @Nullable String message;
  private @Nullable String job;
  private @Nullable String fence;
  private @Nullable String model;
  private @Nullable String tenant;
  private @Nullable String lastCode;
  private long failedAtMs;
  private int attempts;
  private int seen;

  private DeadGistReader(JsonParser parser) {
    this.parser = parser;
  }

  /** The gist, or null when only the codec can say what this is. */
  static @Nullable DeadGist read(byte[] json) {
    try (JsonParser parser = JsonMapper.shared().createParser(json)) {
      return new DeadGistReader(parser).letter();
    } catch (JacksonException | Odd e) {
      return null;
    }
  }

  private @Nullable DeadGist letter() {
    require(parser.nextToken() == JsonToken.START_OBJECT);
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      field(name, parser.nextToken());
    }
    return code == null || message == null || seen != WHOLE_LETTER
        ? null
        : new DeadGist(code, message, job, fence, model, tenant, failedAtMs, attempts, lastCode);
  }

  private void field(String name, JsonToken value) {
    switch (name) {
      case "code" -> code = filled(value);
      case "message" -> message = words(value);
      case "job" -> job = textOrNull(value);
      case "fence" -> fence = textOrNull(value);
      case "model" -> model = textOrNull(value);
      case "tenant" -> tenant = textOrNull(value);
      case "lane" -> {
        require(value == JsonToken.VALUE_STRING && LANES.contains(parser.getString()));
        seen |= 0b1;
      }
      case "partition" -> {
        number(value);
        var _ = parser.getIntValue();
        seen |= 0b10;
      }
      case "offset" -> {
        number(value);
        seen |= 0b100;
      }
      case "failedAtMs" -> {
        failedAtMs = number(value);
        seen |= 0b1000;
      }
      case "attempts" -> attempts(value);
      default -> parser.skipChildren();
    }
  }

  private void attempts(JsonToken value) {
    require(value == JsonToken.START_ARRAY);
    attempts = 0;
    lastCode = null;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      require(parser.currentToken() == JsonToken.START_OBJECT);
      attempt();
      attempts++;
    }
  }

  private void attempt() {
    int whole = 0;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "fence" -> whole |= present(value, 1, 0b1);
        case "node" -> whole |= present(value, 1, 0b10);
        case "incarnation" -> whole |= present(value, 1, 0b100);
        case "message" -> whole |= present(value, 0, 0b1000);
        case "code" -> {
          lastCode = filled(value);
          whole |= 0b1_0000;
        }
        case "assignedAtMs" -> {
          number(value);
          whole |= 0b10_0000;
        }
        case "endedAtMs" -> {
          number(value);
          whole |= 0b100_0000;
        }
        case "backend", "model" ->
            require(value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NULL);
        default -> parser.skipChildren();
      }
    }
    require(whole == WHOLE_ATTEMPT);
  }

  /** The bit, once it is sure that a text stands there, without making it. */
  private int present(JsonToken value, int least, int bit) {
    require(value == JsonToken.VALUE_STRING && parser.getStringLength() >= least);
    return bit;
  }

  private String filled(JsonToken value) {
    require(value == JsonToken.VALUE_STRING);
    String text = parser.getString();
    require(!text.isEmpty() && isLeftAsItIs(text, MOST_NAME));
    return text;
  }

  private String words(JsonToken value) {
    require(value == JsonToken.VALUE_STRING);
    String text = parser.getString();
    require(isLeftAsItIs(text, MOST_WORDS));
    return text;
  }

  private @Nullable String textOrNull(JsonToken value) {
    require(value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NULL);
    return value == JsonToken.VALUE_NULL ? null : parser.getString();
  }

  private long number(JsonToken value) {
    require(value == JsonToken.VALUE_NUMBER_INT);
    return parser.getLongValue();
  }

  private static boolean isLeftAsItIs(String text, int most) {
    if (text.length() > most) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static void require(boolean usual) {
    if (!usual) {
      throw new Odd();
    }
  }

  /** This is nothing that dispatchers write. */
  private static final class Odd extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Odd() {
      super("no usual letter", null, false, false);
    }
  }
}
