package dev.relevo.gateway.http;

import java.time.Duration;

/**
 * How the server listens, and what it bears.
 *
 * @param host address to listen on
 * @param port 0 for any free one
 * @param mostBodyBytes of any request; routes may take less
 * @param mostHeaderBytes of one request, all together
 * @param idleTimeout how long a connection without a request stays open
 * @param requestTimeout how long a request may take to come; slow ones get a second more for each
 *     KiB that came
 * @param slowReader how long one write may wait for a reader who does not read
 */
public record DoorOptions(
    String host,
    int port,
    long mostBodyBytes,
    int mostHeaderBytes,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration slowReader) {

  /** 250 MiB, for files; 16 KiB of headers; a minute and a quarter, 30 s, 30 s. */
  public static DoorOptions at(String host, int port) {
    return new DoorOptions(
        host,
        port,
        250L << 20,
        16 << 10,
        Duration.ofSeconds(75),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30));
  }
}
