package dev.relevo.common.registry;

import dev.relevo.common.protocol.NodeBeat;

/** What one beat means. */
public sealed interface RegistryStep {

  /**
   * A node that was not there, or had expired, is there.
   *
   * @param node it
   */
  record Registered(RegisteredNode node) implements RegistryStep {}

  /**
   * A node's next beat.
   *
   * @param before what it was
   * @param node what it is
   */
  record Updated(RegisteredNode before, RegisteredNode node) implements RegistryStep {}

  /**
   * A new incarnation stands where another was: the other's attempts are lost.
   *
   * @param before the incarnation that is gone
   * @param node the one that is there
   */
  record Replaced(RegisteredNode before, RegisteredNode node) implements RegistryStep {}

  /**
   * The node has left in good order.
   *
   * @param before what it was
   */
  record Left(RegisteredNode before) implements RegistryStep {}

  /**
   * The beat comes from an incarnation that must not be there: another lives under its id.
   *
   * @param beat the refused one
   * @param keeper who has the id
   */
  record Refused(NodeBeat beat, RegisteredNode keeper) implements RegistryStep {}

  /** The beat says nothing: an old one read again, or the last word of one that is gone. */
  record Ignored() implements RegistryStep {}
}
