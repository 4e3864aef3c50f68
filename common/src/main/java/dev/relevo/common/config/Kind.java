package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a setting is written and which values it may have. */
sealed interface Kind<T> {
  /** What a value has to be, to stand after "is not". */
  String expected();

  /** The value that was written, or null after telling what is wrong with it. */
  @Nullable T read(Raw raw, String path, Problems problems);

  /** What is wrong with a value, or null. */
  @Nullable String complaint(T value);

  /** The value as it would be written. */
  String print(T value);

  /** Turns what was written into a value; null when it cannot be one. */
  interface Parser<T> {
    @Nullable T parse(String text);
  }

  /** Written as one word, number or sentence. */
  record Single<T>(
      String expected,
      Parser<T> parser,
      Predicate<T> accepts,
      Function<T, String> printer,
      Function<String, Optional<String>> suggest,
      boolean secret)
      implements Kind<T> {

    @Override
    public @Nullable T read(Raw raw, String path, Problems problems) {
      if (raw instanceof Raw.Scalar scalar) {
        T value = parser.parse(scalar.text());
        if (value != null && accepts.test(value)) {
          return value;
        }
        problems.add(scalar.origin(), path + ": " + complaintAbout(scalar.text()));
      } else {
        problems.add(raw.origin(), path + ": " + raw.noun() + " is not " + expected);
      }
      return null;
    }

    private String complaintAbout(String text) {
      String shown = secret ? "the value" : '"' + text + '"';
      String question = secret ? "" : Suggestion.asQuestion(suggest.apply(text));
      return shown + " is not " + expected + question;
    }

    @Override
    public @Nullable String complaint(T value) {
      return accepts.test(value) ? null : complaintAbout(print(value));
    }

    @Override
    public String print(T value) {
      return printer.apply(value);
    }
  }

  /** Written as a list, or as one text with commas. */
  record Many<E>(Single<E> element) implements Kind<List<E>> {
    @Override
    public String expected() {
      return "a list, each being " + element.expected();
    }

    @Override
    public @Nullable List<E> read(Raw raw, String path, Problems problems) {
      List<E> values = new ArrayList<>();
      int before = problems.count();
      for (Raw part : parts(raw)) {
        E value = element.read(part, path, problems);
        if (value != null) {
          values.add(value);
        }
      }
      return problems.count() == before ? List.copyOf(values) : null;
    }

    private static List<Raw> parts(Raw raw) {
      if (raw instanceof Raw.Sequence sequence) {
        return sequence.elements();
      }
      if (!(raw instanceof Raw.Scalar scalar)) {
        return List.of(raw);
      }
      List<Raw> parts = new ArrayList<>();
      for (String text : scalar.text().split(",", -1)) {
        if (!text.isBlank()) {
          parts.add(new Raw.Scalar(scalar.origin(), text.strip(), false));
        }
      }
      return parts;
    }

    @Override
    public @Nullable String complaint(List<E> values) {
      for (E value : values) {
        String complaint = element.complaint(value);
        if (complaint != null) {
          return complaint;
        }
      }
      return null;
    }

    @Override
    public String print(List<E> values) {
      return "[" + String.join(", ", values.stream().map(element::print).toList()) + "]";
    }
  }

  /** Any names with any texts. */
  record Texts() implements Kind<Map<String, String>> {
    @Override
    public String expected() {
      return "a group of keys with single values";
    }

    @Override
    public @Nullable Map<String, String> read(Raw raw, String path, Problems problems) {
      if (!(raw instanceof Raw.Mapping mapping)) {
        problems.add(raw.origin(), path + ": " + raw.noun() + " is not " + expected());
        return null;
      }
      Map<String, String> texts = new LinkedHashMap<>();
      int before = problems.count();
      flatten(mapping, "", path, texts, problems);
      return problems.count() == before ? texts : null;
    }

    /** A property may also be written as nested keys: {@code ssl: { keystore: … }}. */
    private void flatten(
        Raw.Mapping mapping,
        String prefix,
        String path,
        Map<String, String> texts,
        Problems problems) {
      mapping
          .fields()
          .forEach((key, field) -> {
            String name = prefix + key;
            switch (field.value()) {
              case Raw.Scalar scalar -> texts.put(name, scalar.isNull() ? "" : scalar.text());
              case Raw.Mapping nested -> flatten(nested, name + ".", path, texts, problems);
              case Raw.Sequence list ->
                  problems.add(list.origin(), path + "." + name + ": a list is not a single value");
            }
          });
    }

    @Override
    public @Nullable String complaint(Map<String, String> value) {
      return null;
    }

    @Override
    public String print(Map<String, String> value) {
      return value.isEmpty() ? "{}" : value.keySet().toString();
    }
  }
}
