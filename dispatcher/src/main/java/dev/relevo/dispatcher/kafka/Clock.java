package dev.relevo.dispatcher.kafka;

import dev.relevo.dispatcher.core.Moment;

/** Where the loop gets its moments from; only the program's start takes the system's. */
@FunctionalInterface
public interface Clock {
  /** Both clocks of this machine. */
  Clock SYSTEM = () -> new Moment(System.currentTimeMillis(), System.nanoTime());

  /** The moment. */
  Moment now();
}
