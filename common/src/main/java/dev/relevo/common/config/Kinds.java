package dev.relevo.common.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The kinds of value that settings are made of. */
final class Kinds {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private Kinds() {}

  static Kind.Single<String> text(String expected, Pattern form) {
    return plain(expected, text -> text, text -> form.matcher(text).matches(), text -> text);
  }

  /** A name that may be one we do not know, but is not a known one with a typing mistake. */
  static Kind.Single<String> openChoice(String expected, List<String> known) {
    Function<String, Optional<String>> slip =
        text -> known.contains(text) ? Optional.empty() : nearlyOneOf(text, known);
    return new Kind.Single<>(
        expected,
        text -> text,
        text -> NAME.matcher(text).matches() && slip.apply(text).isEmpty(),
        text -> text,
        slip,
        false);
  }

  private static Optional<String> nearlyOneOf(String text, List<String> known) {
    return known.stream().filter(name -> Suggestion.distance(text, name) <= 2).findFirst();
  }

  static <E extends Enum<E>> Kind.Single<E> choice(Class<E> type) {
    List<E> values = List.of(type.getEnumConstants());
    List<String> names = values.stream().map(Kinds::nameOf).toList();
    return new Kind.Single<>(
        "one of " + String.join(", ", names),
        text ->
            names.contains(text.toLowerCase(Locale.ROOT))
                ? values.get(names.indexOf(text.toLowerCase(Locale.ROOT)))
                : null,
        value -> true,
        Kinds::nameOf,
        text -> Suggestion.nearest(text, names),
        false);
  }

  private static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Kind.Single<Integer> wholeNumber(int min, int max) {
    return plain(
        "a whole number from " + min + " to " + max,
        Kinds::parseNumber,
        number -> number >= min && number <= max,
        String::valueOf);
  }

  private static @Nullable Integer parseNumber(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException notANumber) {
      return null;
    }
  }

  static Kind.Single<Duration> duration(String min, String max) {
    Duration least = Units.parseDuration(min);
    Duration most = Units.parseDuration(max);
    if (least == null || most == null) {
      throw new IllegalArgumentException("not durations: " + min + ", " + max);
    }
    return new Kind.Single<>(
        "a duration from " + min + " to " + max + ", written like 500ms, 2s, 15m, 24h or 7d",
        Units::parseDuration,
        value -> value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
        Units::printDuration,
        Units::suggestDuration,
        false);
  }

  static Kind.Single<Long> bytes(String min, String max) {
    Long least = Units.parseBytes(min);
    Long most = Units.parseBytes(max);
    if (least == null || most == null) {
      throw new IllegalArgumentException("not sizes: " + min + ", " + max);
    }
    return new Kind.Single<>(
        "a size from " + min + " to " + max + ", written like 65536, 8KiB, 256MiB or 1GiB",
        Units::parseBytes,
        value -> value >= least && value <= most,
        Units::printBytes,
        Units::suggestBytes,
        false);
  }

  static Kind.Single<Secret> secret() {
    return new Kind.Single<>(
        "a text without line breaks",
        Secret::new,
        secret -> secret.reveal().chars().noneMatch(Character::isISOControl),
        Secret::toString,
        text -> Optional.empty(),
        true);
  }

  static Kind.Single<Secret> secret(String expected, Pattern form) {
    return new Kind.Single<>(
        expected,
        Secret::new,
        secret -> form.matcher(secret.reveal()).matches(),
        Secret::toString,
        text -> Optional.empty(),
        true);
  }

  static Kind.Single<URI> httpAddress() {
    return new Kind.Single<>(
        "an http:// or https:// address without a user name or query",
        Kinds::parseUri,
        Kinds::isHttp,
        URI::toString,
        text -> Optional.empty(),
        // Somebody may have put a password into it.
        true);
  }

  private static @Nullable URI parseUri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException notAnAddress) {
      return null;
    }
  }

  private static boolean isHttp(URI uri) {
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    boolean bare = uri.getRawUserInfo() == null && uri.getQuery() == null;
    return http && bare && uri.getHost() != null && uri.getFragment() == null;
  }

  static <E> Kind.Many<E> list(Kind.Single<E> element) {
    return new Kind.Many<>(element);
  }

  private static <T> Kind.Single<T> plain(
      String expected, Kind.Parser<T> parser, Predicate<T> accepts, Function<T, String> printer) {
    return new Kind.Single<>(expected, parser, accepts, printer, text -> Optional.empty(), false);
  }

  /** Names of the values that are given, in the order of the list, without those met before. */
  static List<String> repeated(List<String> names) {
    List<String> twice = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (names.indexOf(name) < i && !twice.contains(name)) {
        twice.add(name);
      }
    }
    return twice;
  }
}
