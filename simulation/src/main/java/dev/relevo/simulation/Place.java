package dev.relevo.simulation;

/** A partition of a topic. */
record Place(String topic, int partition) {
  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
