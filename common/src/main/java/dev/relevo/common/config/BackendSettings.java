package dev.relevo.common.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model server that a node uses.
 *
 * @param name how messages and metrics call it; unique in a node; default the type. Long names are
 *     carried by every heartbeat.
 * @param type which adapter speaks to it: {@code ollama}, {@code openai} (any compatible server),
 *     {@code groq}, {@code gemini}, {@code anthropic}, {@code cohere}, {@code echo}, or one found
 *     by ServiceLoader; default ollama. A name nobody has is refused when the node starts.
 * @param baseUrl where it is; default the type's own address. http:// over a network shows key and
 *     prompts to everybody between.
 * @param apiKey key sent to it; best written as {@code ${VARIABLE}}; default none. None: nothing is
 *     sent.
 * @param models models it is offered for; patterns such as llama3* are allowed; default empty.
 *     Empty: the backend is asked; {@code *} also takes jobs for models that it does not have.
 * @param priority lower is preferred: local 10, cheap cloud 50, dear cloud 100; default 10. Equal
 *     ones share the work.
 * @param weight share of the work where the strategy goes by weight; default 1. A thousand times
 *     that of another leaves the other idle.
 * @param capabilities what it can do, where the adapter does not know.
 * @param timeouts how long it may take.
 * @param retry attempts of one job on it, before the node gives the job to a fallback model or
 *     back.
 * @param circuitBreaker when it is left alone.
 * @param limits how much it is given.
 */
public record BackendSettings(
    String name,
    String type,
    @Nullable URI baseUrl,
    Secret apiKey,
    List<String> models,
    int priority,
    int weight,
    CapabilitySettings capabilities,
    TimeoutSettings timeouts,
    RetrySettings retry,
    CircuitBreakerSettings circuitBreaker,
    LimitSettings limits) {

  static final Entry.Setting<String> NAME =
      new Entry.Setting<>(
          "name",
          Kinds.text(
              "a name of up to 100 letters, digits, dots, dashes and underscores",
              Pattern.compile("[A-Za-z0-9._-]{1,100}")),
          "",
          "the type",
          "How messages and metrics call it; unique in a node",
          "Long names are carried by every heartbeat");

  static final Entry.Setting<String> TYPE =
      new Entry.Setting<>(
          "type",
          Kinds.text("the name of an adapter", Pattern.compile("[A-Za-z0-9._-]{1,100}")),
          "ollama",
          "Which adapter speaks to it: `ollama`, `openai` (any compatible server), "
              + "`groq`, `gemini`, `anthropic`, `cohere`, `echo`, or one found by "
              + "ServiceLoader",
          "A name nobody has is refused when the node starts");

  static final Entry.Setting<URI> BASE_URL =
      new Entry.Setting<>(
          "base-url",
          Kinds.httpAddress(),
          URI.create(""),
          "the type's own address, for ollama http://localhost:11434",
          "Where it is",
          "http:// over a network shows key and prompts to everybody between");

  static final Entry.Setting<Secret> API_KEY =
      new Entry.Setting<>(
          "api-key",
          Kinds.secret(),
          Secret.NONE,
          "none",
          "Key sent to it; best written as `${VARIABLE}`",
          "None: nothing is sent");

  static final Entry.Setting<List<String>> MODELS =
      new Entry.Setting<>(
          "models",
          Kinds.list(
              Kinds.text(
                  "the name of a model, or a pattern such as llama3*",
                  Pattern.compile("[^\\s,\\p{Cntrl}]{1,200}"))),
          List.of(),
          "empty: ask the backend",
          "Models it is offered for; patterns such as llama3* are allowed",
          "Empty: the backend is asked; `*` also takes jobs for models that it does not" + " have");

  static final Entry.Setting<Integer> PRIORITY =
      new Entry.Setting<>(
          "priority",
          Kinds.wholeNumber(0, 1_000_000),
          10,
          "Lower is preferred: local 10, cheap cloud 50, dear cloud 100",
          "Equal ones share the work");

  static final Entry.Setting<Integer> WEIGHT =
      new Entry.Setting<>(
          "weight",
          Kinds.wholeNumber(1, 1_000_000),
          1,
          "Share of the work with strategy `weighted`",
          "A thousand times that of another leaves the other idle");

  private static final Entry.Section<RetrySettings> RETRY =
      RetrySettings.section(Duration.ofMillis(500), Duration.ofSeconds(5));

  private static final URI LOCAL_OLLAMA = URI.create("http://localhost:11434");

  static final Entry.Section<BackendSettings> SECTION =
      new Entry.Section<>(
          "backends",
          List.of(
              NAME,
              TYPE,
              BASE_URL,
              API_KEY,
              MODELS,
              PRIORITY,
              WEIGHT,
              CapabilitySettings.SECTION,
              TimeoutSettings.SECTION,
              RETRY,
              CircuitBreakerSettings.SECTION,
              LimitSettings.SECTION),
          BackendSettings::of);

  public BackendSettings {
    models = List.copyOf(models);
    new Rules("backends")
        .check(NAME, name)
        .check(TYPE, type)
        .check(API_KEY, apiKey)
        .check(MODELS, models)
        .check(PRIORITY, priority)
        .check(WEIGHT, weight)
        .require(
            baseUrl == null || BASE_URL.kind().complaint(baseUrl) == null,
            "the value is not " + BASE_URL.kind().expected(),
            "base-url")
        .verify();
  }

  /**
   * The keys that nobody may see. One that is also a backend's name or type, such as {@code ollama}
   * for a server that takes any, is no secret.
   */
  public static List<String> secrets(List<BackendSettings> backends) {
    return backends.stream()
        .map(backend -> backend.apiKey().reveal())
        .filter(key ->
            backends.stream()
                .noneMatch(backend -> backend.name().contains(key) || backend.type().contains(key)))
        .toList();
  }

  private static BackendSettings of(Values values) {
    return new BackendSettings(
        nameOf(values),
        values.get(TYPE),
        baseUrlOf(values),
        values.get(API_KEY),
        values.get(MODELS),
        values.get(PRIORITY),
        values.get(WEIGHT),
        values.get(CapabilitySettings.SECTION),
        values.get(TimeoutSettings.SECTION),
        values.get(RETRY),
        values.get(CircuitBreakerSettings.SECTION),
        values.get(LimitSettings.SECTION));
  }

  /** What a node uses when no backend is configured. */
  static BackendSettings localOllama() {
    Values values = new Values();
    values.put(NAME, "ollama-local");
    values.put(MODELS, List.of("gemma3:4b"));
    return of(values);
  }

  private static String nameOf(Values values) {
    String name = values.get(NAME);
    return name.isEmpty() ? values.get(TYPE) : name;
  }

  private static @Nullable URI baseUrlOf(Values values) {
    URI given = values.get(BASE_URL);
    if (!given.toString().isEmpty()) {
      return given;
    }
    return values.get(TYPE).equals("ollama") ? LOCAL_OLLAMA : null;
  }
}
