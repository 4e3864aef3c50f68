package dev.relevo.gateway.http;

import java.util.Map;

/** What keeps a browser that is led here from taking an answer for more than data. */
final class SafeHeaders {
  /** Of every answer. */
  static final Map<String, String> ALL =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Referrer-Policy", "no-referrer",
          "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
          "Cache-Control", "no-store");

  private SafeHeaders() {}
}
