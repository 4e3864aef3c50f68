package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
        problems.add(
            scalar.origin(), path + ": " + complaintAbout(scalar.shown(), scalar.isShown()));
      } else {
        problems.add(raw.origin(), path + ": " + raw.noun() + " is not " + expected);
      }
      return null;
    }

    private String complaintAbout(String text, boolean suggests) {
      String shown = secret ? "the value" : '"' + text + '"';
      String question = secret || !suggests ? "" : Suggestion.asQuestion(suggest.apply(text));
      return shown + " is not " + expected + question;
    }

    @Override
    public @Nullable String complaint(T value) {
      return accepts.test(value) ? null : complaintAbout(print(value), true);
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
      return raw instanceof Raw.Scalar scalar ? scalar.parts() : List.of(raw);
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

  /** Names with whole numbers: a group of keys, or one text such as {@code acme=3, beta=2}. */
  record Weights(int least, int most, int maxNames) implements Kind<Map<String, Integer>> {
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}]{1,128}");

    @Override
    public String expected() {
      return "up to "
          + maxNames
          + " names of 1 to 128 characters, each with a whole number from "
          + least
          + " to "
          + most;
    }

    @Override
    public @Nullable Map<String, Integer> read(Raw raw, String path, Problems problems) {
      int before = problems.count();
      Map<String, Integer> weights = new LinkedHashMap<>();
      switch (raw) {
        case Raw.Mapping mapping ->
            mapping
                .fields()
                .forEach((name, field) -> put(weights, name, field.value(), path, problems));
        case Raw.Scalar scalar -> readText(weights, scalar, path, problems);
        case Raw.Sequence list ->
            problems.add(list.origin(), path + ": a list is not " + expected());
      }
      if (weights.size() > maxNames) {
        problems.add(raw.origin(), path + ": " + weights.size() + " names are not " + expected());
      }
      return problems.count() == before ? weights : null;
    }

    private void readText(
        Map<String, Integer> weights, Raw.Scalar scalar, String path, Problems problems) {
      for (String part : scalar.text().split(",", -1)) {
        int equals = part.lastIndexOf('=');
        if (equals >= 0) {
          Raw number = scalar.part(part.substring(equals + 1).strip());
          put(weights, part.substring(0, equals).strip(), number, path, problems);
        } else if (!part.isBlank()) {
          problems.add(
              scalar.origin(),
              path
                  + ": \""
                  + scalar.part(part.strip()).shown()
                  + "\" is not written as name=number");
        }
      }
    }

    private void put(
        Map<String, Integer> weights, String name, Raw raw, String path, Problems problems) {
      Single<Integer> number = Kinds.wholeNumber(least, most);
      Integer weight = number.read(raw, path + "." + name, problems);
      if (!NAME.matcher(name).matches()) {
        problems.add(
            raw.origin(), path + ": a name is not 1 to 128 characters without control characters");
      } else if (weight != null) {
        weights.put(name, weight);
      }
    }

    @Override
    public @Nullable String complaint(Map<String, Integer> weights) {
      boolean fits =
          weights.size() <= maxNames
              && weights.keySet().stream().allMatch(name -> NAME.matcher(name).matches())
              && weights.values().stream().allMatch(weight -> weight >= least && weight <= most);
      return fits ? null : "it is not " + expected();
    }

    @Override
    public String print(Map<String, Integer> weights) {
      return weights.toString();
    }
  }
}
