package dev.relevo.node.core;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.ResumeMode;
import java.util.ArrayList;
import java.util.List;

/**
 * One way to go on with an answer that readers may have a part of (protocol section 5). {@link
 * #ways} lists the ways of one case in the order they are tried; each falls to the next.
 */
public sealed interface Resumption {

  /** Readers have nothing: the answer begins. */
  record Plain() implements Resumption {}

  /**
   * The backend goes on with the text so far.
   *
   * @param prefix the visible text that readers have
   */
  record Continue(String prefix) implements Resumption {}

  /** The answer runs again; nothing is emitted while it repeats the old. */
  record Replay() implements Resumption {}

  /** Readers drop what they have and get a fresh answer. */
  record Restart() implements Resumption {}

  /**
   * The job has failed.
   *
   * @param reason for people
   */
  record Fail(String reason) implements Resumption {}

  /**
   * How to go on after a break, best first; the last is {@link Plain}, {@link Restart} or {@link
   * Fail}.
   *
   * @param given what readers have
   * @param failover what the job allows
   * @param traits what the request asks for
   * @param continuesPrefix whether the chosen backend continues an assistant message
   */
  static List<Resumption> ways(
      Transcript given, Failover failover, RequestTraits traits, boolean continuesPrefix) {
    if (given.isEmpty()) {
      return List.of(new Plain());
    }
    List<Resumption> ways = new ArrayList<>();
    if (failover != Failover.NONE && given.isWholeText()) {
      if (continuesPrefix && traits.plainText() && !given.content().isEmpty()) {
        ways.add(new Continue(given.content()));
      }
      ways.add(new Replay());
    }
    ways.add(
        switch (failover) {
          case RESTART -> new Restart();
          case SEAMLESS -> new Fail("the stream broke half way and no node could go on with it");
          case NONE -> new Fail("the stream broke half way and the job allows no failover");
        });
    return List.copyOf(ways);
  }

  /** What readers are told before the first new chunk. */
  default ResumeMode mode() {
    return switch (this) {
      case Plain _, Continue _, Fail _ -> ResumeMode.CONTINUE;
      case Replay _ -> ResumeMode.REPLAY;
      case Restart _ -> ResumeMode.RESTART;
    };
  }
}
