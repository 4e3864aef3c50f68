package dev.relevo.gateway.http;

/** What a caller may do. */
public enum Right {
  /** What anybody may see: that the process lives. */
  NOTHING,

  /** To ask models, and to see and stop what his own tenant asked. */
  CHAT,

  /** Either of the others: with the one to see what is his own tenant's, with the other all. */
  EITHER,

  /** To see and steer what is everybody's: nodes, all jobs, dead letters, metrics. */
  OPERATE
}
