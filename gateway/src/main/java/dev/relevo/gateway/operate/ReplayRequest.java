package dev.relevo.gateway.operate;

import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.Pace;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which dead letters run again, and how.
 *
 * @param filter which
 * @param toModel another model; null for the jobs' own
 * @param dryRun whether only to say what would be done
 * @param perSecond at most so many a second; infinity for all at once
 * @param limit at most so many, 1 to {@value #MOST}
 */
record ReplayRequest(
    DeadFilter filter, @Nullable String toModel, boolean dryRun, double perSecond, int limit) {
  /** Letters that one request runs again. */
  static final int MOST = 1_000;

  private static final int MOST_MODEL = 1_000;

  private static final Set<String> FIELDS =
      Set.of(
          "ids",
          "since",
          "before",
          "model",
          "error",
          "tenant",
          "all",
          "to_model",
          "dry_run",
          "rate",
          "limit");

  /**
   * Reads it.
   *
   * @throws HttpProblem 400, naming the field
   */
  static ReplayRequest read(ObjectNode body, Instant now) {
    for (String field : body.propertyNames()) {
      // One that is misspelt would run more than was meant.
      if (!FIELDS.contains(field)) {
        throw HttpProblem.badRequest(
                "unknown_field",
                "There is no field '%s' here; there are %s."
                    .formatted(field, String.join(", ", FIELDS.stream().sorted().toList())))
            .about(field);
      }
    }
    String since = text(body, "since");
    String before = text(body, "before");
    DeadFilter filter =
        new DeadFilter(
            ids(body),
            since == null ? null : QueryReader.momentMs("since", since, now),
            before == null ? null : QueryReader.momentMs("before", before, now),
            text(body, "model"),
            text(body, "error"),
            text(body, "tenant"));
    if (filter.equals(DeadFilter.ALL) && !flag(body, "all")) {
      throw HttpProblem.badRequest(
          "nothing_chosen",
          "Choose dead letters with ids, since, before, model, error or tenant, or say \"all\":"
              + " true.");
    }
    String toModel = text(body, "to_model");
    if (toModel != null && (toModel.isBlank() || toModel.length() > MOST_MODEL)) {
      throw QueryReader.wrong("to_model", toModel, "the name of a model");
    }
    return new ReplayRequest(filter, toModel, flag(body, "dry_run"), rate(body), limit(body));
  }

  private static Set<String> ids(ObjectNode body) {
    Set<String> ids = new LinkedHashSet<>();
    JsonNode node = body.path("ids");
    if (isMissing(node)) {
      return ids;
    }
    if (!node.isArray() || node.isEmpty() || node.size() > MOST) {
      throw QueryReader.wrong("ids", node.toString(), "a list of 1 to " + MOST + " ids of jobs");
    }
    for (JsonNode id : node) {
      if (!id.isString()) {
        throw QueryReader.wrong("ids", id.toString(), "texts: ids of jobs, or keys of letters");
      }
      ids.add(id.stringValue());
    }
    return ids;
  }

  private static @Nullable String text(ObjectNode body, String name) {
    JsonNode node = body.path(name);
    if (isMissing(node)) {
      return null;
    }
    if (!node.isString()) {
      throw QueryReader.wrong(name, node.toString(), "a text");
    }
    return node.stringValue();
  }

  private static boolean flag(ObjectNode body, String name) {
    JsonNode node = body.path(name);
    if (isMissing(node)) {
      return false;
    }
    if (!node.isBoolean()) {
      throw QueryReader.wrong(name, node.toString(), "true or false");
    }
    return node.booleanValue();
  }

  private static double rate(ObjectNode body) {
    String rate = text(body, "rate");
    return rate == null
        ? Double.POSITIVE_INFINITY
        : Pace.perSecond(rate)
            .orElseThrow(() ->
                QueryReader.wrong(
                    "rate",
                    rate,
                    "how many jobs a second, such as 10/s or 0.5/s, or a minute, such as 90/m"));
  }

  private static int limit(ObjectNode body) {
    JsonNode node = body.path("limit");
    if (isMissing(node)) {
      return MOST;
    }
    if (!node.isIntegralNumber() || node.asLong(0) < 1 || node.asLong(0) > MOST) {
      throw QueryReader.wrong("limit", node.toString(), "a whole number from 1 to " + MOST);
    }
    return (int) node.asLong();
  }

  private static boolean isMissing(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }
}
