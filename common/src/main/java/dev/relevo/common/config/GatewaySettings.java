package dev.relevo.common.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The HTTP door.
 *
 * @param host address to listen on; default 127.0.0.1. Any address but loopback needs api-keys.
 * @param port port to listen on; default 8,484. 0: any free port, printed at start; below 1024 most
 *     systems ask for rights.
 * @param apiKeys keys by which callers are known; default none. None: everybody who reaches the
 *     port may do everything, so it is refused on any address but loopback.
 * @param replyMode where answers for its callers go: {@code inbox} or {@code topic-per-request};
 *     default inbox. {@code topic-per-request} slows down beyond about 64 open streams.
 * @param maxWait how long a chat completion waits for a node to take it, where the request does not
 *     say; default 30s. Short turns callers away that a busy house would have served a moment
 *     later; with long ones callers give up before they are told.
 * @param drainTimeout how long requests that run may go on when the gateway stops; default 10s. 0s
 *     breaks them off; long ones hold up a restart.
 * @param limits what it bears of its callers.
 * @param tls HTTPS.
 * @param batches files and batches.
 */
public record GatewaySettings(
    String host,
    int port,
    List<ApiKeySettings> apiKeys,
    ReplyMode replyMode,
    Duration maxWait,
    Duration drainTimeout,
    GatewayLimitSettings limits,
    TlsSettings tls,
    BatchSettings batches) {

  static final Entry.Setting<String> HOST =
      new Entry.Setting<>(
          "host",
          Kinds.text("a host name or an address", Pattern.compile("[A-Za-z0-9.:_%\\[\\]-]{1,253}")),
          "127.0.0.1",
          "Address to listen on",
          "Any address but loopback needs api-keys");

  static final Entry.Setting<Integer> PORT =
      new Entry.Setting<>(
          "port",
          Kinds.wholeNumber(0, 65_535),
          8484,
          "Port to listen on",
          "0: any free port, printed at start; below 1024 most systems ask for rights");

  static final Entry.Listing<List<ApiKeySettings>> API_KEYS =
      new Entry.Sections<>(ApiKeySettings.SECTION, ApiKeySettings.KEY.name());

  static final Entry.Setting<ReplyMode> REPLY_MODE =
      new Entry.Setting<>(
          "reply-mode",
          Kinds.choice(ReplyMode.class),
          ReplyMode.INBOX,
          "Where answers for its callers go: `inbox` or `topic-per-request`",
          "`topic-per-request` slows down beyond about 64 open streams");

  static final Entry.Setting<Duration> MAX_WAIT =
      new Entry.Setting<>(
          "max-wait",
          Kinds.duration("0ms", "24h"),
          Duration.ofSeconds(30),
          "How long a chat completion waits for a node to take it, where the request does not say",
          "Short turns callers away that a busy house would have served a moment later; with "
              + "long ones callers give up before they are told");

  static final Entry.Setting<Duration> DRAIN_TIMEOUT =
      new Entry.Setting<>(
          "drain-timeout",
          Kinds.duration("0s", "10m"),
          Duration.ofSeconds(10),
          "How long requests that run may go on when the gateway stops; jobs run on all the same",
          "0s breaks them off; long ones hold up a restart");

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[?::1\\]?");

  static final Entry.Section<GatewaySettings> SECTION =
      new Entry.Section<>(
          "gateway",
          List.of(
              HOST,
              PORT,
              REPLY_MODE,
              MAX_WAIT,
              DRAIN_TIMEOUT,
              API_KEYS,
              GatewayLimitSettings.SECTION,
              TlsSettings.SECTION,
              BatchSettings.SECTION),
          GatewaySettings::of);

  public GatewaySettings {
    apiKeys = named(apiKeys);
    List<String> names = Kinds.repeated(apiKeys.stream().map(ApiKeySettings::name).toList());
    new Rules("gateway")
        .check(HOST, host)
        .check(PORT, port)
        .check(REPLY_MODE, replyMode)
        .check(MAX_WAIT, maxWait)
        .check(DRAIN_TIMEOUT, drainTimeout)
        .require(
            !apiKeys.isEmpty() || isLoopback(host),
            "\""
                + host
                + "\" is not a loopback address and gateway.api-keys is empty, so everybody could"
                + " use it; set api-keys, or host to 127.0.0.1",
            "host",
            "api-keys")
        .require(
            names.isEmpty(),
            "the name " + String.join(", ", names) + " is given to more than one key",
            "api-keys")
        .require(
            apiKeys.stream().map(ApiKeySettings::hash).distinct().count() == apiKeys.size(),
            "the same key stands in it twice",
            "api-keys")
        .verify();
  }

  private static GatewaySettings of(Values values) {
    return new GatewaySettings(
        values.get(HOST),
        values.get(PORT),
        values.get(API_KEYS),
        values.get(REPLY_MODE),
        values.get(MAX_WAIT),
        values.get(DRAIN_TIMEOUT),
        values.get(GatewayLimitSettings.SECTION),
        values.get(TlsSettings.SECTION),
        values.get(BatchSettings.SECTION));
  }

  private static List<ApiKeySettings> named(List<ApiKeySettings> keys) {
    List<ApiKeySettings> named = new ArrayList<>();
    for (ApiKeySettings key : keys) {
      named.add(key.name().isEmpty() ? key.named("key-" + (named.size() + 1)) : key);
    }
    return List.copyOf(named);
  }

  /** The keys that nobody may see, as far as they are known. */
  List<String> secrets() {
    return apiKeys.stream().map(ApiKeySettings::secret).flatMap(Optional::stream).toList();
  }

  /** The same with nothing but hashes of the keys. */
  public GatewaySettings withHashedKeys() {
    List<ApiKeySettings> hashed = apiKeys.stream().map(ApiKeySettings::hashed).toList();
    return new GatewaySettings(
        host, port, hashed, replyMode, maxWait, drainTimeout, limits, tls, batches);
  }

  /** The same at another port. */
  public GatewaySettings withPort(int other) {
    return new GatewaySettings(
        host, other, apiKeys, replyMode, maxWait, drainTimeout, limits, tls, batches);
  }

  private static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host).matches();
  }
}
