package dev.relevo.launcher;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out from beats what became of an order about a backend on each node that it means. */
final class OrderWatch {
  /** Any node that reads control has obeyed by then. */
  static final Duration DEAF = Duration.ofSeconds(10);

  /** A backend that was added has been asked how it is by then, or does not answer. */
  static final Duration CHECKED = Duration.ofSeconds(5);

  private final List<RegisteredNode> meant;
  private final long offset;
  private final String backend;
  private final boolean adds;
  private final Map<String, OrderOutcome> outcomes = new LinkedHashMap<>();
  private final Map<String, Long> takenAtMs = new LinkedHashMap<>();

  /**
   * @param meant the nodes as they were when the order was written
   * @param offset where it stands in control
   * @param backend the one that it is about
   * @param adds whether it adds it
   */
  OrderWatch(List<RegisteredNode> meant, long offset, String backend, boolean adds) {
    this.meant = List.copyOf(meant);
    this.offset = offset;
    this.backend = backend;
    this.adds = adds;
  }

  /**
   * Looks once more.
   *
   * @param waitedMs since the order was written
   * @return what is known of nodes since this look
   */
  List<OrderOutcome> look(Fleet fleet, long waitedMs) {
    List<OrderOutcome> news = new ArrayList<>();
    for (RegisteredNode node : meant) {
      if (!outcomes.containsKey(node.id())) {
        outcome(node, fleet, waitedMs)
            .ifPresent(outcome -> {
              outcomes.put(node.id(), outcome);
              news.add(outcome);
            });
      }
    }
    return news;
  }

  /** Whether it is known of all. */
  boolean isDone() {
    return outcomes.size() == meant.size();
  }

  /** Whether all of which it is known have obeyed. */
  boolean isObeyed() {
    return outcomes.values().stream().allMatch(OrderOutcome::taken);
  }

  private Optional<OrderOutcome> outcome(RegisteredNode node, Fleet fleet, long waitedMs) {
    Optional<RegisteredNode> now =
        fleet.live().stream()
            .filter(other -> other.id().equals(node.id()))
            .filter(other -> other.incarnation().equals(node.incarnation()))
            .findFirst();
    if (now.isEmpty()) {
      return Optional.of(failed(node, "is not there any more"));
    }
    NodeBeat beat = now.get().beat();
    Optional<NodeBeat.Order> told =
        beat.orders().stream().filter(order -> order.offset() == offset).findFirst();
    if (told.isPresent()) {
      return told.get().taken()
          ? taken(node, beat, told.get(), waitedMs)
          : Optional.of(failed(node, "did not: " + words(told.get().words())));
    }
    return waitedMs < DEAF.toMillis()
        ? Optional.empty()
        : Optional.of(
            failed(node, "beats on and says nothing of it: it does not seem to read control"));
  }

  /** One that was added is told when it has been asked how it is. */
  private Optional<OrderOutcome> taken(
      RegisteredNode node, NodeBeat beat, NodeBeat.Order order, long waitedMs) {
    Optional<NodeBeat.Backend> there =
        beat.backends().stream().filter(other -> other.name().equals(backend)).findFirst();
    long since = takenAtMs.computeIfAbsent(node.id(), _ -> waitedMs);
    boolean asked = there.map(other -> other.health() != NodeBeat.Health.UNAVAILABLE).orElse(false);
    if (adds && !asked && waitedMs - since < CHECKED.toMillis()) {
      return Optional.empty();
    }
    String note = order.words() == null ? "" : "; " + words(order.words());
    return Optional.of(
        new OrderOutcome(node.id(), true, sentence(node, said(there) + note), there.orElse(null)));
  }

  private String said(Optional<NodeBeat.Backend> there) {
    String name = PlainText.line(backend);
    if (there.isEmpty()) {
      return "has no backend " + name + " any more";
    }
    NodeBeat.Backend now = there.get();
    String how = BackendTable.word(now.health().name());
    String reason = now.reason() == null ? "" : ": " + words(now.reason());
    String models =
        now.models().isEmpty()
            ? ", with no model yet"
            : ", with " + PlainText.line(String.join(", ", now.models()));
    return "has backend " + name + ", which is " + how + reason + models;
  }

  private static OrderOutcome failed(RegisteredNode node, String what) {
    return new OrderOutcome(node.id(), false, sentence(node, what), null);
  }

  private static String sentence(RegisteredNode node, String what) {
    return "Node " + PlainText.line(node.id()) + " " + what + ".";
  }

  private static String words(@Nullable String words) {
    String text = words == null ? "it does not say why" : PlainText.line(words);
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
