package dev.relevo.common.config;

import java.util.List;

/**
 * Files and batches of the gateway.
 *
 * @param window jobs of one batch under way at a time; default 128. Fewer than the fleet has places
 *     leave nodes idle; more wait at the dispatcher.
 * @param running batches that one gateway runs at a time; default 32. Others wait for their turn;
 *     each takes a thread and two connections to Kafka.
 * @param openPerTenant batches of one tenant that have not ended; default 16. More are refused.
 * @param files files of the whole house; default 2,000. More uploads are refused; each is a topic.
 */
public record BatchSettings(int window, int running, int openPerTenant, int files) {

  static final Entry.Setting<Integer> WINDOW =
      new Entry.Setting<>(
          "window",
          Kinds.wholeNumber(1, 1_000),
          128,
          "Jobs of one batch that are under way at a time",
          "Fewer than the fleet has places leave nodes idle; more only wait at the dispatcher");

  static final Entry.Setting<Integer> RUNNING =
      new Entry.Setting<>(
          "running",
          Kinds.wholeNumber(1, 1_000),
          32,
          "Batches that one gateway runs at a time; others wait",
          "1 runs them one after another; each takes a thread and connections to Kafka");

  static final Entry.Setting<Integer> OPEN_PER_TENANT =
      new Entry.Setting<>(
          "open-per-tenant",
          Kinds.wholeNumber(1, 10_000),
          16,
          "Batches of one tenant that have not ended; more are refused",
          "As many as `running` let one tenant keep the others waiting");

  static final Entry.Setting<Integer> FILES =
      new Entry.Setting<>(
          "files",
          Kinds.wholeNumber(1, 100_000),
          2_000,
          "Files in the whole house; more uploads are refused",
          "Each is a topic in Kafka, and a batch leaves up to three");

  static final Entry.Section<BatchSettings> SECTION =
      new Entry.Section<>(
          "batches", List.of(WINDOW, RUNNING, OPEN_PER_TENANT, FILES), BatchSettings::of);

  public BatchSettings {
    new Rules("batches")
        .check(WINDOW, window)
        .check(RUNNING, running)
        .check(OPEN_PER_TENANT, openPerTenant)
        .check(FILES, files)
        .verify();
  }

  private static BatchSettings of(Values values) {
    return new BatchSettings(
        values.get(WINDOW), values.get(RUNNING), values.get(OPEN_PER_TENANT), values.get(FILES));
  }
}
