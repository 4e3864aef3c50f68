package dev.relevo.node.backend;

import dev.relevo.node.backend.WorkerInfo.Continuation;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.List;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is particular to a provider with an API of its own: its addresses and its words, for
 * requests, answers and refusals. Immutable; {@link ProviderWorker} does the rest.
 */
interface ProviderApi {

  /** The adapter's name. */
  String type();

  /** What messages for people call the server. */
  String product();

  /** What it can carry. */
  Set<Feature> features();

  /** How it is asked to continue an answer, if any of its models can. */
  Continuation continuation();

  /** Whether a model is known to continue an answer. */
  boolean continuesPrefix(String model);

  /** Where a request goes. */
  HttpUrl completions(HttpUrl base, String model);

  /**
   * A request in its words.
   *
   * @throws UnsupportedRequestException if it cannot do what is asked
   */
  ObjectNode call(CompletionRequest request) throws UnsupportedRequestException;

  /** A reader for one answer. */
  AnswerParser parser(ServerName server, String model);

  /** The failure that a refusal is, unless it is one of a prefix. */
  Completion.Failed failure(ServerName server, Refusal refusal);

  /**
   * Where a page of its models is listed.
   *
   * @param after what the page before told; null for the first one
   */
  HttpUrl models(HttpUrl base, @Nullable String after);

  /** A page of its models, or null if it is none. */
  @Nullable ModelPage page(JsonNode body);

  /**
   * Some of the models of a provider.
   *
   * @param models those that chat
   * @param next what to ask for the next page with; null if this is the last
   */
  record ModelPage(List<String> models, @Nullable String next) {}
}
