package dev.relevo.dispatcher.core;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The strategies by name: the built-in ones and what {@link ServiceLoader} finds. */
public final class Strategies {
  private final Map<String, PlacementStrategy> byName = new TreeMap<>();
  private final PlacementStrategy standard;

  /**
   * @param standard the configured strategy's name
   * @param random where {@code random} takes its chance from
   * @throws IllegalArgumentException if no strategy has that name; the message lists those that are
   *     there
   */
  public Strategies(String standard, RandomGenerator random) {
    add(new LocalFirst());
    add(new RoundRobin());
    add(new RandomChoice(random));
    add(new Weighted());
    add(new LeastLoaded());
    add(new Fastest());
    add(new Sticky());
    ServiceLoader.load(PlacementStrategy.class).forEach(this::add);
    PlacementStrategy found = byName.get(standard);
    if (found == null) {
      throw new IllegalArgumentException(
          "there is no strategy '" + standard + "'; known are " + String.join(", ", names()));
    }
    this.standard = found;
  }

  /** All names, sorted. */
  public Set<String> names() {
    return byName.keySet();
  }

  /**
   * The strategy a job asks for, or the configured one when it asks for none or for one that is not
   * there.
   */
  PlacementStrategy of(@Nullable String name) {
    return name == null ? standard : byName.getOrDefault(name, standard);
  }

  private void add(PlacementStrategy strategy) {
    byName.put(strategy.name(), strategy);
  }
}
