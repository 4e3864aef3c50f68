package dev.relevo.operator;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  private static boolean canWork(NodeBeat.Backend backend) {
    return backend.health() != NodeBeat.Health.UNAVAILABLE;
  }

  /** Patterns name no model that could be asked for. */
  private static Optional<String> namedModel(NodeBeat.Backend backend) {
    return backend.models().stream().filter(model -> !model.endsWith("*")).findFirst();
  }
}
