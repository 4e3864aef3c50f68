package dev.relevo.operator;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who was there at a moment.
 *
 * @param live the nodes that beat, by id
 * @param lost those whose beats are missing since a short while
 * @param dispatcherBeatsMs when each dispatcher was heard of last, epoch milliseconds
 * @param nowMs the moment, epoch milliseconds on the clock of the heartbeats
 */
public record Fleet(
    List<RegisteredNode> live,
    List<RegisteredNode> lost,
    Map<String, Long> dispatcherBeatsMs,
    long nowMs) {
  private static final long DISPATCHER_SILENT_MS = 3_000;

  public Fleet {
    live = List.copyOf(live);
    lost = List.copyOf(lost);
    dispatcherBeatsMs = Map.copyOf(dispatcherBeatsMs);
  }

  /** The model that the most preferred backend of a live node serves. */
  public Optional<String> preferredModel() {
    return live.stream()
        .filter(RegisteredNode::isReady)
        .flatMap(node -> node.beat().backends().stream())
        .filter(backend -> namedModel(backend).isPresent())
        .min(
            Comparator.comparing((NodeBeat.Backend backend) -> !canWork(backend))
                .thenComparingInt(NodeBeat.Backend::priority))
        .flatMap(Fleet::namedModel);
  }

  /** Whether a live node serves a model, by its name or by a pattern, with a backend that works. */
  public boolean serves(String model) {
    return live.stream()
        .flatMap(node -> node.beat().backends().stream())
        .anyMatch(backend -> canWork(backend) && backend.serves(model));
  }

  /** All models that live nodes name, sorted. */
  public List<String> models() {
    return live.stream()
        .flatMap(node -> node.beat().backends().stream())
        .flatMap(backend -> backend.models().stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** The dispatchers that beat, sorted. */
  public List<String> liveDispatchers() {
    return dispatcherBeatsMs.entrySet().stream()
        .filter(beat -> nowMs - beat.getValue() < DISPATCHER_SILENT_MS)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /**
   * Who would serve a model now: the backends that work, by name or by a pattern, of nodes that
   * take work; empty when nobody does.
   */
  public Optional<ServedModel> served(String model) {
    List<ServedModel.Server> servers =
        servers(backend -> backend.serves(model)).map(Offer::server).toList();
    return servers.isEmpty() ? Optional.empty() : Optional.of(new ServedModel(model, servers));
  }

  /**
   * All models that are served now and that live nodes name, sorted. Patterns name none, though
   * {@link #served} tells of models that they match.
   */
  public List<ServedModel> servedModels() {
    Map<String, List<ServedModel.Server>> byModel = new TreeMap<>();
    servers(_ -> true)
        .forEach(offer -> {
          for (String model : offer.models()) {
            if (!isPattern(model)) {
              byModel.computeIfAbsent(model, any -> new ArrayList<>()).add(offer.server());
            }
          }
        });
    List<ServedModel> models = new ArrayList<>();
    byModel.forEach(
        // A pattern of another backend may match it as well.
        (model, servers) -> models.add(served(model).orElse(new ServedModel(model, servers))));
    return models;
  }

  /** The fences of the attempts that nodes run, by their last beats. */
  public Set<String> runningFences() {
    return live.stream()
        .flatMap(node -> node.beat().attempts().entrySet().stream())
        .filter(attempt -> attempt.getValue() == NodeBeat.Phase.RUNNING)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** What one backend offers. */
  private record Offer(ServedModel.Server server, List<String> models) {}

  private Stream<Offer> servers(Predicate<NodeBeat.Backend> wanted) {
    return live.stream()
        .filter(RegisteredNode::isReady)
        .flatMap(node ->
            node.beat().backends().stream()
                .filter(backend -> canWork(backend) && wanted.test(backend))
                .map(backend ->
                    new Offer(
                        new ServedModel.Server(
                            node.id(), backend.name(), backend.type(), backend.health()),
                        backend.models())));
  }

  private static boolean canWork(NodeBeat.Backend backend) {
    return backend.health() != NodeBeat.Health.UNAVAILABLE;
  }

  /** Patterns name no model that could be asked for. */
  private static Optional<String> namedModel(NodeBeat.Backend backend) {
    return backend.models().stream().filter(model -> !isPattern(model)).findFirst();
  }

  private static boolean isPattern(String model) {
    return model.endsWith("*");
  }
}
