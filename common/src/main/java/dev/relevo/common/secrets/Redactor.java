package dev.relevo.common.secrets;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes keys and passwords out of a text, in whatever form somebody else wrote them into it: as
 * they are, in other letters' case, cut short, percent-encoded, in base64 (alone or inside of more,
 * as HTTP does) or hex, or with stars for their middle. Immutable.
 */
public final class Redactor {
  /** What stands where a secret was. */
  public static final String MARK = "[secret]";

  /** Takes out nothing. */
  public static final Redactor NONE = new Redactor(List.of());

  /** Shorter ones are no secrets, and would make any text unreadable. */
  static final int LEAST_LENGTH = 4;

  /** So many characters of a secret in a row are hidden wherever they stand. */
  static final int PIECE = 8;

  /** With a mask between them, so many from its beginning and its end together. */
  private static final int LEAST_AROUND_MASK = 4;

  private static final Pattern MASK = Pattern.compile("[*•●…#]+|\\.{2,}|[xX]{4,}");

  private final List<String> secrets = new ArrayList<>();
  private final Set<String> pieces = new HashSet<>();
  private final Set<String> shortOnes = new HashSet<>();

  private Redactor(Collection<String> all) {
    for (String secret : all) {
      String stripped = secret.strip();
      if (stripped.length() >= LEAST_LENGTH) {
        secrets.add(folded(stripped));
        forms(stripped).forEach(this::take);
      }
    }
  }

  /** One for these; those of fewer than {@value #LEAST_LENGTH} characters are no secrets. */
  public static Redactor of(Collection<String> secrets) {
    return new Redactor(secrets);
  }

  private void take(String form) {
    String text = folded(form);
    if (text.length() < PIECE) {
      shortOnes.add(text);
    }
    for (int i = 0; i + PIECE <= text.length(); i++) {
      pieces.add(text.substring(i, i + PIECE));
    }
  }

  private static Set<String> forms(String secret) {
    Set<String> forms = new HashSet<>();
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    forms.add(secret);
    forms.add(percentEncoded(bytes));
    forms.add(java.net.URLEncoder.encode(secret, StandardCharsets.UTF_8));
    forms.add(HexFormat.of().formatHex(bytes));
    for (int before = 0; before < 3; before++) {
      forms.add(base64(bytes, before, Base64.getEncoder()));
      forms.add(base64(bytes, before, Base64.getUrlEncoder()));
    }
    forms.removeIf(form -> form.length() < LEAST_LENGTH);
    return forms;
  }

  private static String percentEncoded(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte unit : bytes) {
      char letter = (char) (unit & 0xff);
      boolean plain =
          (letter < 0x80 && Character.isLetterOrDigit(letter)) || "-._~".indexOf(letter) >= 0;
      text.append(plain ? String.valueOf(letter) : String.format("%%%02X", unit));
    }
    return text.toString();
  }

  /** What base64 makes of it behind so many other bytes, without what depends on its neighbours. */
  private static String base64(byte[] bytes, int before, Base64.Encoder encoder) {
    byte[] shifted = new byte[before + bytes.length];
    System.arraycopy(bytes, 0, shifted, before, bytes.length);
    String text = encoder.withoutPadding().encodeToString(shifted);
    int from = (before * 8 + 5) / 6;
    int to = shifted.length * 8 / 6;
    return from < to ? text.substring(from, to) : "";
  }

  /** The text without secrets; the same one if it has none. */
  public String clean(String text) {
    if (secrets.isEmpty()) {
      return text;
    }
    BitSet hidden = new BitSet(text.length());
    String letters = folded(text);
    for (int i = 0; i + PIECE <= letters.length(); i++) {
      if (pieces.contains(letters.substring(i, i + PIECE))) {
        hidden.set(i, i + PIECE);
      }
    }
    for (String form : shortOnes) {
      for (int i = letters.indexOf(form); i >= 0; i = letters.indexOf(form, i + 1)) {
        hidden.set(i, i + form.length());
      }
    }
    hideMasked(letters, hidden);
    return hidden.isEmpty() ? text : without(text, hidden);
  }

  private void hideMasked(String letters, BitSet hidden) {
    for (Matcher mask = MASK.matcher(letters); mask.find(); ) {
      for (String secret : secrets) {
        int before = beginning(secret, letters, mask.start());
        int after = end(secret, letters, mask.end());
        if (before + after >= LEAST_AROUND_MASK) {
          hidden.set(mask.start() - before, mask.end() + after);
        }
      }
    }
  }

  /** How many characters before a place are the secret's first ones. */
  private static int beginning(String secret, String text, int end) {
    for (int length = Math.min(secret.length(), end); length > 0; length--) {
      if (text.regionMatches(end - length, secret, 0, length)) {
        return length;
      }
    }
    return 0;
  }

  /** How many characters from a place on are the secret's last ones. */
  private static int end(String secret, String text, int start) {
    for (int length = Math.min(secret.length(), text.length() - start); length > 0; length--) {
      if (text.regionMatches(start, secret, secret.length() - length, length)) {
        return length;
      }
    }
    return 0;
  }

  private static String without(String text, BitSet hidden) {
    StringBuilder clean = new StringBuilder(text.length());
    int shownFrom = 0;
    for (int i = hidden.nextSetBit(0); i >= 0; i = hidden.nextSetBit(shownFrom)) {
      clean.append(text, shownFrom, i).append(MARK);
      shownFrom = hidden.nextClearBit(i);
    }
    return clean.append(text, shownFrom, text.length()).toString();
  }

  /** Letter by letter, so that places stay what they are. */
  private static String folded(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    text.chars().forEach(letter -> folded.append((char) Character.toLowerCase(letter)));
    return folded.toString();
  }

  /** Never the secrets. */
  @Override
  public String toString() {
    return "Redactor[" + secrets.size() + "]";
  }
}
