package dev.relevo.node.backend;

import java.net.URI;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** Addresses below a backend's base URL. */
final class ServerAddress {
  private static final Pattern VERSION = Pattern.compile("v\\d\\w*");

  private ServerAddress() {}

  /**
   * A base URL as it stands in the settings, without a slash at its end.
   *
   * @param backend its name in the settings
   * @throws IllegalArgumentException if it is none of HTTP
   */
  static HttpUrl of(URI address, String backend) {
    HttpUrl url = HttpUrl.parse(address.toString());
    if (url == null) {
      throw new IllegalArgumentException(
          "The base-url of backend " + backend + " is no http:// or https:// address: " + address);
    }
    return url;
  }

  /** The address of something below a version, which people write behind the base or do not. */
  static HttpUrl versioned(HttpUrl base, String version, String path) {
    boolean given =
        base.pathSegments().stream().anyMatch(segment -> VERSION.matcher(segment).matches());
    return below(given ? base : below(base, version), path);
  }

  /** The address before a version that was written behind it. */
  static HttpUrl unversioned(HttpUrl base) {
    HttpUrl given = base;
    while (given.pathSize() > 1 && given.pathSegments().getLast().isEmpty()) {
      given = given.newBuilder().removePathSegment(given.pathSize() - 1).build();
    }
    return VERSION.matcher(given.pathSegments().getLast()).matches()
        ? given.newBuilder().removePathSegment(given.pathSize() - 1).build()
        : given;
  }

  /** The address of something below another. */
  static HttpUrl below(HttpUrl base, String path) {
    HttpUrl.Builder below = base.newBuilder();
    if (base.pathSegments().getLast().isEmpty()) {
      below.removePathSegment(base.pathSize() - 1);
    }
    return below.addPathSegments(path).build();
  }
}
