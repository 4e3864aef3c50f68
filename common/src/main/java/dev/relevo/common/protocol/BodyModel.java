package dev.relevo.common.protocol;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/**
 * Finds {@code model} in a request body (protocol section 2), for jobs whose headers do not name
 * it; reads no further than it must.
 */
public final class BodyModel {
  private static final JsonFactory JSON = new JsonFactory();

  private static final int MAX_CHARS = 1_024;

  private BodyModel() {}

  /**
   * Looks for it.
   *
   * @param body a job record's value
   * @return the model, or null when the body names none
   * @throws MalformedRecordException if the body is no JSON object, or its model has more than
   *     {@value #MAX_CHARS} characters or control characters
   */
  public static @Nullable String find(byte @Nullable [] body) {
    if (body == null || body.length == 0) {
      throw new MalformedRecordException("the record has no value: it holds the request body");
    }
    try (JsonParser parser =
        JSON.createParser(tools.jackson.core.ObjectReadContext.empty(), body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedRecordException("the value is not a JSON object");
      }
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        JsonToken value = parser.nextToken();
        if (name.equals("model") && value == JsonToken.VALUE_STRING) {
          String model = parser.getString();
          if (!model.isBlank()) {
            return checked(model);
          }
        }
        parser.skipChildren();
      }
    } catch (JacksonException e) {
      throw new MalformedRecordException("the value is not JSON: " + e.getOriginalMessage(), e);
    }
    return null;
  }

  /** It stands in state, assignments and dead letters, as a header's would. */
  private static String checked(String model) {
    if (model.length() > MAX_CHARS || model.chars().anyMatch(Character::isISOControl)) {
      throw new MalformedRecordException(
          "the body's model is "
              + model.length()
              + " characters long, at most "
              + MAX_CHARS
              + ", or holds control characters");
    }
    return model;
  }
}
