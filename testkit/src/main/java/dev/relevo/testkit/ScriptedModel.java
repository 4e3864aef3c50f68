package dev.relevo.testkit;

import java.util.List;

/**
 * A model of a test house: what it does when it is called, and what was asked of it. Each of the
 * methods that begin a script replaces what the model did before.
 */
public final class ScriptedModel extends Answering {
  private final RelevoHouse house;
  private final String name;

  ScriptedModel(RelevoHouse house, String name) {
    this.house = house;
    this.name = name;
  }

  /** The jobs that name this model and were sent since the test began, as they stand in Kafka. */
  public List<AskedJob> requests() {
    return house.requests(job -> name.equals(job.model()));
  }

  /**
   * The first job for this model since the test began, waited for.
   *
   * @throws AssertionError if none comes within the house's patience
   */
  public AskedJob awaitRequest() {
    return awaitRequests(1).getFirst();
  }

  /**
   * The same for a number of jobs; gives all that are there then.
   *
   * @throws AssertionError if fewer come within the house's patience
   */
  public List<AskedJob> awaitRequests(int count) {
    return house.awaitRequests(this + " was asked", job -> name.equals(job.model()), count);
  }

  /** The calls that nodes made to this model since the test began, oldest first. */
  public List<ModelCall> calls() {
    return house.book().calls(this::isIts);
  }

  /**
   * Waits until nodes have called this model so many times since the test began.
   *
   * @throws AssertionError if they do not within the house's patience
   */
  public List<ModelCall> awaitCalls(int count) {
    return house.awaitCalls(this + " was called", this::isIts, count);
  }

  /**
   * Waits until a call stands where the script holds it.
   *
   * @throws AssertionError if none does within the house's patience
   */
  public ModelCall awaitHeld() {
    return house
        .awaitCalls(
            this + " was held", call -> isIts(call) && call.state() == ModelCall.State.HELD, 1)
        .getFirst();
  }

  /** Lets all go on that the present script holds, and holds none of its calls any more. */
  public void release() {
    house.book().release(name);
  }

  @Override
  Script begin(Step step) {
    return new Script(this, List.of(), step);
  }

  void put(List<Step> steps) {
    house.write(name, steps);
  }

  void requireOwnNodes(String wish) {
    house.requireOwn(wish);
  }

  private boolean isIts(ModelCall call) {
    return name.equals(call.model()) || name.equals(ScriptBook.ANY_MODEL);
  }

  /** For messages. */
  @Override
  public String toString() {
    return "model '" + name + "'";
  }
}
