package dev.relevo.launcher;

import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerFactory;
import dev.relevo.node.contract.Scenario;
import dev.relevo.node.contract.WorkerContract;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The documented example keeps to the contract, and is found in its jar. */
class ExampleBackendTest extends WorkerContract {
  @TempDir static Path made;

  private static URLClassLoader classes;

  @BeforeAll
  static void pack() throws Exception {
    URL jar = ExampleBackend.pack(made).toUri().toURL();
    classes = new URLClassLoader(new URL[] {jar}, ExampleBackendTest.class.getClassLoader());
  }

  @AfterAll
  static void close() throws Exception {
    classes.close();
  }

  @Override
  protected WorkerFactory factory() {
    return ServiceLoader.load(WorkerFactory.class, classes).findFirst().orElseThrow();
  }

  @Override
  protected @Nullable Worker worker(Scenario scenario) throws Exception {
    return scenario == Scenario.ANSWERS ? factory().create(settings("shout"), healthCheck()) : null;
  }

  @Override
  protected String model(Scenario scenario) {
    return "shout";
  }

  @Override
  protected String answer() {
    return "SAY IT.";
  }
}
