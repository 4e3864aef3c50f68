package dev.relevo.gateway.http;

import java.util.UUID;

/** By what a caller and the log speak of the same request. */
final class RequestIds {
  /** Every answer carries it. */
  static final String HEADER = "x-request-id";

  private RequestIds() {}

  /** One that no other request has. */
  static String next() {
    return "req_" + UUID.randomUUID().toString().replace("-", "");
  }
}
