package dev.relevo.gateway.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what is no request, or none that a route could get: as a problem, and closes. */
final class TransportErrors implements DirectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TransportErrors.class);

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType eventType,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    HttpProblem problem = problem(status, message);
    ErrorShape shape = Answering.shapeOf(request.path());
    String id = RequestIds.next();
    LOG.debug("Request {} is none: {} {}", id, status.code(), problem.words());
    headers.set(HeaderNames.create(RequestIds.HEADER), id);
    SafeHeaders.ALL.forEach((name, value) -> headers.set(HeaderNames.create(name), value));
    problem.headers().forEach((name, value) -> headers.set(HeaderNames.create(name), value));
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, ProblemBody.mediaType(shape))
        .keepAlive(false)
        .entity(ProblemBody.of(problem, shape))
        .build();
  }

  /**
   * What is told of it.
   *
   * @param message null where there is none that a caller may see
   */
  static HttpProblem problem(Status status, @Nullable String message) {
    String code = status.code() == 413 ? Exchange.TOO_LARGE : null;
    HttpProblem problem =
        HttpProblem.of(status.code(), code, message == null ? words(status) : message);
    // SDKs try again after any of them, and the same bytes are no better the next time.
    return status.code() < 500 ? problem : problem.notToBeRetried();
  }

  private static String words(Status status) {
    return "The request could not be read: " + status.reasonPhrase() + ".";
  }
}
