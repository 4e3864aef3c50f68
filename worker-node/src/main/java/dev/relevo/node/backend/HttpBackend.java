package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.TimeoutSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * One backend's HTTP: asks, reads the answer on the calling thread and hands it over piece by
 * piece. Nothing is tried again and no redirect followed here: the node decides what comes next.
 *
 * <p>Four bounds hold every call. {@code connect}: until a connection stands. {@code first-token}
 * and {@code idle}: until the first piece of the answer, and between two ({@link Patience}). And
 * the whole call: {@code total}, or what the request allows if that is less.
 *
 * <p>Threads: a call reads on the thread that made it. A cancellation closes the socket from any
 * other thread, an interrupt of a virtual thread does the same; the blocked read then fails, and
 * the call finds out which of them it was. All methods may be called from many threads at once.
 */
final class HttpBackend implements AutoCloseable {

  /** What an adapter knows of a request's answer. */
  interface Dialect {
    /** A reader for one answer. */
    AnswerParser parser();

    /** The failure that a refusal is. */
    Completion.Failed failure(Refusal refusal);

    /** Whether the server still gets ready to answer; asked when the first piece is overdue. */
    default Patience.Preparation preparation() {
      return Patience.Preparation.UNKNOWN;
    }
  }

  /** What came of a question. */
  sealed interface Reply {
    /** The server answered, whatever it says. */
    record Answered(int status, String body) implements Reply {}

    /** It did not; the reason is for people. */
    record Silent(String reason) implements Reply {}
  }

  private static final MediaType JSON = MediaType.get("application/json");
  private static final int READ_BYTES = 16 * 1024;
  private static final long MAX_ERROR_BYTES = 64 * 1024;
  private static final long MAX_REPLY_BYTES = 8 * 1024 * 1024;
  private static final int MAX_IDLE_CONNECTIONS = 16;

  /**
   * Many servers close a connection that was idle for 5 s; one that is used again just then breaks
   * a request that nothing is wrong with.
   */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(4);

  private final ServerName server;
  private final CallFailures failures;
  private final TimeoutSettings timeouts;
  private final Headers headers;
  private final OkHttpClient completions;
  private final OkHttpClient questions;
  private final Set<Call> running = ConcurrentHashMap.newKeySet();

  /**
   * @param headers what each request carries, the key among it
   */
  HttpBackend(
      ServerName server,
      BackendSettings settings,
      HealthCheckSettings healthCheck,
      Headers headers) {
    this.server = server;
    this.timeouts = settings.timeouts();
    this.failures = new CallFailures(server, timeouts);
    this.headers = headers;
    this.completions =
        new OkHttpClient.Builder()
            .connectionPool(
                new ConnectionPool(
                    MAX_IDLE_CONNECTIONS, KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS))
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .followSslRedirects(false)
            .connectTimeout(timeouts.connect())
            .readTimeout(Duration.ZERO)
            .writeTimeout(Duration.ZERO)
            .callTimeout(timeouts.total())
            .build();
    this.questions =
        completions
            .newBuilder()
            .readTimeout(healthCheck.timeout())
            .callTimeout(healthCheck.timeout())
            .build();
  }

  /** Asks for a completion and hands over its pieces; see {@link Worker#streamCompletion}. */
  Completion stream(
      HttpUrl url, byte[] body, CompletionRequest job, Dialect dialect, DeltaSink sink)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Call call = completions.newCall(request(url).post(RequestBody.create(body, JSON)).build());
    long limitMs = Math.min(job.timeoutMs(), timeouts.total().toMillis());
    call.timeout().timeout(limitMs, TimeUnit.MILLISECONDS);
    job.cancellation().onCancel(call::cancel);
    running.add(call);
    if (failures.isClosed()) {
      call.cancel();
    }
    try (Patience patience = new Patience(timeouts, dialect.preparation(), call::cancel)) {
      Progress progress = new Progress(dialect.parser(), patience);
      try {
        return run(call, job, dialect, progress, sink);
      } catch (IOException e) {
        return broken(e, job, progress, sink);
      } finally {
        running.remove(call);
      }
    }
  }

  /** Asks a question with a short answer. */
  Reply get(HttpUrl url) throws InterruptedException {
    return ask(request(url).get().build());
  }

  /** Asks a question that has a body. */
  Reply post(HttpUrl url, byte[] body) throws InterruptedException {
    return ask(request(url).post(RequestBody.create(body, JSON)).build());
  }

  private Reply ask(Request question) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    try (Response response = questions.newCall(question).execute()) {
      return new Reply.Answered(response.code(), response.peekBody(MAX_REPLY_BYTES).string());
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw interruption(e);
      }
      return new Reply.Silent(failures.unanswered(e));
    }
  }

  @Override
  public void close() {
    failures.closed();
    // OkHttp itself forgets a call as soon as its response has begun.
    running.forEach(Call::cancel);
    completions.dispatcher().executorService().shutdown();
    completions.connectionPool().evictAll();
  }

  private Request.Builder request(HttpUrl url) {
    return new Request.Builder().url(url).headers(headers);
  }

  private Completion run(
      Call call, CompletionRequest job, Dialect dialect, Progress progress, DeltaSink sink)
      throws IOException, InterruptedException {
    Completion completion = null;
    Response response = call.execute();
    progress.stage = Stage.SILENT;
    try {
      LimitNews limits = LimitHeaders.read(response.headers());
      if (!limits.equals(LimitNews.NONE)) {
        job.limits().told(limits);
      }
      completion =
          response.isSuccessful()
              ? read(response.body().source(), progress, sink)
              : dialect.failure(refusal(response));
      return completion;
    } finally {
      if (!(completion instanceof Completion.Finished)) {
        // Closing alone would read on for a while, to use the connection again.
        call.cancel();
      }
      response.close();
    }
  }

  private Completion read(BufferedSource source, Progress progress, DeltaSink sink)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[READ_BYTES];
    while (true) {
      int count = source.read(buffer);
      if (count < 0) {
        progress.answer.end();
      } else {
        progress.answer.feed(buffer, count);
        progress.stage = progress.stage == Stage.SILENT ? Stage.WAITING : progress.stage;
      }
      Completion completion = progress.take(sink);
      if (completion != null) {
        return completion;
      }
      if (count < 0) {
        throw new IllegalStateException("The answer of " + server + " ended without a terminal.");
      }
    }
  }

  private static Refusal refusal(Response response) {
    String body;
    try {
      body = response.peekBody(MAX_ERROR_BYTES).string();
    } catch (IOException e) {
      // The status says enough.
      body = "";
    }
    return new Refusal(
        response.code(),
        ServerError.parse(body),
        RetryAfter.read(
            response.header("retry-after-ms"),
            response.header("retry-after"),
            response.header("date")));
  }

  private Completion broken(IOException e, CompletionRequest job, Progress progress, DeltaSink sink)
      throws InterruptedException {
    String cancelled = job.cancellation().reason();
    if (cancelled != null) {
      return new Completion.Cancelled(cancelled);
    }
    if (Thread.interrupted()) {
      throw interruption(e);
    }
    if (progress.stage == Stage.ANSWERING && !(e instanceof MalformedStreamException)) {
      Completion whole = progress.whole(sink);
      if (whole != null) {
        return whole;
      }
    }
    return progress.patience.isOver()
        ? failures.silent(progress.stage)
        : failures.broken(e, progress.stage, job.timeoutMs());
  }

  private static InterruptedException interruption(IOException cause) {
    InterruptedException interruption = new InterruptedException();
    interruption.initCause(cause);
    return interruption;
  }

  /** How far a call has come. */
  enum Stage {
    /** No response yet. */
    ASKED,
    /** The server has taken the request and sent no byte of an answer. */
    SILENT,
    /** Bytes have come, no piece of an answer. */
    WAITING,
    /** Pieces have come. */
    ANSWERING
  }

  /** One call's answer, as far as it has come. */
  private static final class Progress {
    private final AnswerParser answer;
    private final Patience patience;
    private Stage stage = Stage.ASKED;

    Progress(AnswerParser answer, Patience patience) {
      this.answer = answer;
      this.patience = patience;
    }

    /** Hands over what can be read by now; gives the end, or null if more bytes are needed. */
    @Nullable Completion take(DeltaSink sink) throws IOException, InterruptedException {
      for (Step step = answer.next(); step != null; step = answer.next()) {
        switch (step) {
          case Step.Piece piece -> {
            patience.handsOver();
            sink.accept(piece.index(), piece.delta());
            patience.handedOver();
            stage = Stage.ANSWERING;
          }
          case Step.Skipped skipped -> sink.skipped(skipped.what());
          case Step.Ended ended -> {
            return ended.completion();
          }
        }
      }
      return null;
    }

    /** What a connection that broke had brought, if that was all: the end mark may be missing. */
    @Nullable Completion whole(DeltaSink sink) throws InterruptedException {
      try {
        answer.end();
        return take(sink) instanceof Completion.Finished finished ? finished : null;
      } catch (IOException e) {
        // It was cut; the break itself tells more of why.
        return null;
      }
    }
  }
}
