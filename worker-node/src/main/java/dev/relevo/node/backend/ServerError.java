package dev.relevo.node.backend;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a server says went wrong, read from any of the shapes in use: an {@code error} object or
 * text, the same fields at the top, {@code detail} as web frameworks write it, a list of any of
 * these, or no JSON at all.
 *
 * @param message in the server's words; empty if it has none
 * @param code its own name for it, if that is a text
 * @param type its kind, if it tells
 * @param status the HTTP status that stands inside; 0 if none does
 * @param retryAfterMs how long it asks to wait, milliseconds, if that stands inside
 */
record ServerError(
    String message,
    @Nullable String code,
    @Nullable String type,
    int status,
    @Nullable Long retryAfterMs) {
  static final int MAX_MESSAGE_CHARS = 500;

  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  ServerError {
    message =
        message.length() <= MAX_MESSAGE_CHARS
            ? message.strip()
            : message.substring(0, MAX_MESSAGE_CHARS).strip() + "…";
  }

  ServerError(String message, @Nullable String code, @Nullable String type, int status) {
    this(message, code, type, status, null);
  }

  /** Reads the body of a refused request; never fails. */
  static ServerError parse(String body) {
    JsonNode node = Json.node(body);
    if (node == null || node.isMissingNode()) {
      // A page of some proxy says nothing that a person wants to read.
      boolean page = body.stripLeading().startsWith("<");
      return new ServerError(page ? "" : body, null, null, 0);
    }
    return read(node);
  }

  /** The error that a frame of a stream is, or null if it is none. */
  static @Nullable ServerError in(JsonNode frame) {
    JsonNode error = Json.present(frame, "error");
    if (error != null || "error".equals(Json.text(frame, "object"))) {
      return read(frame);
    }
    return null;
  }

  private static ServerError read(JsonNode node) {
    if (node.isArray()) {
      return node.isEmpty() ? new ServerError("", null, null, 0) : read(node.get(0));
    }
    if (node.isString()) {
      return new ServerError(node.stringValue(), null, null, 0);
    }
    for (String wrapper : new String[] {"error", "detail", "errors"}) {
      JsonNode inner = Json.present(node, wrapper);
      if (inner != null && (inner.isContainer() || inner.isString())) {
        return read(inner);
      }
    }
    return fields(node);
  }

  private static ServerError fields(JsonNode node) {
    String message = Json.text(node, "message");
    if (message == null) {
      message = Json.text(node, "msg");
    }
    String code = Json.text(node, "code");
    boolean named = code != null && !code.isBlank() && !NUMBER.matcher(code).matches();
    String type = Json.text(node, "type");
    ErrorDetails details = ErrorDetails.of(node.path("details"));
    return new ServerError(
        message == null ? "" : message,
        named ? code : details.code(),
        type == null ? Json.text(node, "status") : type,
        status(node),
        details.retryAfterMs());
  }

  private static int status(JsonNode node) {
    for (String field : new String[] {"code", "status", "status_code", "raw_status_code"}) {
      long value = Json.count(node, field);
      if (value >= 400 && value < 600) {
        return (int) value;
      }
    }
    return 0;
  }
}
