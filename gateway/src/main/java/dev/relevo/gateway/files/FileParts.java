package dev.relevo.gateway.files;

/** How a file stands in its topic: its content in pieces, then one record that says what it is. */
final class FileParts {
  /** Bytes of content in a record; a topic of Kafka takes 1 MiB unless told otherwise. */
  static final int PART_BYTES = 512 << 10;

  /** The key of the closing record; pieces have none. */
  static final String CLOSING_KEY = "end";

  private FileParts() {}
}
