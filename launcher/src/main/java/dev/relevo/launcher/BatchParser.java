package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.operator.batch.BoundedLines;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Understands the lines of a job file ({@code docs/batches.md}): a request as it is, with a few
 * fields of ours beside its own, or a line of an OpenAI batch. Pure, but for remembering how the
 * last line was written: one that cannot be understood is answered in that way.
 */
final class BatchParser {
  /** The longest line of a job file, in bytes. */
  static final int MOST_LINE = 8 << 20;

  /** Longest id of a line, in characters. */
  static final int MOST_ID = 512;

  private static final int MOST_NAME = 1_000;
  private static final int LOWEST_PRIORITY = 9;
  private static final String CHAT = "/v1/chat/completions";
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  /** Fields of a line that are ours; all others belong to the request. */
  private static final Set<String> OURS =
      Set.of("id", "prompt", "body", "fallbacks", "tenant", "priority", "lane", "deadline");

  /** Keeps every digit of a number that only passes through. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Defaults defaults;
  private BatchFormat last = BatchFormat.PLAIN;

  BatchParser(Defaults defaults) {
    this.defaults = defaults;
  }

  /**
   * What lines get that do not say otherwise.
   *
   * @param model null for the one that the live nodes prefer
   * @param system a system prompt for requests without one
   * @param mostTime the longest deadline there may be
   */
  record Defaults(
      @Nullable String model,
      @Nullable String system,
      List<String> fallbacks,
      Lane lane,
      Duration mostTime) {
    Defaults {
      fallbacks = List.copyOf(fallbacks);
    }
  }

  /** Something is wrong with a line; the message says what. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String reason) {
      super(reason);
    }
  }

  /**
   * Understands a line that is not blank.
   *
   * @param line without its end
   */
  BatchLine parse(BoundedLines.Line line) {
    String digest = BatchIds.digest(line.bytes());
    String id = "line-" + line.number() + "-" + digest;
    if (line.tooLong()) {
      return new BrokenLine(
          line.number(), id, last, "the line is longer than " + (MOST_LINE >> 20) + " MiB");
    }
    try {
      ObjectNode fields = object(line.bytes());
      boolean openAi = fields.has("custom_id") || (fields.has("url") && fields.has("method"));
      last = openAi ? BatchFormat.OPENAI : BatchFormat.PLAIN;
      String own = ownId(fields, openAi ? "custom_id" : "id");
      id = own == null ? id : own;
      if (openAi && own == null) {
        throw new Wrong("there is no custom_id");
      }
      ObjectNode request = openAi ? openAiRequest(fields) : request(fields);
      return wanted(line, id, digest, openAi ? JSON.createObjectNode() : fields, request);
    } catch (Wrong e) {
      return new BrokenLine(line.number(), id, last, String.valueOf(e.getMessage()));
    }
  }

  private static ObjectNode object(byte[] line) throws Wrong {
    try {
      if (JSON.readTree(line) instanceof ObjectNode fields) {
        return fields;
      }
    } catch (JacksonException e) {
      throw new Wrong(
          "this is no JSON: %s (column %d)"
              .formatted(
                  PlainText.line(String.valueOf(e.getOriginalMessage()), 200),
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr()));
    }
    throw new Wrong("this is no JSON object");
  }

  private static @Nullable String ownId(ObjectNode fields, String name) throws Wrong {
    JsonNode id = fields.get(name);
    if (id == null || id.isNull()) {
      return null;
    }
    String text = id.isString() || id.isIntegralNumber() ? id.asString() : "";
    if (text.isEmpty() || text.length() > MOST_ID) {
      throw new Wrong(name + " has to be a text of 1 to " + MOST_ID + " characters");
    }
    return text;
  }

  private static ObjectNode openAiRequest(ObjectNode fields) throws Wrong {
    String method = fields.path("method").asString("POST");
    String url = fields.path("url").asString(CHAT);
    if (!method.equals("POST") || !url.equals(CHAT)) {
      throw new Wrong(
          "only POST %s can be answered, not %s %s"
              .formatted(CHAT, PlainText.line(method, 20), PlainText.line(url, 100)));
    }
    return body(fields);
  }

  private static ObjectNode body(ObjectNode fields) throws Wrong {
    if (fields.get("body") instanceof ObjectNode body) {
      return body;
    }
    throw new Wrong("body has to be an object: the request");
  }

  /** The request of a line of our own; the fields are left as they are. */
  private static ObjectNode request(ObjectNode fields) throws Wrong {
    List<String> ways = List.of("prompt", "messages", "body").stream().filter(fields::has).toList();
    if (ways.size() != 1) {
      throw new Wrong(
          ways.isEmpty()
              ? "there is no prompt, and neither messages nor a body"
              : "only one of " + String.join(" and ", ways) + " can be meant");
    }
    if (fields.has("body")) {
      return body(fields);
    }
    ObjectNode request = fields.deepCopy();
    request.remove(OURS);
    if (fields.has("prompt")) {
      String prompt = fields.path("prompt").asString("");
      if (!fields.path("prompt").isString() || prompt.isBlank()) {
        throw new Wrong("prompt has to be a text that says something");
      }
      request.putArray("messages").addObject().put("role", "user").put("content", prompt);
    }
    return request;
  }

  private BatchLine wanted(
      BoundedLines.Line line, String id, String digest, ObjectNode fields, ObjectNode request)
      throws Wrong {
    ArrayNode messages =
        request.get("messages") instanceof ArrayNode array ? array : JSON.createArrayNode();
    if (messages.isEmpty()) {
      throw new Wrong("messages has to be a list with at least one message");
    }
    String model = name(fields, "model");
    model = model == null ? name(request, "model") : model;
    model = model == null ? defaults.model() : model;
    ObjectNode sent = withSystem(request, messages);
    if (model != null && !sent.has("model")) {
      sent = sent.deepCopy();
      sent.put("model", model);
    }
    String body = JSON.writeValueAsString(sent);
    if (utf8Bytes(body) > KafkaClients.MAX_JOB_BYTES) {
      throw new Wrong("the request is larger than a job may be, 8 MiB less 64 KiB");
    }
    String tenant = name(fields, "tenant");
    return new WantedLine(
        line.number(),
        id,
        last,
        digest,
        model,
        fallbacks(fields),
        tenant == null ? JobHeaders.DEFAULT_TENANT : tenant,
        priority(fields),
        lane(fields),
        deadline(fields),
        body);
  }

  /** Every character takes three bytes at most, so a short text need not be looked at. */
  private static int utf8Bytes(String text) {
    return text.length() <= KafkaClients.MAX_JOB_BYTES / 3
        ? text.length()
        : text.getBytes(StandardCharsets.UTF_8).length;
  }

  private ObjectNode withSystem(ObjectNode request, ArrayNode messages) {
    String system = defaults.system();
    for (JsonNode message : messages) {
      String role = message.path("role").asString("");
      if (role.equals("system") || role.equals("developer")) {
        return request;
      }
    }
    if (system == null) {
      return request;
    }
    ObjectNode with = request.deepCopy();
    ArrayNode all = with.putArray("messages");
    all.addObject().put("role", "system").put("content", system);
    all.addAll(messages);
    return with;
  }

  private static @Nullable String name(ObjectNode fields, String field) throws Wrong {
    JsonNode value = fields.get(field);
    return value == null || value.isNull() ? null : name(value, field);
  }

  private static String name(JsonNode value, String field) throws Wrong {
    String text = value.isString() ? value.asString() : "";
    if (text.isBlank() || text.length() > MOST_NAME) {
      throw new Wrong(field + " has to be a text of 1 to " + MOST_NAME + " characters");
    }
    return text;
  }

  private List<String> fallbacks(ObjectNode fields) throws Wrong {
    if (!fields.has("fallbacks")) {
      return defaults.fallbacks();
    }
    List<String> names = new ArrayList<>();
    if (fields.get("fallbacks") instanceof ArrayNode list) {
      for (JsonNode each : list) {
        names.add(name(each, "fallbacks"));
      }
    }
    if (names.isEmpty()
        || names.size() > JobHeaders.MAX_FALLBACKS
        || names.stream().anyMatch(name -> name.contains(","))) {
      throw new Wrong("fallbacks has to be a list of 1 to 16 models, without commas");
    }
    return names;
  }

  private static int priority(ObjectNode fields) throws Wrong {
    JsonNode value = fields.get("priority");
    if (value == null || value.isNull()) {
      return JobHeaders.DEFAULT_PRIORITY;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new Wrong("priority has to be a whole number from 0 to 9");
    }
    int priority = value.asInt();
    if (priority < 0 || priority > LOWEST_PRIORITY) {
      throw new Wrong("priority is " + priority + "; it goes from 0 (first) to 9");
    }
    return priority;
  }

  private Lane lane(ObjectNode fields) throws Wrong {
    String asked = name(fields, "lane");
    if (asked == null) {
      return defaults.lane();
    }
    return Arrays.stream(Lane.values())
        .filter(lane -> lane.text().equals(asked))
        .findFirst()
        .orElseThrow(() ->
            new Wrong("lane is '" + PlainText.line(asked, 40) + "'; there are jobs and batch"));
  }

  private @Nullable Duration deadline(ObjectNode fields) throws Wrong {
    String asked = name(fields, "deadline");
    if (asked == null) {
      return null;
    }
    Matcher matcher = TIME.matcher(asked);
    Duration deadline = matcher.matches() ? duration(matcher) : Duration.ZERO;
    if (!deadline.isPositive()) {
      throw new Wrong(
          "deadline is '" + PlainText.line(asked, 40) + "'; say how long, such as 90s, 30m or 4h");
    }
    if (deadline.compareTo(defaults.mostTime()) > 0) {
      throw new Wrong(
          "deadline is longer than answers are kept, less an hour: raise"
              + " client.reply-topic-retention");
    }
    return deadline;
  }

  private static Duration duration(Matcher matcher) {
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
