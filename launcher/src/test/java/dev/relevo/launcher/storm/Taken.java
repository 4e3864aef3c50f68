package dev.relevo.launcher.storm;

/**
 * Kafka has a record.
 *
 * @param atMs when it said so, of the storm's time
 */
record Taken(int partition, long offset, long atMs) {}
