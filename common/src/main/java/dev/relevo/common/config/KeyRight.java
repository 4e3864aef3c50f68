package dev.relevo.common.config;

/** What the holder of a key may do at the gateway. */
public enum KeyRight {
  /** To ask models, and to see and stop what its own tenant asked. */
  CHAT,
  /** To see and steer what is everybody's: nodes, all jobs, dead letters, metrics. */
  OPERATE
}
