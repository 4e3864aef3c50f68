package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The HTTP door.
 *
 * @param host address to listen on; default 127.0.0.1. Any address but loopback needs api-keys.
 * @param port port to listen on; default 8,484. 0: any free port, printed at start; below 1024 most
 *     systems ask for rights.
 * @param apiKeys keys that callers may use; best written as {@code ${VARIABLE}}; default none.
 *     None: everybody who reaches the port may do everything, so it is refused on any address but
 *     loopback.
 * @param replyMode where answers for its callers go: {@code inbox} or {@code topic-per-request};
 *     default inbox. {@code topic-per-request} slows down beyond about 64 open streams.
 * @param maxWait how long a chat completion waits for a node to take it, where the request does not
 *     say; default 30s. Short turns callers away that a busy house would have served a moment
 *     later; with long ones callers give up before they are told.
 */
public record GatewaySettings(
    String host, int port, List<Secret> apiKeys, ReplyMode replyMode, Duration maxWait) {

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

  static final Entry.Setting<List<Secret>> API_KEYS =
      new Entry.Setting<>(
          "api-keys",
          Kinds.list(Kinds.secret()),
          List.of(),
          "none",
          "Keys that callers may use; best written as `${VARIABLE}`",
          "None: everybody who reaches the port may do everything, so it is refused on "
              + "any address but loopback");

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

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[?::1\\]?");

  static final Entry.Section<GatewaySettings> SECTION =
      new Entry.Section<>(
          "gateway", List.of(HOST, PORT, API_KEYS, REPLY_MODE, MAX_WAIT), GatewaySettings::of);

  public GatewaySettings {
    apiKeys = List.copyOf(apiKeys);
    new Rules("gateway")
        .check(HOST, host)
        .check(PORT, port)
        .check(API_KEYS, apiKeys)
        .check(REPLY_MODE, replyMode)
        .check(MAX_WAIT, maxWait)
        .require(
            !apiKeys.isEmpty() || isLoopback(host),
            "\""
                + host
                + "\" is not a loopback address and gateway.api-keys is empty, so everybody could"
                + " use it; set api-keys, or host to 127.0.0.1",
            "host",
            "api-keys")
        .verify();
  }

  private static GatewaySettings of(Values values) {
    return new GatewaySettings(
        values.get(HOST),
        values.get(PORT),
        values.get(API_KEYS),
        values.get(REPLY_MODE),
        values.get(MAX_WAIT));
  }

  private static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host).matches();
  }
}
