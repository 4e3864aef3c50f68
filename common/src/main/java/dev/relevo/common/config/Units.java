package dev.relevo.common.config;

import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes and reads durations ({@code 15m}) and sizes ({@code 256MiB}). */
final class Units {
  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})([A-Za-z]*)");

  /** Milliseconds of each unit, the largest first. */
  private static final Map<String, Long> DURATIONS = new LinkedHashMap<>();

  /** Bytes of each unit, the largest first. */
  private static final Map<String, Long> SIZES = new LinkedHashMap<>();

  /** One of these is written as 24h and 60s. */
  private static final Set<String> READS_BETTER_SMALLER = Set.of("d", "m");

  static {
    DURATIONS.put("d", 86_400_000L);
    DURATIONS.put("h", 3_600_000L);
    DURATIONS.put("m", 60_000L);
    DURATIONS.put("s", 1_000L);
    DURATIONS.put("ms", 1L);
    SIZES.put("GiB", 1L << 30);
    SIZES.put("MiB", 1L << 20);
    SIZES.put("KiB", 1L << 10);
    SIZES.put("", 1L);
  }

  private Units() {}

  static @Nullable Duration parseDuration(String text) {
    Long millis = parse(text, DURATIONS);
    return millis == null ? null : Duration.ofMillis(millis);
  }

  static @Nullable Long parseBytes(String text) {
    return parse(text, SIZES);
  }

  static String printDuration(Duration duration) {
    return duration.isNegative()
        ? duration.toString()
        : print(duration.toMillis(), "ms", DURATIONS);
  }

  static String printBytes(long bytes) {
    return print(bytes, "", SIZES);
  }

  static Optional<String> suggestDuration(String text) {
    return suggest(
        text, unit -> unit.startsWith("ms") || unit.startsWith("mil") ? "ms" : head(unit, "s"));
  }

  static Optional<String> suggestBytes(String text) {
    return suggest(
        text,
        unit ->
            unit.isEmpty() || unit.equals("b")
                ? ""
                : head(unit, "").toUpperCase(Locale.ROOT) + "iB");
  }

  private interface UnitGuess {
    String unitOf(String written);
  }

  private static String head(String unit, String otherwise) {
    return unit.isEmpty() ? otherwise : unit.substring(0, 1);
  }

  /** The same amount with the unit that was meant; nothing if it was well written already. */
  private static Optional<String> suggest(String text, UnitGuess guess) {
    Matcher amount = AMOUNT.matcher(text.replace(" ", "").replace("_", ""));
    if (!amount.matches()) {
      return Optional.empty();
    }
    String unit = guess.unitOf(amount.group(2).toLowerCase(Locale.ROOT));
    String meant = amount.group(1) + unit;
    boolean known = DURATIONS.containsKey(unit) || SIZES.containsKey(unit);
    return known && !meant.equals(text) ? Optional.of(meant) : Optional.empty();
  }

  private static @Nullable Long parse(String text, Map<String, Long> units) {
    Matcher amount = AMOUNT.matcher(text);
    if (!amount.matches()) {
      return null;
    }
    Long unit = units.get(amount.group(2));
    if (unit == null) {
      return null;
    }
    BigInteger total = new BigInteger(amount.group(1)).multiply(BigInteger.valueOf(unit));
    return total.bitLength() < Long.SIZE ? total.longValue() : null;
  }

  private static String print(long amount, String smallest, Map<String, Long> units) {
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      boolean smaller = amount == unit.getValue() && READS_BETTER_SMALLER.contains(unit.getKey());
      if (amount != 0 && amount % unit.getValue() == 0 && !smaller) {
        return amount / unit.getValue() + unit.getKey();
      }
    }
    return amount + smallest;
  }
}
