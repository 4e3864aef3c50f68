package dev.relevo.common.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One key of a section, and all that is known about it. */
sealed interface Entry<T> {
  String name();

  T defaultValue();

  /** A key with a value. */
  record Setting<T>(
      String name,
      Kind<T> kind,
      T defaultValue,
      String defaultText,
      String purpose,
      String extremes)
      implements Entry<T> {

    Setting(String name, Kind<T> kind, T defaultValue, String purpose, String extremes) {
      this(name, kind, defaultValue, kind.print(defaultValue), purpose, extremes);
    }

    /** The same setting where another value is usual. */
    Setting<T> withDefault(T value) {
      return new Setting<>(name, kind, value, kind.print(value), purpose, extremes);
    }
  }

  /** A key with keys below it; they become the record {@code T}. */
  record Section<T>(String name, List<Entry<?>> entries, Builder<T> builder) implements Entry<T> {
    @Override
    public T defaultValue() {
      return builder.build(new Values());
    }
  }

  /** A key with a list of sections; {@code T} is the list of their records. */
  sealed interface Listing<T> extends Entry<T> permits Sections {
    Section<?> section();

    @Nullable String shorthand();

    T read(SectionReader reader, Raw raw, String path);
  }

  /**
   * A key with a list of sections.
   *
   * @param shorthand the key of a section that a single text stands for; null where there is none
   */
  record Sections<E>(Section<E> section, @Nullable String shorthand) implements Listing<List<E>> {
    Sections(Section<E> section) {
      this(section, null);
    }

    @Override
    public String name() {
      return section.name();
    }

    @Override
    public List<E> defaultValue() {
      return List.of();
    }

    @Override
    public List<E> read(SectionReader reader, Raw raw, String path) {
      return reader.readAll(section, shorthand, raw, path);
    }
  }

  /** Makes a section's record of its values. */
  interface Builder<T> {
    T build(Values values);
  }
}
