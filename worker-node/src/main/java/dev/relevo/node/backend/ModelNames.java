package dev.relevo.node.backend;

import dev.relevo.common.protocol.NodeBeat;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models a backend is offered for: names as they are written in the settings, patterns
 * resolved against what the server has. What a server lists is its own affair, and goes into every
 * beat of the node: names that no beat can carry are left out. Thread-safe.
 */
final class ModelNames {
  private static final Logger LOG = LoggerFactory.getLogger(ModelNames.class);

  /** Models of one server, so that a beat stays far smaller than the largest record of Kafka. */
  static final int MAX_OFFERED = 1_000;

  /** Takes jobs for any model, known or not. */
  static final String ANY = "*";

  private final String backend;
  private final List<String> configured;
  private volatile long leftOut;

  /**
   * @param backend its name, for people
   * @param configured names and patterns; empty for everything that the server has
   */
  ModelNames(String backend, List<String> configured) {
    this.backend = backend;
    this.configured = List.copyOf(configured);
  }

  /** What can be offered before the server was asked. */
  List<String> unasked() {
    return configured.stream().filter(name -> name.equals(ANY) || !isPattern(name)).toList();
  }

  /** The names that are written out. */
  List<String> exact() {
    return configured.stream().filter(name -> !isPattern(name)).toList();
  }

  /** What is offered of what the server has; names that are written out are trusted. */
  List<String> resolve(Collection<String> served) {
    SequencedSet<String> names = new LinkedHashSet<>();
    List<String> sound = served.stream().filter(NodeBeat.Backend::isModelName).toList();
    if (configured.isEmpty()) {
      names.addAll(sound);
    }
    for (String name : configured) {
      if (!isPattern(name) || name.equals(ANY)) {
        names.add(name);
      }
      if (isPattern(name)) {
        Pattern pattern = pattern(name);
        sound.stream().filter(model -> pattern.matcher(model).matches()).forEach(names::add);
      }
    }
    List<String> offered = names.stream().limit(MAX_OFFERED).toList();
    tell((served.size() - sound.size()) + (names.size() - offered.size()));
    return offered;
  }

  /** Once, and again when it changes: a server is asked every few seconds. */
  private void tell(long without) {
    if (without > 0 && without != leftOut) {
      LOG.warn(
          "Backend {} lists {} models that are left out: a name is blank, longer than {} characters"
              + " or has control characters, or there are more than {}",
          backend,
          without,
          NodeBeat.Backend.MAX_MODEL_NAME,
          MAX_OFFERED);
    }
    leftOut = without;
  }

  private static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  private static Pattern pattern(String name) {
    return Pattern.compile(
        Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }
}
