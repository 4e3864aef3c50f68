package dev.relevo.gateway.chat;

import dev.relevo.common.protocol.JobHeaders;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The jobs that stand in Kafka, whoever submitted them. */
interface SubmittedJobs {

  /**
   * Looks a job up where it is quickly found: among those that dispatchers wrote down.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer
   */
  Optional<Submitted> find(String job);

  /**
   * Looks for a job that was submitted for certain, be it a moment ago, and waits for it a little.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer
   */
  Optional<Submitted> search(String job) throws InterruptedException;

  /**
   * A job as it was submitted.
   *
   * @param body its body, not copied
   * @param headers its headers; among them where its answer stands
   * @param createdMs when Kafka took it, epoch milliseconds
   * @param succeeded whether it has ended with an answer; what that says only the answer tells
   * @param failure how it ended, if it ended badly
   */
  // Only passed on, never compared.
  @SuppressWarnings("ArrayRecordComponent")
  record Submitted(
      byte[] body,
      JobHeaders headers,
      long createdMs,
      boolean succeeded,
      @Nullable Failure failure) {}

  /** Why a job ended badly, for programs and for people. */
  record Failure(String code, String words) {}
}
