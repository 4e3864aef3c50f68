package dev.relevo.launcher;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a long-running command runs, from its start to its end. */
interface Role extends AutoCloseable {

  /**
   * Starts it; blocks until it can do its work.
   *
   * @return what to print then: a line that begins with {@code ready}, and what to try next
   * @throws Exception when it cannot start; {@link #close} still has to be called
   */
  List<String> start() throws Exception;

  /** Ends when it stopped by itself: with the reason if something failed. */
  CompletionStage<@Nullable Void> stopped();

  /** The longest that an orderly end takes. */
  Duration stopBound();

  /** Ends it in an orderly way, as far as it was started. */
  @Override
  void close();
}
