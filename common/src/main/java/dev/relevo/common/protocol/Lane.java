package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** One of the two ways in; both number their partitions alike and one shard owns both. */
public enum Lane {
  /** {@code relevo.jobs}: somebody waits for the answer. */
  @JsonProperty("jobs")
  JOBS("jobs"),
  /** {@code relevo.jobs.batch}: bulk work that may wait. */
  @JsonProperty("batch")
  BATCH("batch");

  private final String text;

  Lane(String text) {
    this.text = text;
  }

  /** The lane's name in records and on the command line. */
  public String text() {
    return text;
  }
}
