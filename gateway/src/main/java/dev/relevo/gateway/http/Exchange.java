package dev.relevo.gateway.http;

import io.helidon.common.parameters.Parameters;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A request and its answer, for one thread. */
public final class Exchange {
  /** The code of a body that is larger than what is taken. */
  static final String TOO_LARGE = "request_too_large";

  private static final int COPY_BYTES = 16 << 10;

  /** So many bytes are read for nobody, so that the connection can go on. */
  private static final long MOST_UNREAD = 64 << 10;

  private final ServerRequest request;
  private final ServerResponse response;
  private final Parameters pathParameters;
  private final @Nullable Connection connection;
  private final String id;
  private final long mostBodyBytes;
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();
  private @Nullable Principal principal;
  private @Nullable CompletableFuture<Void> gone;
  private final Map<String, String> answerHeaders = new LinkedHashMap<>();
  private final Map<String, String> standingHeaders = new LinkedHashMap<>();
  private boolean closesAfter;
  private boolean begun;
  private int status;
  private Runnable onFirstEvent = () -> {};

  Exchange(
      ServerRequest request,
      ServerResponse response,
      Parameters pathParameters,
      @Nullable Connection connection,
      String id,
      long mostBodyBytes) {
    this.request = request;
    this.response = response;
    this.pathParameters = pathParameters;
    this.connection = connection;
    this.id = id;
    this.mostBodyBytes = mostBodyBytes;
  }

  /** The id of the request; the answer carries it as {@code x-request-id}. */
  public String id() {
    return id;
  }

  /** Who asks. */
  public Principal principal() {
    if (principal == null) {
      throw new IllegalStateException("nobody was admitted to " + path());
    }
    return principal;
  }

  void admitted(Principal who) {
    principal = who;
  }

  /** The path as it was sent, without the query. */
  public String path() {
    return request.prologue().uriPath().rawPath();
  }

  /** A header of the request; of several with one name the first. */
  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** A parameter of the path, decoded. */
  public String pathParameter(String name) {
    return pathParameters.get(name);
  }

  /** A parameter of the query, decoded; of several with one name the first. */
  public Optional<String> query(String name) {
    return request.query().first(name).asOptional();
  }

  /** How long the body says that it is. */
  public OptionalLong bodyLength() {
    return request.headers().contentLength();
  }

  /**
   * The body.
   *
   * @param most bytes that are taken, if the settings allow as many
   * @throws HttpProblem 413 for a longer one
   */
  public byte[] body(int most) {
    return bodyOf((int) Math.min(most, mostBodyBytes));
  }

  private byte[] bodyOf(int most) {
    if (bodyLength().orElse(0) > most) {
      throw tooLarge(most);
    }
    try (InputStream in = body()) {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      byte[] buffer = new byte[COPY_BYTES];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (read.size() + count > most) {
          throw tooLarge(most);
        }
        read.write(buffer, 0, count);
      }
      return read.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpProblem tooLarge(int most) {
    // What has not been read of it is not worth reading.
    closeAfter();
    return HttpProblem.of(
        413,
        TOO_LARGE,
        "The body is larger than %,d bytes, and no more are taken here.".formatted(most));
  }

  /** The body as it comes; empty where there is none. */
  public InputStream body() {
    return request.content().hasEntity()
        ? request.content().inputStream()
        : InputStream.nullInputStream();
  }

  /** Completes when the caller has closed the connection; dependents run on any thread. */
  public CompletableFuture<Void> callerGone() {
    CompletableFuture<Void> listens = gone;
    if (listens == null) {
      listens = connection == null ? new CompletableFuture<>() : connection.readAhead().listen();
      gone = listens;
    }
    return listens.copy();
  }

  /** Whether the caller has closed the connection. */
  public boolean isCallerGone() {
    return connection != null && connection.readAhead().ended().isDone();
  }

  /**
   * Completes when the gateway stops; an answer that can be gone on with elsewhere should end then.
   */
  public CompletableFuture<Void> stopping() {
    return stopping.copy();
  }

  /** The gateway stops. */
  void stop() {
    stopping.complete(null);
  }

  /** Whether the gateway stops. */
  public boolean isStopping() {
    return stopping.isDone();
  }

  /** Sets a header of the answer. */
  public void answerHeader(String name, String value) {
    answerHeaders.put(name, value);
  }

  /** Sets a header of the answer, whatever becomes of the request. */
  public void standingHeader(String name, String value) {
    standingHeaders.put(name, value);
  }

  /** Answers with JSON: a tree, or a record. */
  public void json(int status, Object body) {
    bytes(status, "application/json", JsonMapper.shared().writeValueAsBytes(body));
  }

  /** Answers with nothing more to say. */
  public void empty(int status) {
    begin(status);
    response.send();
  }

  /** Answers with these bytes. */
  public void bytes(int status, String mediaType, byte[] body) {
    answerHeader("Content-Type", mediaType);
    begin(status);
    if (isHead()) {
      response.send();
    } else {
      response.send(body);
    }
  }

  private boolean isHead() {
    return request.prologue().method().equals(Method.HEAD);
  }

  /** Answers with what is written, as it is written; closing it ends the answer. */
  public OutputStream stream(int status, String mediaType) {
    answerHeader("Content-Type", mediaType);
    begin(status);
    return response.outputStream();
  }

  /** Answers with events, until the stream is closed. */
  public EventStream events() {
    answerHeader("Cache-Control", "no-cache");
    answerHeader("X-Accel-Buffering", "no");
    return new EventStream(
        stream(200, "text/event-stream; charset=utf-8"),
        () -> connection != null && connection.readAhead().isFarewell(),
        onFirstEvent);
  }

  /** Has somebody told when the first event of the answer was written. */
  void onFirstEvent(Runnable told) {
    onFirstEvent = told;
  }

  /** The status of the answer; 0 before it began. */
  int status() {
    return status;
  }

  private void begin(int status) {
    if (begun) {
      throw new IllegalStateException("request " + id + " is answered already");
    }
    begun = true;
    this.status = status;
    response.status(Status.create(status));
    standingHeaders.forEach((name, value) -> response.header(HeaderNames.create(name), value));
    answerHeaders.forEach((name, value) -> response.header(HeaderNames.create(name), value));
    if (leavesBody()) {
      closesAfter = true;
    }
    if (closesAfter) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
  }

  /** Whether its sender has a body that is not worth reading, or waits to be told to send it. */
  private boolean leavesBody() {
    return request.content().hasEntity()
        && !request.content().consumed()
        && (header("Expect").isPresent() || bodyLength().orElse(Long.MAX_VALUE) > MOST_UNREAD);
  }

  /** What every answer carries. */
  void prepare() {
    answerHeader(RequestIds.HEADER, id);
    SafeHeaders.ALL.forEach(this::answerHeader);
  }

  /**
   * Drops what was prepared of an answer.
   *
   * @return false when it has begun to go out
   */
  boolean restart() {
    answerHeaders.clear();
    prepare();
    return !begun;
  }

  /** The connection cannot go on after this answer. */
  void closeAfter() {
    closesAfter = true;
  }

  /** Whether the connection ends with this answer: we say so, or the caller did. */
  boolean closesAfter() {
    return closesAfter || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
  }
}
