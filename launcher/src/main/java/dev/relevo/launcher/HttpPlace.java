package dev.relevo.launcher;

/**
 * Where a role answers for its health and metrics.
 *
 * @param host the address to listen on
 * @param port 0 for any free one
 * @param setting what sets the port, for the message when it is busy
 */
record HttpPlace(String host, int port, String setting) {
  static final String LOOPBACK = "127.0.0.1";
}
