package dev.relevo.testkit;

import org.jspecify.annotations.Nullable;

/**
 * A house for many test classes, started for the first and closed when all tests have run. One that
 * does not start is not tried again: all its classes fail at once, for the same reason.
 */
final class SharedHouse implements AutoCloseable {
  private final HouseOptions options;
  private @Nullable Building building;
  private @Nullable RuntimeException failure;

  SharedHouse(HouseOptions options) {
    this.options = options;
  }

  synchronized RelevoHouse guest(String owner) {
    if (failure != null) {
      throw new IllegalStateException(failure.getMessage(), failure);
    }
    if (building == null) {
      try {
        building = Building.build(options);
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
    return new RelevoHouse(building, owner, true);
  }

  @Override
  public synchronized void close() {
    if (building != null) {
      building.close();
    }
  }
}
