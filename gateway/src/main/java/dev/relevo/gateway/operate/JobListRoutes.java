package dev.relevo.gateway.operate;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.JobPage;
import dev.relevo.operator.JobQuery;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.ListedJob;
import dev.relevo.operator.LiveJobs;
import io.helidon.http.Method;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/jobs}: all jobs that Kafka still tells of, those first that changed last. Who may
 * only ask models sees those of his own tenant.
 */
final class JobListRoutes {
  private static final int USUAL_LIMIT = 50;

  private final LiveJobs jobs;

  JobListRoutes(LiveJobs jobs) {
    this.jobs = jobs;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            Method.GET,
            "/v1/jobs",
            Right.EITHER,
            ErrorShape.PROBLEM,
            KafkaRoute.handler(jobs::isReady, jobs::complaint, this::list)));
  }

  private void list(Exchange exchange) throws InterruptedException {
    JobPage page = jobs.list(query(exchange));
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("object", "list");
    ArrayNode data = json.putArray("data");
    page.jobs().forEach(job -> data.add(json(job)));
    json.put("has_more", page.next() != null);
    if (page.next() != null) {
      json.put("next", page.next());
    }
    exchange.json(200, json);
  }

  private static JobQuery query(Exchange exchange) {
    QueryReader query = new QueryReader(exchange);
    String after = query.text("after");
    Set<JobStatus> states = states(query.text("state"));
    String tenant = tenant(query.text("tenant"), exchange.principal());
    int limit = query.limit(USUAL_LIMIT, JobQuery.MOST);
    try {
      return new JobQuery(states, query.text("model"), tenant, limit, after);
    } catch (IllegalArgumentException e) {
      throw QueryReader.wrong("after", String.valueOf(after), "the 'next' of an earlier page");
    }
  }

  private static @Nullable String tenant(@Nullable String asked, Principal who) {
    if (who.may(Right.OPERATE) || (!who.tenantFixed() && asked != null)) {
      return asked;
    }
    if (asked != null && !asked.equals(who.tenant())) {
      throw HttpProblem.of(
          403,
          "insufficient_permissions",
          "This key is for tenant '%s' alone; the jobs of others need the right 'operate'."
              .formatted(who.tenant()));
    }
    return who.tenant();
  }

  private static Set<JobStatus> states(@Nullable String text) {
    Set<JobStatus> states = EnumSet.noneOf(JobStatus.class);
    if (text != null) {
      for (String word : text.split(",", -1)) {
        states.add(state(word));
      }
    }
    return states;
  }

  private static JobStatus state(String word) {
    return Arrays.stream(JobStatus.values())
        .filter(status -> status.name().equals(word.strip().toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            QueryReader.wrong(
                "state",
                word,
                "one or more, with commas, of "
                    + Arrays.stream(JobStatus.values())
                        .map(KnownJob::word)
                        .collect(Collectors.joining(", "))));
  }

  private static ObjectNode json(ListedJob listed) {
    KnownJob job = listed.job();
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("id", job.id()).put("state", job.word());
    json.put("model", listed.model()).put("tenant", listed.tenant());
    json.put("lane", job.state().lane().text());
    json.put("node", job.hasEnded() ? null : job.state().node());
    json.put("attempt_count", job.state().attemptsUsed());
    ObjectNode timings = json.putObject("timings");
    timings.put("submitted_at_ms", listed.submittedMs());
    timings.put("updated_at_ms", job.state().updatedAtMs());
    if (!job.hasEnded() && job.state().deadlineMs() > 0) {
      timings.put("deadline_at_ms", job.state().deadlineMs());
    }
    timings.properties().removeIf(field -> field.getValue().isNull());
    if (job.code() != null) {
      json.putObject("error").put("code", job.code()).put("message", job.message());
    }
    String path =
        "/v1/jobs/" + URLEncoder.encode(job.id(), StandardCharsets.UTF_8).replace("+", "%20");
    json.putObject("links").put("self", path);
    json.properties().removeIf(field -> field.getValue().isNull());
    return json;
  }
}
