package dev.relevo.simulation;

import dev.relevo.node.core.AnswerStream;
import dev.relevo.node.core.CallEnd;
import dev.relevo.node.core.Ticket;

/** One call to a backend: what it says comes in pieces, as its script wants. */
final class SimCall {
  private static final long PATIENCE_NANOS = 4_000 * World.MS;
  private static final int LOOK_MS = 200;

  private final SimAttempt attempt;
  private final AnswerStream answer;
  private final Ticket ticket;
  private final Models.Script script;
  private final boolean slow;
  private final long startedNanos;
  private int said;
  private int pieces;

  SimCall(SimAttempt attempt, AnswerStream answer, Ticket ticket, Models.Script script) {
    this.attempt = attempt;
    this.answer = answer;
    this.ticket = ticket;
    this.script = script;
    this.slow = script.dice().chance(30);
    this.startedNanos = attempt.node().world.nanos();
  }

  void start() {
    attempt.node().after(script.dice().between(2, 60) * World.MS, this::next);
  }

  private void next() {
    if (attempt.isStopped()) {
      end(new CallEnd.Stopped());
      return;
    }
    if (script.manner() == Models.Manner.REFUSES) {
      end(SimAttempt.broken("the backend refuses the request", false, null, false));
    } else if (script.manner() != Models.Manner.WHOLE && pieces >= script.pieces()) {
      breakOff();
    } else if (said >= script.rest().length()) {
      end(attempt.whole(answer, ticket.backend()));
    } else {
      say();
    }
  }

  private void say() {
    int length = Math.min(script.dice().between(1, 9), script.rest().length() - said);
    String text = script.rest().substring(said, said + length);
    said += length;
    pieces++;
    if (attempt.piece(answer, text)) {
      int pauseMs = slow ? script.dice().between(50, 900) : script.dice().between(1, 60);
      attempt.node().after(pauseMs * World.MS, this::next);
    } else {
      end(new CallEnd.Parted());
    }
  }

  private void breakOff() {
    boolean stalls = script.manner() == Models.Manner.STALLS;
    if (stalls && attempt.node().world.nanos() - startedNanos < PATIENCE_NANOS) {
      attempt.node().after(LOOK_MS * World.MS, this::next);
      return;
    }
    Long after = script.dice().chance(20) ? Long.valueOf(script.dice().between(0, 1_500)) : null;
    end(SimAttempt.broken("the backend broke off", true, after, pieces > 0));
  }

  private void end(CallEnd end) {
    attempt.called(end, answer, ticket);
  }
}
