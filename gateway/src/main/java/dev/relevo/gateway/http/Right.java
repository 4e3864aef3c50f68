package dev.relevo.gateway.http;

/** What a caller may do. */
public enum Right {
  /** What anybody may see: that the process lives. */
  NOTHING,

  /** To ask models, and to see and stop what his own tenant asked. */
  CHAT,

  /** To see and steer what is everybody's: nodes, all jobs, dead letters, metrics. */
  OPERATE
}
