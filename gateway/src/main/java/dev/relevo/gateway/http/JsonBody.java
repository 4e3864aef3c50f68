package dev.relevo.gateway.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads a body that has to be one JSON object. */
public final class JsonBody {
  /** Deeper than any request or schema that makes sense. */
  public static final int MOST_DEPTH = 200;

  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MOST_DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** How its messages go on where they speak of the parser. */
  private static final Pattern OUR_BUSINESS = Pattern.compile(": enable `| \\(start marker at ");

  private JsonBody() {}

  /**
   * Reads it.
   *
   * @throws HttpProblem 400, saying what is wrong and where
   */
  public static ObjectNode object(byte[] body) {
    requireUtf8(body);
    JsonNode node;
    try {
      node = STRICT.readTree(body);
    } catch (JacksonException e) {
      throw HttpProblem.badRequest(null, "The body is no JSON that can be read: " + words(e));
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw HttpProblem.badRequest(
        null, body.length == 0 ? "The body is empty." : "The body has to be a JSON object.");
  }

  private static void requireUtf8(byte[] body) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body));
    } catch (CharacterCodingException e) {
      throw HttpProblem.badRequest(null, "The body is not valid UTF-8.");
    }
  }

  private static String words(JacksonException e) {
    TokenStreamLocation where = e.getLocation();
    String place =
        where == null
            ? ""
            : " (line %d, column %d)".formatted(where.getLineNr(), where.getColumnNr());
    // Only what reads the text itself speaks of it in words for people.
    String words =
        e instanceof StreamReadException
            ? OUR_BUSINESS.split(e.getOriginalMessage(), 2)[0]
            : e instanceof StreamConstraintsException
                ? "it is nested too deep, or has a name or number that is too long"
                : "something stands behind its end";
    return words + place + ".";
  }
}
