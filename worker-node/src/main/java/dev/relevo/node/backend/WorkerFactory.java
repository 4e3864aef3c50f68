package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;

/**
 * Makes the workers of one type. Built in are those of {@link Workers}; others are found by {@link
 * java.util.ServiceLoader}.
 */
public interface WorkerFactory {

  /** What stands in a backend's {@code type}; one that is built in cannot be replaced. */
  String type();

  /**
   * Makes a worker; does not speak to the backend yet.
   *
   * @param settings the backend's
   * @param healthCheck the node's, whose timeout bounds {@link Worker#healthCheck}
   * @throws IllegalArgumentException if the settings cannot be used, with a sentence for people
   */
  Worker create(BackendSettings settings, HealthCheckSettings healthCheck);
}
