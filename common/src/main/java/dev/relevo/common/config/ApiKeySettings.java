package dev.relevo.common.config;

import dev.relevo.common.protocol.JobHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A key by which a caller of the gateway is known.
 *
 * @param key the key, or {@code sha256:} and its hash in hex, from which nobody learns it; needed.
 * @param name how logs call it; default its place in the list, {@code key-1}. Never the key.
 * @param tenant whose jobs its holder's are, and the only ones he sees; default default.
 * @param rights what its holder may do; default both. {@code operate} sees every tenant's jobs.
 * @param requestsPerMinute requests begun in a minute; default 0. 0: as {@code
 *     gateway.limits.requests-per-minute}.
 * @param concurrent requests at once, streams as long as they run; default 0. 0: as {@code
 *     gateway.limits.concurrent}.
 */
public record ApiKeySettings(
    Secret key,
    String name,
    String tenant,
    List<KeyRight> rights,
    int requestsPerMinute,
    int concurrent) {

  private static final String HASHED = "sha256:";

  /** What an HTTP header can carry; nobody can guess a hash that begins in another way. */
  private static final Pattern FORM =
      Pattern.compile("sha256:[0-9A-Fa-f]{64}|(?!sha256:)[!-~]{1,512}");

  static final Entry.Setting<Secret> KEY =
      new Entry.Setting<>(
          "key",
          Kinds.secret(
              "a key of 1 to 512 letters, digits and signs without spaces, or sha256: and the 64"
                  + " hex digits of its hash",
              FORM),
          Secret.NONE,
          "needed",
          "The key, best written as `${VARIABLE}`, or `sha256:` and its hash, of which"
              + " `printf %s KEY | sha256sum` gives the digits",
          "An element that is a single text is this alone");

  static final Entry.Setting<String> NAME =
      new Entry.Setting<>(
          "name",
          Kinds.text(
              "a name of up to 100 letters, digits, dots, dashes and underscores",
              Pattern.compile("[A-Za-z0-9._-]{0,100}")),
          "",
          "its place in the list: `key-1`",
          "How logs call it",
          "They never show the key, so a key without a name is hard to tell from others");

  static final Entry.Setting<String> TENANT =
      new Entry.Setting<>(
          "tenant",
          Kinds.text(
              "a name of 1 to " + JobHeaders.MAX_TENANT_LENGTH + " characters",
              Pattern.compile("[^\\p{Cntrl}]{1," + JobHeaders.MAX_TENANT_LENGTH + "}")),
          JobHeaders.DEFAULT_TENANT,
          "Whose jobs its holder's are, and the only ones that he sees",
          "Keys with the same tenant see each other's jobs");

  static final Entry.Setting<List<KeyRight>> RIGHTS =
      new Entry.Setting<>(
          "rights",
          Kinds.list(Kinds.choice(KeyRight.class)),
          List.of(KeyRight.CHAT, KeyRight.OPERATE),
          "What its holder may do: `chat` asks models, `operate` sees and steers nodes and dead"
              + " letters",
          "`operate` sees every tenant's jobs; without any right a key is good for nothing");

  static final Entry.Setting<Integer> REQUESTS_PER_MINUTE =
      new Entry.Setting<>(
          "requests-per-minute",
          Kinds.wholeNumber(0, 10_000_000),
          0,
          "Requests begun in a minute",
          "0: as `gateway.limits.requests-per-minute`; 1 leaves an SDK no retry");

  static final Entry.Setting<Integer> CONCURRENT =
      new Entry.Setting<>(
          "concurrent",
          Kinds.wholeNumber(0, 1_000_000),
          0,
          "Requests at once; a stream counts as long as it runs",
          "0: as `gateway.limits.concurrent`; 1 runs them one after another");

  static final Entry.Section<ApiKeySettings> SECTION =
      new Entry.Section<>(
          "api-keys",
          List.of(KEY, NAME, TENANT, RIGHTS, REQUESTS_PER_MINUTE, CONCURRENT),
          ApiKeySettings::of);

  public ApiKeySettings {
    rights = List.copyOf(rights);
    new Rules("api-keys")
        .check(KEY, key)
        .check(NAME, name)
        .check(TENANT, tenant)
        .check(RIGHTS, rights)
        .check(REQUESTS_PER_MINUTE, requestsPerMinute)
        .check(CONCURRENT, concurrent)
        .require(!rights.isEmpty(), "without chat and operate a key is good for nothing", "rights")
        .verify();
  }

  /** A key as a single text: for the default tenant, with all rights. */
  public static ApiKeySettings of(String key) {
    Values values = new Values();
    values.put(KEY, new Secret(key));
    return of(values);
  }

  private static ApiKeySettings of(Values values) {
    return new ApiKeySettings(
        values.get(KEY),
        values.get(NAME),
        values.get(TENANT),
        values.get(RIGHTS),
        values.get(REQUESTS_PER_MINUTE),
        values.get(CONCURRENT));
  }

  ApiKeySettings named(String other) {
    return new ApiKeySettings(key, other, tenant, rights, requestsPerMinute, concurrent);
  }

  /** The same with nothing but its hash in place of the key. */
  ApiKeySettings hashed() {
    return new ApiKeySettings(
        new Secret(HASHED + hash()), name, tenant, rights, requestsPerMinute, concurrent);
  }

  /** Its SHA-256, in lower case hex. */
  public String hash() {
    String text = key.reveal();
    return isHashed() ? text.substring(HASHED.length()).toLowerCase(Locale.ROOT) : hashOf(text);
  }

  /** The SHA-256 of a key, in lower case hex. */
  public static String hashOf(String key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private boolean isHashed() {
    return key.reveal().startsWith(HASHED);
  }

  /** What nobody may see of it; empty where only its hash is known. */
  Optional<String> secret() {
    return isHashed() ? Optional.empty() : Optional.of(key.reveal());
  }
}
