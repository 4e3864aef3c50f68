package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was written, before anybody knows what it means; each piece knows where it stands. */
sealed interface Raw {
  Origin origin();

  /** How a message calls this kind of value. */
  String noun();

  /**
   * One value, with the variables in it already replaced; null for a key without a value.
   *
   * @param shown as a message may show it: with the variables, for what they hold may be a secret
   */
  record Scalar(Origin origin, String text, boolean isNull, String shown) implements Raw {
    Scalar(Origin origin, String text, boolean isNull) {
      this(origin, text, isNull, text);
    }

    /** A part of it, which may be shown only if the whole may. */
    Scalar part(String part) {
      return new Scalar(origin, part, false, isShown() ? part : shown);
    }

    /** What commas part it into. */
    List<Raw> parts() {
      List<Raw> parts = new ArrayList<>();
      for (String text : text.split(",", -1)) {
        if (!text.isBlank()) {
          parts.add(part(text.strip()));
        }
      }
      return parts;
    }

    /** Whether messages may show what it says. */
    boolean isShown() {
      return shown.equals(text);
    }

    @Override
    public String noun() {
      return "a single value";
    }
  }

  /** A list; changed only while the environment is laid over the file. */
  record Sequence(Origin origin, List<Raw> elements) implements Raw {
    @Override
    public String noun() {
      return "a list";
    }
  }

  /** Keys and values; changed only while the environment is laid over the file. */
  record Mapping(Origin origin, Map<String, Field> fields) implements Raw {
    @Override
    public String noun() {
      return "a group of keys";
    }
  }

  /** A value and the place of its key. */
  record Field(Origin keyOrigin, Raw value) {}

  static boolean isNull(Raw raw) {
    return raw instanceof Scalar scalar && scalar.isNull();
  }
}
