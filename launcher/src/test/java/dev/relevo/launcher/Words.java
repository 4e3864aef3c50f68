package dev.relevo.launcher;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is said to the echo model, and what it says. */
public final class Words {
  public static final String ECHO_SAYS =
      "This is the built-in echo model, not an AI model. You said: ";

  private Words() {}

  /** So many words, no two alike. */
  public static String count(int words) {
    return IntStream.range(0, words).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
  }

  /** A job's body. */
  public static String request(String model, String text) {
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
        .formatted(model, text);
  }
}
