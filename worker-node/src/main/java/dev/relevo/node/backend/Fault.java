package dev.relevo.node.backend;

import java.util.Locale;

/**
 * What kind of failure a call ended with, and all that follows from it: the one table of what a
 * node does about it. Node-local: the dispatcher is only told whether another attempt may succeed.
 */
public enum Fault {
  // again, elsewhere, other model, breaker, check, credential
  /** The request is refused, or a filter stopped it: everybody would. */
  CALLER(false, false, false, false, false, false, "refuses the request, or its filter does"),
  /** It is known not to do what the request asks for; it is not even asked. */
  UNSUPPORTED(false, true, true, false, false, false, "cannot do what the request asks for"),
  /** The request does not fit into the model's context. */
  CONTEXT_TOO_LONG(false, false, true, false, false, false, "says the request is too long for it"),
  /**
   * It will not continue an answer that was begun elsewhere; it may still answer from the start.
   */
  PREFIX_REFUSED(false, true, true, false, false, false, "does not continue a begun answer"),
  /** The key is not accepted, or the account's money is spent. */
  CREDENTIALS(false, true, true, false, true, true, "refuses its key, or its money is spent"),
  /** Too many requests or tokens for now. */
  RATE_LIMITED(true, true, true, false, false, false, "says too many requests or tokens"),
  /** It does not have the model, or has not loaded it. */
  MODEL_MISSING(false, true, true, false, true, false, "does not have the model"),
  /** It says that it is broken or overloaded. */
  SERVER(true, true, true, true, true, false, "answers that it is broken or overloaded"),
  /** No connection, or none that lasted until it answered. */
  UNREACHABLE(true, true, true, true, true, false, "cannot be reached"),
  /** It took the request and let a time-out pass. */
  SILENT(false, true, true, true, true, false, "lets a time-out pass"),
  /** It broke off its answer. */
  CUT(true, true, true, true, true, false, "breaks off its answer"),
  /** What it sends is no answer by its protocol. */
  MALFORMED(false, true, true, true, true, false, "answers with nonsense"),
  /** The job's time was over before the answer was whole. */
  OUT_OF_TIME(false, false, false, false, false, false, "is still at it at the job's deadline"),
  /** The node's own doing: it stops, or an adapter has a bug. */
  OWN(false, true, true, false, false, false, "is let go by the node itself");

  private final boolean again;
  private final boolean elsewhere;
  private final boolean otherModel;
  private final boolean tripsBreaker;
  private final boolean asksForCheck;
  private final boolean spoilsCredential;
  private final String says;

  Fault(
      boolean again,
      boolean elsewhere,
      boolean otherModel,
      boolean tripsBreaker,
      boolean asksForCheck,
      boolean spoilsCredential,
      String says) {
    this.again = again;
    this.elsewhere = elsewhere;
    this.otherModel = otherModel;
    this.tripsBreaker = tripsBreaker;
    this.asksForCheck = asksForCheck;
    this.spoilsCredential = spoilsCredential;
    this.says = says;
  }

  /** Whether the same backend may be asked again, as long as it has brought no piece. */
  public boolean again() {
    return again;
  }

  /** Whether another backend, here or on another node, may answer with the same model. */
  public boolean elsewhere() {
    return elsewhere;
  }

  /** Whether a fallback model may answer. */
  public boolean otherModel() {
    return otherModel;
  }

  /** Whether it counts as a failure for the backend's circuit breaker. */
  public boolean tripsBreaker() {
    return tripsBreaker;
  }

  /** Whether the backend's health is to be checked at once. */
  public boolean asksForCheck() {
    return asksForCheck;
  }

  /** Whether the backend's credential is of no use any more, for whatever job. */
  public boolean spoilsCredential() {
    return spoilsCredential;
  }

  /** What a backend does that fails so, for people: {@code the backend …}. */
  public String says() {
    return says;
  }

  /** Its name in metrics and for people. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
