package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.gateway.files.FileLimits;
import dev.relevo.gateway.files.StoredFile;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears away what nobody needs any more: files whose time is over, uploads that broke off, files
 * of batches that name others, and batches whose files have gone. The gateway that owns partition 0
 * does it, in a thread of its own, now and then.
 */
final class Sweeper {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  /** Batches are remembered as long as their files may be. */
  private static final Duration REMEMBERED = FileLimits.LONGEST_LIFE.plusDays(1);

  /** A batch that has just ended may not be in this gateway's book. */
  private static final Duration YOUNG = Duration.ofHours(1);

  private final BatchRun.Tools tools;
  private long nextNanos = System.nanoTime();
  private volatile boolean sweeping;

  Sweeper(BatchRun.Tools tools) {
    this.tools = tools;
  }

  /** Sweeps, unless it was done lately or goes on. */
  void sweepIfDue(boolean ours) {
    if (!ours || sweeping || System.nanoTime() - nextNanos < 0) {
      return;
    }
    nextNanos = System.nanoTime() + INTERVAL.toNanos();
    sweeping = true;
    Thread.ofVirtual()
        .name("relevo-gateway-sweep")
        .start(() -> {
          try {
            sweep();
          } catch (KafkaProblem e) {
            LOG.warn("Clearing up waits for {} s: {}", INTERVAL.toSeconds(), e.getMessage());
          } catch (RuntimeException e) {
            LOG.error("Clearing up failed; tried again in {} s", INTERVAL.toSeconds(), e);
          } finally {
            sweeping = false;
          }
        });
  }

  void sweep() {
    int files = tools.files().sweep(this::isUsed, this::isOrphan);
    long nowMs = tools.clock().millis();
    int batches = 0;
    for (Batch batch : tools.book().all()) {
      BatchRecord.Ended ended = batch.ended();
      if (ended != null && ended.atMs() + REMEMBERED.toMillis() < nowMs) {
        tools.log().forget(batch.uuid(), tools.book().ends(batch.uuid()));
        batches++;
      }
    }
    for (String uuid : tools.book().halfForgotten()) {
      tools.log().forget(uuid, tools.book().ends(uuid));
    }
    if (files + batches > 0) {
      LOG.info("Cleared away {} files and {} batches", files, batches);
    }
  }

  private boolean isUsed(StoredFile file) {
    return tools.book().open().stream()
        .anyMatch(batch -> batch.created().inputFile().equals(file.id()));
  }

  /** A file of a batch that ended and names another: its writer died before it could say so. */
  private boolean isOrphan(StoredFile file) {
    if (file.batch() == null || file.createdAtMs() + YOUNG.toMillis() > tools.clock().millis()) {
      return false;
    }
    return tools
        .book()
        .find(file.batch())
        .map(Batch::ended)
        .map(ended -> !file.id().equals(ended.outputFile()) && !file.id().equals(ended.errorFile()))
        .orElse(false);
  }
}
