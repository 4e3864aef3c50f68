package dev.relevo.gateway.http;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Puts a problem into JSON. */
public final class ProblemBody {
  private ProblemBody() {}

  /** The media type of a shape. */
  static String mediaType(ErrorShape shape) {
    return switch (shape) {
      case OPENAI -> "application/json";
      case PROBLEM -> "application/problem+json";
    };
  }

  /** The body of an answer. */
  static byte[] of(HttpProblem problem, ErrorShape shape) {
    return JsonMapper.shared()
        .writeValueAsBytes(
            switch (shape) {
              case OPENAI -> openAi(problem);
              case PROBLEM -> problem(problem);
            });
  }

  /** {@code {"error": …}}: an answer's body, and the last event of a stream that breaks. */
  public static ObjectNode openAi(HttpProblem problem) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putObject("error")
        .put("message", problem.words())
        .put("type", problem.type())
        .put("param", problem.param())
        .put("code", problem.code());
    return body;
  }

  private static ObjectNode problem(HttpProblem problem) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.put("type", "about:blank")
        .put("title", title(problem.status()))
        .put("status", problem.status())
        .put("detail", problem.words());
    if (problem.code() != null) {
      body.put("code", problem.code());
    }
    if (problem.param() != null) {
      body.put("field", problem.param());
    }
    return body;
  }

  private static String title(int status) {
    return io.helidon.http.Status.create(status).reasonPhrase();
  }
}
