package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what was written into the records of settings, by their tables. */
final class SectionReader {
  private final Problems problems;

  SectionReader(Problems problems) {
    this.problems = problems;
  }

  /** The section's record, or null after telling what is wrong. */
  <T> @Nullable T read(Entry.Section<T> section, Raw raw, String path) {
    Raw.Mapping mapping = mapping(raw, path);
    reportUnknownKeys(section, mapping, path);
    Values values = new Values();
    Set<String> broken = new HashSet<>();
    for (Entry<?> entry : section.entries()) {
      Raw.Field field = mapping.fields().get(entry.name());
      if (field != null && !Raw.isNull(field.value())) {
        int before = problems.count();
        readInto(values, entry, field.value(), join(path, entry.name()));
        if (problems.count() > before) {
          broken.add(entry.name());
        }
      }
    }
    return build(section, values, mapping, path, broken);
  }

  private <T> void readInto(Values values, Entry<T> entry, Raw raw, String path) {
    T value = readEntry(entry, raw, path);
    if (value != null) {
      values.put(entry, value);
    }
  }

  private <T> @Nullable T readEntry(Entry<T> entry, Raw raw, String path) {
    return switch (entry) {
      case Entry.Setting<T> setting -> setting.kind().read(raw, path, problems);
      case Entry.Section<T> section -> read(section, raw, path);
      case Entry.Listing<T> listing -> listing.read(this, raw, path);
    };
  }

  /** The elements that are in order; the others have been told. */
  <E> List<E> readAll(Entry.Section<E> element, @Nullable String shorthand, Raw raw, String path) {
    List<E> values = new ArrayList<>();
    if (raw instanceof Raw.Scalar scalar && shorthand != null) {
      return readAll(element, shorthand, new Raw.Sequence(raw.origin(), scalar.parts()), path);
    }
    if (raw instanceof Raw.Sequence sequence) {
      for (int i = 0; i < sequence.elements().size(); i++) {
        Raw one = sequence.elements().get(i);
        E value =
            read(element, shorthand == null ? one : inFull(one, shorthand), path + "[" + i + "]");
        if (value != null) {
          values.add(value);
        }
      }
    } else {
      problems.add(
          raw.origin(),
          path + ": " + raw.noun() + " is not a list; begin each element with a dash");
    }
    return values;
  }

  /** A single text stands for a section with that key alone. */
  private static Raw inFull(Raw raw, String key) {
    if (!(raw instanceof Raw.Scalar)) {
      return raw;
    }
    Map<String, Raw.Field> fields = new LinkedHashMap<>();
    fields.put(key, new Raw.Field(raw.origin(), raw));
    return new Raw.Mapping(raw.origin(), fields);
  }

  /** Rules over keys that are wrong by themselves say nothing new and are left out. */
  private <T> @Nullable T build(
      Entry.Section<T> section, Values values, Raw.Mapping raw, String path, Set<String> broken) {
    try {
      return section.builder().build(values);
    } catch (Rules.BrokenRulesException failure) {
      for (Rules.Broken rule : failure.broken()) {
        if (rule.keys().stream().noneMatch(broken::contains)) {
          String key = join(path, rule.keys().get(0));
          problems.add(originOf(rule, raw), key + ": " + rule.message());
        }
      }
      return null;
    }
  }

  private static Origin originOf(Rules.Broken rule, Raw.Mapping raw) {
    return rule.keys().stream()
        .map(raw.fields()::get)
        .filter(field -> field != null)
        .findFirst()
        .map(field -> field.value().origin())
        .orElse(raw.origin());
  }

  private Raw.Mapping mapping(Raw raw, String path) {
    if (raw instanceof Raw.Mapping mapping) {
      return mapping;
    }
    if (!Raw.isNull(raw)) {
      problems.add(raw.origin(), path + ": " + raw.noun() + " is not a group of keys");
    }
    return new Raw.Mapping(raw.origin(), new LinkedHashMap<>());
  }

  private void reportUnknownKeys(Entry.Section<?> section, Raw.Mapping raw, String path) {
    List<String> known = section.entries().stream().map(Entry::name).toList();
    raw.fields()
        .forEach((key, field) -> {
          if (!known.contains(key)) {
            String question = Suggestion.asQuestion(suggest(key, known, path));
            problems.add(
                field.keyOrigin(), join(path, key) + ": there is no such setting" + question);
          }
        });
  }

  /** The nearest key of the same section, else the same key where it belongs. */
  private static Optional<String> suggest(String key, List<String> known, String path) {
    Optional<String> near = Suggestion.nearest(key, known).map(name -> join(path, name));
    return near.or(() ->
        SettingPaths.all().stream()
            .map(SettingPath::key)
            .filter(other -> other.endsWith("." + key))
            .findFirst());
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
