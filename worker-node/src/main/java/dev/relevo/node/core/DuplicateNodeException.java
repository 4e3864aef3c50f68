package dev.relevo.node.core;

/** Another live node has the same id (protocol section 3). */
public final class DuplicateNodeException extends NodeFailedException {
  private static final long serialVersionUID = 1L;

  public DuplicateNodeException(String node) {
    super(
        "node id already registered: another live node is named '"
            + node
            + "'; stop it, or set another node.id",
        null);
  }
}
