package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lays {@code RELEVO_…} variables over what the file says. A variable is the key's path in upper
 * case with {@code _} for dots and dashes; empty ones count as not set. Names that do not begin
 * like a section are left alone, and so are those that Kubernetes makes for services. Over them in
 * turn lies what stands on the command line.
 */
final class EnvironmentOverrides {
  private static final String PREFIX = "RELEVO_";
  private static final Pattern INDEX = Pattern.compile("(\\d{1,4})_(.+)");
  private static final Pattern DIGITS = Pattern.compile("\\d+");
  private static final Pattern KUBERNETES =
      Pattern.compile(".*_SERVICE_(HOST|PORT)(_.*)?|.*_PORT_\\d+_(TCP|UDP)(_.*)?");

  private final Raw.Mapping root;
  private final Problems problems;

  EnvironmentOverrides(Raw.Mapping root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  void apply(Map<String, String> environment) {
    environment.entrySet().stream()
        .filter(variable -> isSetting(variable.getKey(), variable.getValue()))
        .sorted(Comparator.comparing(variable -> sortKey(variable.getKey())))
        .forEach(variable -> apply(variable.getKey(), variable.getValue()));
  }

  void apply(Flag flag) {
    apply(Origin.flag(flag.name()), flag.key(), flag.value());
  }

  /** Lays a value over what is there; the key has to be one of a setting. */
  void apply(Origin origin, String key, String value) {
    put(root, List.of(key.split("\\.")), new Raw.Scalar(origin, value, false));
  }

  private static boolean isSetting(String name, String value) {
    boolean inSection =
        Settings.SECTION.entries().stream()
            .map(entry -> PREFIX + SettingPaths.variablePart(entry.name()) + "_")
            .anyMatch(name::startsWith);
    boolean fromKubernetes = KUBERNETES.matcher(name).matches() || value.startsWith("tcp://");
    return inSection && !value.isEmpty() && !fromKubernetes;
  }

  /** Numbers in a name count as numbers, so that element 2 comes before element 10. */
  private static String sortKey(String name) {
    return DIGITS
        .matcher(name)
        .replaceAll(
            match -> "0".repeat(9).substring(Math.min(9, match.group().length())) + match.group());
  }

  private void apply(String name, String value) {
    Optional<List<String>> path = resolve(Settings.SECTION, name.substring(PREFIX.length()));
    Origin origin = Origin.variable(name);
    if (path.isPresent()) {
      put(root, path.get(), new Raw.Scalar(origin, value, false));
    } else {
      String question = Suggestion.asQuestion(suggest(name));
      problems.add(origin, "there is no such setting" + question);
    }
  }

  /** Compares only what follows the section, else a long prefix would make everything look near. */
  private static Optional<String> suggest(String name) {
    String section = name.substring(0, name.indexOf('_', PREFIX.length()) + 1);
    List<String> known =
        SettingPaths.all().stream()
            .filter(path -> !(path.setting().kind() instanceof Kind.Texts))
            .map(SettingPath::variable)
            .filter(variable -> variable.startsWith(section))
            .map(variable -> variable.substring(section.length()))
            .toList();
    return Suggestion.nearest(name.substring(section.length()), known).map(section::concat);
  }

  /** The keys and indexes that lead to the setting which the rest of a name stands for. */
  private static Optional<List<String>> resolve(Entry.Section<?> section, String rest) {
    for (Entry<?> entry : section.entries()) {
      String part = SettingPaths.variablePart(entry.name());
      Optional<List<String>> below =
          rest.equals(part)
              ? end(entry)
              : rest.startsWith(part + "_")
                  ? resolveBelow(entry, rest.substring(part.length() + 1))
                  : Optional.empty();
      if (below.isPresent()) {
        return below.map(path -> prepend(entry.name(), path));
      }
    }
    return Optional.empty();
  }

  private static Optional<List<String>> end(Entry<?> entry) {
    boolean single =
        switch (entry) {
          case Entry.Setting<?> setting -> !(setting.kind() instanceof Kind.Texts);
          case Entry.Listing<?> listing -> listing.shorthand() != null;
          case Entry.Section<?> section -> false;
        };
    return single ? Optional.of(List.of()) : Optional.empty();
  }

  private static Optional<List<String>> resolveBelow(Entry<?> entry, String rest) {
    return switch (entry) {
      case Entry.Setting<?> setting ->
          setting.kind() instanceof Kind.Texts
              ? Optional.of(List.of(propertyName(rest)))
              : Optional.empty();
      case Entry.Section<?> nested -> resolve(nested, rest);
      case Entry.Listing<?> listing -> {
        Matcher index = INDEX.matcher(rest);
        yield index.matches()
            ? resolve(listing.section(), index.group(2)).map(path -> prepend(index.group(1), path))
            : Optional.empty();
      }
    };
  }

  /** {@code SECURITY_PROTOCOL} is {@code security.protocol}; two underscores stand for one. */
  private static String propertyName(String rest) {
    return rest.toLowerCase(Locale.ROOT).replace("__", "\0").replace('_', '.').replace('\0', '_');
  }

  private static List<String> prepend(String first, List<String> path) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(path);
    return all;
  }

  /** Where the file has something of another shape, that is told when it is read. */
  private void put(Raw parent, List<String> path, Raw.Scalar value) {
    String step = path.get(0);
    List<String> rest = path.subList(1, path.size());
    if (parent instanceof Raw.Mapping mapping) {
      Raw.Field field = mapping.fields().get(step);
      if (rest.isEmpty()) {
        mapping.fields().put(step, new Raw.Field(value.origin(), value));
      } else {
        if (field == null || Raw.isNull(field.value())) {
          field = new Raw.Field(value.origin(), container(rest, value.origin()));
          mapping.fields().put(step, field);
        }
        put(field.value(), rest, value);
      }
    } else if (parent instanceof Raw.Sequence sequence) {
      putElement(sequence, Integer.parseInt(step), rest, value);
    }
  }

  private void putElement(Raw.Sequence list, int index, List<String> rest, Raw.Scalar value) {
    int size = list.elements().size();
    if (index > size) {
      problems.add(
          value.origin(), "there is no element " + index + "; the next one would be " + size);
      return;
    }
    if (index == size) {
      list.elements().add(new Raw.Mapping(value.origin(), new LinkedHashMap<>()));
    }
    if (list.elements().get(index) instanceof Raw.Scalar single && !single.isNull()) {
      problems.add(
          value.origin(),
          "element %d is a single value at %s; write it as a group of keys there, or leave this out"
              .formatted(index, single.origin().place()));
      return;
    }
    put(list.elements().get(index), rest, value);
  }

  private static Raw container(List<String> rest, Origin origin) {
    return DIGITS.matcher(rest.get(0)).matches()
        ? new Raw.Sequence(origin, new ArrayList<>())
        : new Raw.Mapping(origin, new LinkedHashMap<>());
  }
}
