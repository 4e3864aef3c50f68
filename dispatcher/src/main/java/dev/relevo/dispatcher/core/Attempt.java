package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Fence;

/** A job in the hands of a node, until it ends or is lost. */
final class Attempt {
  private static final long NEVER = Long.MIN_VALUE;

  final Fence fence;
  final String node;
  final String incarnation;
  final String model;
  final long assignedAtMs;

  /**
   * Known from state only: this epoch did not write the assignment and cannot tell where it stands.
   */
  final boolean adopted;

  private long offset = -1;
  private long visibleSinceNanos;
  private long unlistedSinceNanos = NEVER;

  Attempt(
      Fence fence,
      String node,
      String incarnation,
      String model,
      boolean adopted,
      Moment assignedAt) {
    this.fence = fence;
    this.node = node;
    this.incarnation = incarnation;
    this.model = model;
    this.adopted = adopted;
    this.assignedAtMs = assignedAt.epochMs();
    this.visibleSinceNanos = assignedAt.nanos();
  }

  /** Kafka has the assignment: from now on its node can be expected to see it. */
  void acknowledged(long slotOffset, Moment now) {
    offset = slotOffset;
    visibleSinceNanos = now.nanos();
  }

  boolean isOn(String otherNode, String otherIncarnation) {
    return node.equals(otherNode) && incarnation.equals(otherIncarnation);
  }

  /** Nanoseconds since its node could have seen it; since it was adopted, for an adopted one. */
  long ageNanos(Moment now) {
    return now.nanos() - visibleSinceNanos;
  }

  /** Whether Kafka has the assignment; an adopted one's is taken for granted. */
  boolean isVisible() {
    return adopted || offset >= 0;
  }

  /** Where Kafka has the assignment in the node's slot; -1 while that is not known. */
  long offset() {
    return offset;
  }

  /** Whether a node whose next offset is {@code position} has read it. */
  boolean isReadAt(long position) {
    return adopted || position > offset;
  }

  /** A beat from beyond the assignment lists it, or does not. */
  void listed(boolean listed, Moment now) {
    if (listed) {
      unlistedSinceNanos = NEVER;
    } else if (unlistedSinceNanos == NEVER) {
      unlistedSinceNanos = now.nanos();
    }
  }

  /** Nanoseconds for which its node's beats have not listed it, 0 if they do. */
  long unlistedNanos(Moment now) {
    return unlistedSinceNanos == NEVER ? 0 : now.nanos() - unlistedSinceNanos;
  }
}
