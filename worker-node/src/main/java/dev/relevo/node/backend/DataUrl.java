package dev.relevo.node.backend;

import java.util.Locale;

/**
 * A file inside a request, as an address that carries it.
 *
 * @param mediaType {@code image/png} and the like
 * @param base64 its bytes
 */
record DataUrl(String mediaType, String base64) {
  private static final String SCHEME = "data:";
  private static final String ENCODING = ";base64";

  /** Whether the server itself would have to fetch it. */
  static boolean isLink(String url) {
    String start = url.substring(0, Math.min(url.length(), 8)).toLowerCase(Locale.ROOT);
    return start.startsWith("http://") || start.startsWith("https://");
  }

  /**
   * Takes an address apart.
   *
   * @throws UnsupportedRequestException if it carries nothing in base64
   */
  static DataUrl of(String url) throws UnsupportedRequestException {
    int comma = url.indexOf(',');
    if (!url.startsWith(SCHEME) || comma < 0) {
      throw refused();
    }
    String head = url.substring(SCHEME.length(), comma);
    if (!head.toLowerCase(Locale.ROOT).endsWith(ENCODING)) {
      throw refused();
    }
    String type = head.substring(0, head.length() - ENCODING.length());
    int parameter = type.indexOf(';');
    return new DataUrl(
        parameter < 0 ? type : type.substring(0, parameter), url.substring(comma + 1));
  }

  private static UnsupportedRequestException refused() {
    return new UnsupportedRequestException(
        "takes files only inside the request, as data:image/png;base64,…");
  }
}
