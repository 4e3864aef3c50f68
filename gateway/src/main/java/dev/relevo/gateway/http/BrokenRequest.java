package dev.relevo.gateway.http;

import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectTransportRequest;

/**
 * What is no request: the one answer to it is the last of its connection.
 *
 * @param method how it is asked, as far as it is known
 * @param path what it asks for, as far as it is known
 */
record BrokenRequest(String method, String path) {
  /** One of which not even the first line is known. */
  static BrokenRequest unknown() {
    return new BrokenRequest("", "");
  }

  /** One whose first line could be read. */
  static BrokenRequest to(String method, String path) {
    return new BrokenRequest(method, path);
  }

  /** 400. */
  RequestException bad(String message) {
    return as(400, message);
  }

  RequestException as(int status, String message) {
    return RequestException.builder()
        .type(EventType.OTHER)
        .request(DirectTransportRequest.create("HTTP/1.1", method, path))
        .status(Status.create(status))
        .setKeepAlive(false)
        .safeMessage(true)
        .message(message)
        .build();
  }
}
