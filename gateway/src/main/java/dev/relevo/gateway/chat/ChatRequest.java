package dev.relevo.gateway.chat;

import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.JsonBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A chat completion as it was asked for. Immutable.
 *
 * <p>The job's body is the request as it came: nodes ask their backends for streams in any case, so
 * {@code stream} and {@code stream_options} do no harm there. Only {@code models} and {@code
 * fallbacks} are ours and taken out, for some servers refuse what they do not know.
 */
final class ChatRequest {
  /** Longer than any model's name; all of a job's models have to fit into one header. */
  static final int LONGEST_MODEL = 200;

  private static final String MODEL = "model";
  private static final String MODELS = "models";
  private static final String FALLBACKS = "fallbacks";

  private final String model;
  private final List<String> fallbacks;
  private final boolean streamed;
  private final boolean includesUsage;
  private final byte[] body;

  private ChatRequest(String model, List<String> fallbacks, ObjectNode request, byte[] body) {
    this.model = model;
    this.fallbacks = List.copyOf(fallbacks);
    this.streamed =
        RequestFields.present(request, "stream").map(JsonNode::booleanValue).orElse(false);
    this.includesUsage =
        RequestFields.present(request, "stream_options")
            .flatMap(options -> RequestFields.present(options, "include_usage"))
            .map(JsonNode::booleanValue)
            .orElse(false);
    this.body = body;
  }

  /**
   * Reads it.
   *
   * @throws HttpProblem 400, naming the field that is wrong or missing
   */
  static ChatRequest read(byte[] sent) {
    ObjectNode request = JsonBody.object(sent);
    RequestFields.check(request);
    List<String> models = new ArrayList<>();
    RequestFields.present(request, MODEL).ifPresent(it -> models.add(name(MODEL, it)));
    models.addAll(names(request, MODELS));
    models.addAll(names(request, FALLBACKS));
    if (RequestFields.present(request, MODEL).isEmpty() && names(request, MODELS).isEmpty()) {
      throw RequestFields.missing(MODEL);
    }
    String first = models.getFirst();
    List<String> others = models.stream().distinct().filter(other -> !other.equals(first)).toList();
    boolean ours = request.has(MODELS) || request.has(FALLBACKS);
    request.remove(List.of(MODELS, FALLBACKS));
    return new ChatRequest(
        first, others, request, ours ? JsonMapper.shared().writeValueAsBytes(request) : sent);
  }

  private static List<String> names(ObjectNode request, String field) {
    Optional<JsonNode> list = RequestFields.present(request, field);
    if (list.isEmpty()) {
      return List.of();
    }
    if (!list.get().isArray()) {
      throw RequestFields.wrong(field, "an array of models", list.get());
    }
    List<String> names = new ArrayList<>();
    for (JsonNode name : list.get().values()) {
      names.add(name("%s[%d]".formatted(field, names.size()), name));
    }
    return names;
  }

  private static String name(String field, JsonNode value) {
    if (!value.isString()) {
      throw RequestFields.wrong(field, "the name of a model", value);
    }
    String name = value.stringValue();
    boolean listed = !field.equals(MODEL);
    if (name.isBlank()
        || name.length() > LONGEST_MODEL
        || name.chars().anyMatch(Character::isISOControl)
        || (listed && (name.contains(",") || !name.strip().equals(name)))) {
      throw HttpProblem.badRequest(
              "invalid_value",
              "'%s' is no name of a model: 1 to %d characters%s."
                  .formatted(field, LONGEST_MODEL, listed ? ", no comma" : ""))
          .about(field);
    }
    return name;
  }

  /** The model that is asked for. */
  String model() {
    return model;
  }

  /** Models that may answer instead, in order, without the first. */
  List<String> fallbacks() {
    return fallbacks;
  }

  /** Whether the answer is wanted as it comes. */
  boolean isStreamed() {
    return streamed;
  }

  /** Whether the stream is to end with a count of tokens. */
  boolean includesUsage() {
    return includesUsage;
  }

  /** The job's body, not copied. */
  byte[] body() {
    return body;
  }
}
