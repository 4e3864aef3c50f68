package dev.relevo.gateway.jobs;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Texts as one step of a path. */
final class PathSegment {
  private PathSegment() {}

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
