package dev.relevo.gateway.files;

import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A part of a list, as OpenAI's SDKs page through it: {@code limit} entries behind {@code after}.
 */
public final class Page {
  private Page() {}

  /**
   * The page that a request asks for.
   *
   * @param all in the order in which they are given out
   * @param id of an entry
   * @param most entries of a page
   * @param usual entries of a page where the request does not say
   */
  public static <T> ObjectNode of(
      Exchange exchange,
      List<T> all,
      Function<T, String> id,
      Function<T, ObjectNode> json,
      int most,
      int usual) {
    int limit = limit(exchange, most, usual);
    int from = asked(exchange, "after").map(after -> behind(all, id, after)).orElse(0);
    List<T> shown = all.subList(from, Math.min(all.size(), from + limit));
    ObjectNode page = JsonMapper.shared().createObjectNode().put("object", "list");
    ArrayNode data = page.putArray("data");
    shown.forEach(entry -> data.add(json.apply(entry)));
    page.put("first_id", shown.isEmpty() ? null : id.apply(shown.getFirst()));
    page.put("last_id", shown.isEmpty() ? null : id.apply(shown.getLast()));
    return page.put("has_more", from + shown.size() < all.size());
  }

  private static Optional<String> asked(Exchange exchange, String parameter) {
    return exchange.query(parameter).filter(value -> !value.isEmpty());
  }

  private static <T> int behind(List<T> all, Function<T, String> id, String after) {
    for (int at = 0; at < all.size(); at++) {
      if (id.apply(all.get(at)).equals(after)) {
        return at + 1;
      }
    }
    throw HttpProblem.badRequest(
            "invalid_value", "after: there is no '%s' in this list.".formatted(after))
        .about("after");
  }

  private static int limit(Exchange exchange, int most, int usual) {
    String asked = asked(exchange, "limit").orElse(Integer.toString(usual));
    try {
      int limit = Integer.parseInt(asked);
      if (limit >= 1 && limit <= most) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Told below, like a number that is out of range.
    }
    throw HttpProblem.badRequest(
            "invalid_value",
            "limit is '%s', expected a whole number from 1 to %,d.".formatted(asked, most))
        .about("limit");
  }
}
