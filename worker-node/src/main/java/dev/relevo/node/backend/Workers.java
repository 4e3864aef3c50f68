package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/** The types of workers that there are. Immutable. */
public final class Workers {
  private final SortedMap<String, WorkerFactory> factories = new TreeMap<>();

  private Workers(Iterator<WorkerFactory> found) {
    List<WorkerFactory> builtIn =
        List.of(
            new BuiltIn(OllamaWorker.TYPE, OllamaWorker::new),
            new BuiltIn(OpenAiWorker.TYPE, OpenAiWorker::any),
            new BuiltIn(OpenAiWorker.GROQ_TYPE, OpenAiWorker::groq),
            new BuiltIn(AnthropicApi.TYPE, AnthropicApi::worker),
            new BuiltIn(GeminiApi.TYPE, GeminiApi::worker),
            new BuiltIn(CohereApi.TYPE, CohereApi::worker),
            new BuiltIn(EchoWorker.TYPE, (settings, _) -> new EchoWorker(settings)));
    builtIn.forEach(factory -> factories.put(factory.type(), factory));
    found.forEachRemaining(factory -> factories.putIfAbsent(factory.type(), factory));
  }

  /**
   * The built-in types and those that {@link ServiceLoader} finds.
   *
   * @throws IllegalArgumentException if one of these cannot be loaded, with a sentence for people
   */
  public static Workers load() {
    try {
      return new Workers(ServiceLoader.load(WorkerFactory.class).iterator());
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "A backend in a jar on the class path cannot be used: "
              + e.getMessage()
              + " – mend the jar, or take it out of the folder of plugins.",
          e);
    }
  }

  /** The built-in types and the given ones. */
  static Workers with(WorkerFactory... more) {
    return new Workers(List.of(more).iterator());
  }

  /** The names of all types. */
  public SortedSet<String> types() {
    return new TreeSet<>(factories.keySet());
  }

  /**
   * Makes the worker for a backend.
   *
   * @throws IllegalArgumentException if nobody has its type or its settings cannot be used, with a
   *     sentence for people
   */
  public Worker create(BackendSettings settings, HealthCheckSettings healthCheck) {
    WorkerFactory factory = factories.get(settings.type());
    if (factory == null) {
      throw new IllegalArgumentException(
          "Backend "
              + settings.name()
              + " has the unknown type "
              + settings.type()
              + "; known are "
              + String.join(", ", factories.keySet())
              + ".");
    }
    return factory.create(settings, healthCheck);
  }

  private record BuiltIn(
      String type, BiFunction<BackendSettings, HealthCheckSettings, Worker> creator)
      implements WorkerFactory {
    @Override
    public Worker create(BackendSettings settings, HealthCheckSettings healthCheck) {
      return creator.apply(settings, healthCheck);
    }
  }
}
