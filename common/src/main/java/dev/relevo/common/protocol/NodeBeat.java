package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node's beat (protocol section 3), sent from the loop that reads its slot.
 *
 * @param node its id, unique in the house
 * @param incarnation new for every start
 * @param slot the partition of {@code relevo.assignments} it reads
 * @param position the next offset it will read there, 0 or more
 * @param state whether it takes work
 * @param capacity how many attempts it runs at once, 1 or more
 * @param intervalMs how often it beats, milliseconds, 1 or more
 * @param attempts by fence text: what runs, and what has finished and is not acknowledged yet
 * @param backends what it can run
 * @param orders what became of orders about its backends that it has read lately, at most {@value
 *     #MAX_ORDERS}
 */
public record NodeBeat(
    String node,
    String incarnation,
    int slot,
    long position,
    State state,
    int capacity,
    long intervalMs,
    Map<String, Phase> attempts,
    List<Backend> backends,
    List<Order> orders)
    implements BeatRecord {
  /** Orders that a beat tells of. */
  public static final int MAX_ORDERS = 8;

  /** A beat that tells of no order. */
  public NodeBeat(
      String node,
      String incarnation,
      int slot,
      long position,
      State state,
      int capacity,
      long intervalMs,
      Map<String, Phase> attempts,
      List<Backend> backends) {
    this(
        node,
        incarnation,
        slot,
        position,
        state,
        capacity,
        intervalMs,
        attempts,
        backends,
        List.of());
  }

  public NodeBeat {
    Require.name(node, "node");
    Require.name(incarnation, "incarnation");
    Require.atLeast(slot, 0, "slot");
    Require.atLeast(position, 0, "position");
    Require.present(state, "state");
    Require.atLeast(capacity, 1, "capacity");
    Require.atLeast(intervalMs, 1, "intervalMs");
    attempts = attempts == null ? Map.of() : Map.copyOf(attempts);
    backends = Require.list(backends);
    orders = Require.list(orders);
  }

  /** Whether a node takes work. */
  public enum State {
    /** It has its id and its slot but is not ready. */
    STARTING,
    /** It takes work. */
    READY,
    /** It finishes what it has and takes nothing new. */
    DRAINING,
    /** Its last beat: it has nothing left and is gone. */
    LEFT
  }

  /** Where an attempt is. */
  public enum Phase {
    @JsonProperty("running")
    RUNNING,
    /** Ended, but its {@code finished} is not acknowledged yet. */
    @JsonProperty("finished")
    FINISHED
  }

  /**
   * What became of an order about this node's backends.
   *
   * @param offset where it stands in {@code relevo.control}
   * @param taken whether it was obeyed
   * @param words what people should know of it, above all why it was not obeyed
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Order(long offset, boolean taken, @Nullable String words) {
    public Order {
      Require.atLeast(offset, 0, "orders.offset");
      words = words == null ? null : Require.words(words, "orders.words");
    }
  }

  /** How a backend is. */
  public enum Health {
    AVAILABLE,
    /** It works, and would queue. */
    BUSY,
    UNAVAILABLE
  }

  /**
   * One backend of the node.
   *
   * @param name unique in the node
   * @param type the adapter's name
   * @param models what it serves; a pattern such as {@code llama3*} stands for what it matches
   * @param priority lower is preferred: local 10, cheap cloud 50, dear cloud 100
   * @param weight its share where load is shared out by weight, 1 or more
   * @param health how it is
   * @param breaker the circuit breaker: {@code CLOSED}, {@code OPEN} or {@code HALF_OPEN}
   * @param ttftMs moving average of the time to first token, milliseconds, once known
   * @param tokensPerSecond moving average, once known
   * @param reason why it is not {@code AVAILABLE}, for people
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Backend(
      String name,
      String type,
      List<String> models,
      int priority,
      int weight,
      Health health,
      String breaker,
      @Nullable Double ttftMs,
      @Nullable Double tokensPerSecond,
      @Nullable String reason) {
    /** Characters of a model's name. */
    public static final int MAX_MODEL_NAME = Require.MAX_NAME;

    /** One of which there is nothing to say. */
    public Backend(
        String name,
        String type,
        List<String> models,
        int priority,
        int weight,
        Health health,
        String breaker,
        @Nullable Double ttftMs,
        @Nullable Double tokensPerSecond) {
      this(name, type, models, priority, weight, health, breaker, ttftMs, tokensPerSecond, null);
    }

    public Backend {
      Require.name(name, "backends.name");
      Require.name(type, "backends.type");
      models = Require.list(models);
      models.forEach(model -> Require.name(model, "backends.models"));
      Require.atLeast(weight, 1, "backends.weight");
      Require.present(health, "backends.health");
      Require.name(breaker, "backends.breaker");
      reason = Require.cutNameOrNull(reason);
    }

    /**
     * Whether somebody's name for a model can be told in a beat. It is stricter than a beat's own
     * check, for it is also shown to people, and half a surrogate pair cannot be written at all.
     */
    public static boolean isModelName(String name) {
      return !name.isBlank()
          && name.length() <= MAX_MODEL_NAME
          && name.codePoints()
              .noneMatch(character ->
                  Character.isISOControl(character)
                      || Character.getType(character) == Character.SURROGATE);
    }

    /** Whether it serves a model, by name or by a pattern that ends in {@code *}. */
    public boolean serves(String model) {
      return serves(models, model);
    }

    /** Whether a list of names and patterns covers a model. */
    public static boolean serves(List<String> models, String model) {
      for (String served : models) {
        if (served.equals(model)
            || (served.endsWith("*")
                && model.startsWith(served.substring(0, served.length() - 1)))) {
          return true;
        }
      }
      return false;
    }
  }
}
