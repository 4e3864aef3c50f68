package dev.relevo.node.backend;

import dev.relevo.common.protocol.FailureCodes;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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
          "organization_usage_limit_exceeded",
          "enforced_spend_limit_reached");

  private static final Set<String> TOO_LONG =
      Set.of("context_length_exceeded", "exceed_context_size_error");

  private static final Set<String> TOO_LONG_WORDS =
      Set.of(
          "maximum context length",
          "exceeds the available context size",
          "prompt is too long",
          "exceeds the context window",
          "input token count exceeds");

  private static final Set<String> NOT_PERMITTED =
      Set.of("permission_error", "permissions_error", "permission_denied");

  /** A model, by the word for it or by the path of one. */
  private static final Pattern NAMES_MODEL = Pattern.compile("\\bmodel\\b|models/\\w");

  private static final Set<String> CALLERS_FAULT =
      Set.of("invalid_request_error", "badrequesterror", "bad request");

  private static final String CHECK_KEY = " – check the backend's api-key";

  Refusal {
    if (retryAfterMs == null) {
      retryAfterMs = error.retryAfterMs();
    }
  }

  /** The one that a stream carried inside, after a status that promised an answer. */
  static Refusal inStream(ServerError error) {
    return new Refusal(error.status(), error, null);
  }

  /** The failure of the attempt: the default words, which an adapter may know better ones for. */
  Completion.Failed failure(ServerName server) {
    return Completion.failed(fault(), code(), sentence(server), retryAfterMs);
  }

  /** What happened, for people. */
  String sentence(ServerName server) {
    return server + " " + happened() + words() + advice();
  }

  /** What kind of failure it is. */
  Fault fault() {
    if (spent()) {
      return Fault.CREDENTIALS;
    }
    if (contextTooLong()) {
      return Fault.CONTEXT_TOO_LONG;
    }
    return switch (status) {
      case 0 -> callersFault() ? Fault.CALLER : Fault.SERVER;
      case 301, 302, 303, 307, 308, 405 -> Fault.MALFORMED;
      case 400 -> modelNotLoaded() ? Fault.MODEL_MISSING : Fault.CALLER;
      case 401, 402 -> Fault.CREDENTIALS;
      case 403 -> modelNotPermitted() ? Fault.MODEL_MISSING : Fault.CREDENTIALS;
      case 404 -> Fault.MODEL_MISSING;
      case 408, 409 -> Fault.SERVER;
      // 498: Groq's capacity for the cheap tier is used up.
      case 429, 498 -> Fault.RATE_LIMITED;
      case 501 -> Fault.CALLER;
      default -> status >= 500 ? Fault.SERVER : Fault.CALLER;
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
            || message.contains("must end with a user message")
            || message.contains("expected last role"));
  }

  private String code() {
    if (error.code() != null) {
      return error.code();
    }
    return switch (fault()) {
      case CALLER, CONTEXT_TOO_LONG -> FailureCodes.INVALID_REQUEST;
      default -> FailureCodes.BACKEND_ERROR;
    };
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
      case 401 -> CHECK_KEY;
      case 403 ->
          modelNotPermitted() ? " – the backend's api-key may not use this model" : CHECK_KEY;
      case 402 -> " – its account has no credit";
      case 301, 302, 303, 307, 308 -> " – it has moved: set base-url to its new address";
      case 405 -> " – is base-url the address of this kind of server?";
      default -> "";
    };
  }

  private boolean spent() {
    return contains(SPENT, error.code()) || (status == 429 && contains(SPENT, error.type()));
  }

  /** Providers have no common name for it, so their words have to tell. */
  private boolean contextTooLong() {
    if (status != 0 && (status < 400 || status == 429)) {
      return false;
    }
    String message = lower(error.message());
    return contains(TOO_LONG, error.code())
        || contains(TOO_LONG, error.type())
        || TOO_LONG_WORDS.stream().anyMatch(message::contains);
  }

  private boolean callersFault() {
    return contains(CALLERS_FAULT, error.type());
  }

  /** LM Studio has the model on disk but not in memory; a matter of that server alone. */
  private boolean modelNotLoaded() {
    String message = lower(error.message());
    return message.contains("no models loaded") || message.contains("failed to load model");
  }

  /** The key is good, and other models may be asked with it. */
  private boolean modelNotPermitted() {
    return (error.code() != null && lower(error.code()).startsWith("model_"))
        || (contains(NOT_PERMITTED, error.type())
            && NAMES_MODEL.matcher(lower(error.message())).find());
  }

  private static boolean contains(Set<String> names, @Nullable String name) {
    return name != null && names.contains(lower(name));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
