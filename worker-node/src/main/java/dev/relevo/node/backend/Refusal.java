package dev.relevo.node.backend;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server's no, before or in the middle of an answer, and whether somebody else may say yes.
 *
 * @param status the HTTP status; 0 if the server only said so inside a stream
 * @param error its words
 * @param retryAfterMs how long it asks to wait, milliseconds, if it does
 */
record Refusal(int status, ServerError error, @Nullable Long retryAfterMs) {
  /** Money that ran out does not come back by waiting. */
  private static final Set<String> SPENT =
      Set.of(
          "insufficient_quota",
          "credit_balance_exhausted",
          "organization_spend_limit_exceeded",
          "project_spend_limit_exceeded",
          "organization_usage_limit_exceeded");

  private static final Set<String> CALLERS_FAULT =
      Set.of(
          "invalid_request_error", "badrequesterror", "bad request", "exceed_context_size_error");

  /** The one that a stream carried inside, after a status that promised an answer. */
  static Refusal inStream(ServerError error) {
    return new Refusal(error.status(), error, null);
  }

  /** The failure of the attempt: the default words, which an adapter may know better ones for. */
  AttemptFailure failure(ServerName server) {
    return failure(server + " " + happened() + words() + advice());
  }

  /** The failure of the attempt, in the given words. */
  AttemptFailure failure(String message) {
    return new AttemptFailure(code(), message, retryable(), retryAfterMs);
  }

  /** Whether the same request may succeed elsewhere or later. */
  boolean retryable() {
    if (spent()) {
      return false;
    }
    return switch (status) {
      case 0 -> !callersFault();
      case 400, 404 -> modelNotLoaded();
      // 498: Groq's capacity for the cheap tier is used up.
      case 408, 409, 429, 498 -> true;
      case 501 -> false;
      default -> status >= 500;
    };
  }

  /** Whether the server says that it cannot continue an answer that was begun elsewhere. */
  boolean ofPrefix() {
    String message = lower(error.message());
    // Some builds of llama-server answer 500 where a prefix meets thinking.
    return (status == 400 || status == 422 || status == 500)
        && (message.contains("prefill")
            || message.contains("model turn")
            || message.contains("continue_final_message")
            || message.contains("must end with a user message"));
  }

  private String code() {
    if (error.code() != null) {
      return error.code();
    }
    boolean refused =
        switch (status) {
          case 0 -> callersFault();
          case 400, 404, 405, 413, 415, 422, 501 -> !modelNotLoaded();
          default -> false;
        };
    return refused ? FailureCodes.INVALID_REQUEST : FailureCodes.BACKEND_ERROR;
  }

  private String happened() {
    if (status == 0) {
      return "broke off";
    }
    return "answered " + status + (error.code() == null ? "" : " (" + error.code() + ")");
  }

  private String words() {
    return error.message().isEmpty() ? "" : ": " + error.message();
  }

  private String advice() {
    return switch (status) {
      case 401, 403 -> " – check the backend's api-key";
      case 402 -> " – its account has no credit";
      case 301, 302, 303, 307, 308 -> " – it has moved: set base-url to its new address";
      case 405 -> " – is base-url the address of this kind of server?";
      default -> "";
    };
  }

  private boolean spent() {
    return contains(SPENT, error.code()) || (status == 429 && contains(SPENT, error.type()));
  }

  private boolean callersFault() {
    return contains(CALLERS_FAULT, error.type());
  }

  /** LM Studio has the model on disk but not in memory; a matter of that server alone. */
  private boolean modelNotLoaded() {
    String message = lower(error.message());
    return message.contains("no models loaded") || message.contains("failed to load model");
  }

  private static boolean contains(Set<String> names, @Nullable String name) {
    return name != null && names.contains(lower(name));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
