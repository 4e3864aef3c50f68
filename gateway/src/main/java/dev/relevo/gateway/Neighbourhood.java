package dev.relevo.gateway;

import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where no keys are needed, a page in a browser on this machine could ask as well as its user: it
 * may send requests to any address, and one whose own name is made to point here (DNS rebinding)
 * may even read the answers. Browsers tell both: by the origin that sends, and by the host that is
 * asked for.
 */
final class Neighbourhood {
  private static final List<String> NAMES =
      List.of("localhost", ".localhost", ".local", ".internal", ".localdomain");
  private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[.*]");

  private Neighbourhood() {}

  /**
   * Lets pass what comes from here.
   *
   * @throws HttpProblem 403, when a page from elsewhere asks
   */
  static void require(Exchange exchange) {
    exchange.header("Host").ifPresent(host -> require(name(host), "asked for as " + host));
    exchange
        .header("Origin")
        .ifPresent(origin -> require(nameOfOrigin(origin), "sent by a page of " + origin));
  }

  private static void require(String name, String what) {
    if (!isNear(name)) {
      throw HttpProblem.of(
              403,
              "not_from_here",
              "Without api-keys this gateway answers its own machine alone, and this was %s: set gateway.api-keys, or ask for localhost."
                  .formatted(what))
          .ofType("permission_error");
    }
  }

  private static boolean isNear(String name) {
    return ADDRESS.matcher(name).matches()
        || NAMES.stream()
            .anyMatch(near -> near.startsWith(".") ? name.endsWith(near) : name.equals(near));
  }

  /** Without the port. */
  private static String name(String host) {
    String lower = host.strip().toLowerCase(Locale.ROOT);
    return lower.startsWith("[")
        ? lower.substring(0, lower.indexOf(']') + 1)
        : lower.replaceFirst(":\\d*$", "");
  }

  private static String nameOfOrigin(String origin) {
    try {
      String host = URI.create(origin.strip()).getHost();
      return host == null ? "" : host.toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
