package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * What the gateway bears of its callers.
 *
 * @param concurrent requests of one key at once, a stream as long as it runs; without keys of
 *     everybody together; default 2,000. 1 runs them one after another; thousands more need memory
 *     for each.
 * @param requestsPerMinute requests of one key begun in a minute, without keys of everybody
 *     together; default 0. 0: any number.
 * @param requestBytes the body of a request; default 8,128KiB, the most that a job may have.
 * @param fileBytes a file that is uploaded; default 200MiB. Kafka keeps it for as long as the file
 *     lives.
 * @param headerBytes the first line and all headers of a request; default 16KiB. Less than 4KiB
 *     refuses ordinary browsers.
 * @param connections at once; default 4,096. What comes beyond waits; too few leave callers
 *     hanging.
 * @param requestTimeout how long a request may take to come, and a second more for each KiB, and
 *     how long it may pause; default 30s. Short refuses slow lines.
 * @param idleTimeout how long a connection without a request stays open; default 75s. Short makes
 *     callers connect again and again.
 * @param slowReader how long an answer may wait for a reader that does not read; default 30s. Then
 *     the connection is closed.
 */
public record GatewayLimitSettings(
    int concurrent,
    int requestsPerMinute,
    long requestBytes,
    long fileBytes,
    long headerBytes,
    int connections,
    Duration requestTimeout,
    Duration idleTimeout,
    Duration slowReader) {

  static final Entry.Setting<Integer> CONCURRENT =
      new Entry.Setting<>(
          "concurrent",
          Kinds.wholeNumber(1, 1_000_000),
          2_000,
          "Requests of one key at once, a stream as long as it runs; without keys of everybody"
              + " together",
          "1 runs them one after another; tens of thousands need memory for each");

  static final Entry.Setting<Integer> REQUESTS_PER_MINUTE =
      new Entry.Setting<>(
          "requests-per-minute",
          Kinds.wholeNumber(0, 10_000_000),
          0,
          "Requests of one key begun in a minute; without keys of everybody together",
          "0: any number; 1 leaves an SDK no retry");

  static final Entry.Setting<Long> REQUEST_BYTES =
      new Entry.Setting<>(
          "request-bytes",
          Kinds.bytes("1KiB", "8128KiB"),
          8_128L << 10,
          "The largest body of a request",
          "The default is the most that a job may have; a few KiB refuse ordinary conversations");

  static final Entry.Setting<Long> FILE_BYTES =
      new Entry.Setting<>(
          "file-bytes",
          Kinds.bytes("1KiB", "1GiB"),
          200L << 20,
          "The largest file that may be uploaded",
          "Kafka keeps all of it for as long as the file lives");

  static final Entry.Setting<Long> HEADER_BYTES =
      new Entry.Setting<>(
          "header-bytes",
          Kinds.bytes("1KiB", "1MiB"),
          16L << 10,
          "The first line of a request and all its headers",
          "Less than 4KiB refuses ordinary browsers; much costs memory for each connection");

  static final Entry.Setting<Integer> CONNECTIONS =
      new Entry.Setting<>(
          "connections",
          Kinds.wholeNumber(1, 1_000_000),
          4_096,
          "Connections at once",
          "Those beyond wait until others end, without a word; many need open files for each");

  static final Entry.Setting<Duration> REQUEST_TIMEOUT =
      new Entry.Setting<>(
          "request-timeout",
          Kinds.duration("100ms", "10m"),
          Duration.ofSeconds(30),
          "How long a request may take to come, and pause; one that comes gets a second more for"
              + " each KiB",
          "Short refuses slow lines; long lets idlers hold connections");

  static final Entry.Setting<Duration> IDLE_TIMEOUT =
      new Entry.Setting<>(
          "idle-timeout",
          Kinds.duration("1s", "1h"),
          Duration.ofSeconds(75),
          "How long a connection without a request stays open",
          "Short makes callers connect again and again; long lets idlers hold connections");

  static final Entry.Setting<Duration> SLOW_READER =
      new Entry.Setting<>(
          "slow-reader",
          Kinds.duration("100ms", "1h"),
          Duration.ofSeconds(30),
          "How long an answer waits for a caller that does not read; then the connection is closed",
          "Short cuts answers on bad lines; long keeps what they hold");

  static final Entry.Section<GatewayLimitSettings> SECTION =
      new Entry.Section<>(
          "limits",
          List.of(
              CONCURRENT,
              REQUESTS_PER_MINUTE,
              REQUEST_BYTES,
              FILE_BYTES,
              HEADER_BYTES,
              CONNECTIONS,
              REQUEST_TIMEOUT,
              IDLE_TIMEOUT,
              SLOW_READER),
          GatewayLimitSettings::of);

  /** Those that hold where none are configured. */
  public static final GatewayLimitSettings DEFAULTS = SECTION.defaultValue();

  public GatewayLimitSettings {
    new Rules("limits")
        .check(CONCURRENT, concurrent)
        .check(REQUESTS_PER_MINUTE, requestsPerMinute)
        .check(REQUEST_BYTES, requestBytes)
        .check(FILE_BYTES, fileBytes)
        .check(HEADER_BYTES, headerBytes)
        .check(CONNECTIONS, connections)
        .check(REQUEST_TIMEOUT, requestTimeout)
        .check(IDLE_TIMEOUT, idleTimeout)
        .check(SLOW_READER, slowReader)
        .verify();
  }

  private static GatewayLimitSettings of(Values values) {
    return new GatewayLimitSettings(
        values.get(CONCURRENT),
        values.get(REQUESTS_PER_MINUTE),
        values.get(REQUEST_BYTES),
        values.get(FILE_BYTES),
        values.get(HEADER_BYTES),
        values.get(CONNECTIONS),
        values.get(REQUEST_TIMEOUT),
        values.get(IDLE_TIMEOUT),
        values.get(SLOW_READER));
  }
}
