package dev.relevo.gateway.chat;

import dev.relevo.client.JobRequest;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for in its headers: {@code x-relevo-…} stands for the job's header {@code
 * relevo-…} (protocol section 2).
 *
 * @param headers the job's, without a reply place
 * @param lane which way in
 * @param keepsRunning whether the job survives its caller
 */
record JobOptions(JobHeaders headers, Lane lane, boolean keepsRunning) {
  private static final String PREFIX = "x-";
  private static final String LANE = "x-relevo-lane";
  private static final String KEEP_RUNNING = "x-relevo-keep-running";

  /** Longer ones outlive their answers: clients' reply places are kept for a day and an hour. */
  private static final Duration LONGEST_DEADLINE = Duration.ofHours(24);

  /** W3C trace context asks to ignore what is none. */
  private static final Pattern TRACEPARENT =
      Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,200})?");

  private static final List<String> ASKED =
      List.of(
          HeaderNames.FALLBACK_MODELS,
          HeaderNames.MAX_WAIT,
          HeaderNames.STRATEGY,
          HeaderNames.SESSION,
          HeaderNames.PRIORITY,
          HeaderNames.DEADLINE,
          HeaderNames.FAILOVER,
          HeaderNames.MAX_ATTEMPTS);

  /**
   * Reads them.
   *
   * @param header gives a header of the request
   * @param principal whose request it is
   * @param maxWait where the request says nothing; null leaves it so
   * @param nowMs epoch milliseconds
   * @throws HttpProblem 400 for a broken one, naming header and value; 403 for another's tenant
   */
  static JobOptions read(
      Function<String, Optional<String>> header,
      Principal principal,
      ChatRequest request,
      @Nullable Duration maxWait,
      long nowMs) {
    RecordHeaders headers = new RecordHeaders();
    ASKED.forEach(
        name -> header.apply(PREFIX + name).ifPresent(value -> put(headers, name, value)));
    put(headers, HeaderNames.TENANT, tenant(header, principal));
    if (maxWait != null && headers.lastHeader(HeaderNames.MAX_WAIT) == null) {
      put(headers, HeaderNames.MAX_WAIT, Long.toString(maxWait.toMillis()));
    }
    header
        .apply(HeaderNames.TRACEPARENT)
        .filter(value -> TRACEPARENT.matcher(value).matches())
        .ifPresent(value -> put(headers, HeaderNames.TRACEPARENT, value));
    JobHeaders parsed = parse(headers);
    checkDeadline(parsed.deadlineMs(), nowMs);
    return new JobOptions(
        with(parsed, request.model(), fallbacks(request, parsed.fallbackModels())),
        lane(header.apply(LANE)),
        flag(header.apply(KEEP_RUNNING)));
  }

  private static void put(RecordHeaders headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static String tenant(Function<String, Optional<String>> header, Principal principal) {
    String name = PREFIX + HeaderNames.TENANT;
    return principal.tenantOf(name, header.apply(name));
  }

  private static JobHeaders parse(RecordHeaders headers) {
    try {
      return JobHeaders.parse(headers);
    } catch (MalformedRecordException e) {
      String words =
          String.valueOf(e.getMessage()).replaceFirst("^header relevo-", "Header x-relevo-");
      throw broken(words + ".");
    }
  }

  private static List<String> fallbacks(ChatRequest request, List<String> more) {
    List<String> all =
        Stream.concat(request.fallbacks().stream(), more.stream())
            .filter(model -> !model.equals(request.model()))
            .distinct()
            .toList();
    if (all.size() > JobHeaders.MAX_FALLBACKS) {
      throw HttpProblem.badRequest(
              "too_many_fallbacks",
              "The request names %d fallback models, and at most %d are tried."
                  .formatted(all.size(), JobHeaders.MAX_FALLBACKS))
          .about("fallbacks");
    }
    return all;
  }

  private static JobHeaders with(JobHeaders asked, String model, List<String> fallbacks) {
    return new JobHeaders(
        null,
        model,
        fallbacks,
        asked.maxWaitMs(),
        asked.strategy(),
        asked.session(),
        asked.tenant(),
        asked.priority(),
        asked.deadlineMs(),
        asked.failover(),
        asked.maxAttempts(),
        null,
        asked.traceparent());
  }

  private static void checkDeadline(@Nullable Long deadlineMs, long nowMs) {
    String name = PREFIX + HeaderNames.DEADLINE;
    if (deadlineMs != null && deadlineMs <= nowMs) {
      throw broken(
          "Header %s is '%d', which has passed: it is epoch milliseconds, and now is %d."
              .formatted(name, deadlineMs, nowMs));
    }
    if (deadlineMs != null && deadlineMs - nowMs > LONGEST_DEADLINE.toMillis()) {
      throw broken(
          "Header %s is '%d', which is more than %d hours ahead: it is epoch milliseconds."
              .formatted(name, deadlineMs, LONGEST_DEADLINE.toHours()));
    }
  }

  private static Lane lane(Optional<String> asked) {
    for (Lane lane : Lane.values()) {
      if (asked.isEmpty() || lane.text().equals(asked.get())) {
        return lane;
      }
    }
    throw broken("Header %s is '%s', expected jobs or batch.".formatted(LANE, asked.get()));
  }

  private static boolean flag(Optional<String> asked) {
    return switch (asked.orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      case String other ->
          throw broken("Header %s is '%s', expected true or false.".formatted(KEEP_RUNNING, other));
    };
  }

  private static HttpProblem broken(String words) {
    return HttpProblem.badRequest("invalid_header", words);
  }

  /** The job of a request. */
  JobRequest.Builder job(ChatRequest request, long nowMs) {
    JobRequest.Builder job =
        JobRequest.body(request.body())
            .lane(lane)
            .model(request.model())
            .fallbackModels(headers.fallbackModels())
            .tenant(headers.tenant())
            .priority(headers.priority())
            .failover(headers.failover());
    if (headers.maxWaitMs() != null) {
      job.maxWait(Duration.ofMillis(headers.maxWaitMs()));
    }
    if (headers.deadlineMs() != null) {
      job.deadline(Duration.ofMillis(Math.max(1, headers.deadlineMs() - nowMs)));
    }
    if (headers.maxAttempts() != null) {
      job.maxAttempts(headers.maxAttempts());
    }
    if (headers.strategy() != null) {
      job.strategy(headers.strategy());
    }
    if (headers.session() != null) {
      job.session(headers.session());
    }
    if (headers.traceparent() != null) {
      job.traceparent(headers.traceparent());
    }
    return job;
  }
}
