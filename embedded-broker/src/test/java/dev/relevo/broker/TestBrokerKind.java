package dev.relevo.broker;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Where the tests' Kafka broker runs, as {@value #SETTING} says. */
enum TestBrokerKind {
  EMBEDDED,
  CONTAINER;

  /** An environment variable or a system property: {@code embedded}, {@code container}, auto. */
  static final String SETTING = "RELEVO_TEST_BROKER";

  private static final String TESTCONTAINERS = "org.testcontainers.kafka.KafkaContainer";
  private static final long DOCKER_TIMEOUT_MS = 2_000;

  static TestBrokerKind chosen() {
    String property = System.getProperty(SETTING);
    String variable = System.getenv(SETTING);
    return parse(property != null ? property : variable != null ? variable : "auto");
  }

  static TestBrokerKind parse(String setting) {
    return switch (setting.strip().toLowerCase(Locale.ROOT)) {
      case "embedded" -> EMBEDDED;
      case "container" -> CONTAINER;
      case "", "auto" -> testcontainersPresent() && dockerAnswers() ? CONTAINER : EMBEDDED;
      default ->
          throw new IllegalArgumentException(
              SETTING + " is '" + setting + "': use embedded, container or auto.");
    };
  }

  BrokerUnderTest launch() {
    return switch (this) {
      case EMBEDDED -> new EmbeddedBrokerUnderTest();
      case CONTAINER -> new ContainerBrokerUnderTest();
    };
  }

  private static boolean testcontainersPresent() {
    try {
      Class.forName(TESTCONTAINERS, false, TestBrokerKind.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** The command-line tool finds the engine wherever it is set up to be, and needs no library. */
  private static boolean dockerAnswers() {
    try {
      Process docker =
          new ProcessBuilder("docker", "version", "--format", "{{.Server.Version}}")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean answered = docker.waitFor(DOCKER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
      docker.destroyForcibly();
      return answered && docker.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
