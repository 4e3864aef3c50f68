package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkersTest {
  private static final String[] BUILT_IN = {
    "anthropic", "echo", "gemini", "groq", "ollama", "openai"
  };

  @Test
  void knowsTheBuiltInTypes() {
    assertThat(Workers.load().types()).contains(BUILT_IN);
    for (String type : BUILT_IN) {
      try (Worker worker = TestSettings.of(type, null).worker()) {
        assertThat(worker.info().type()).isEqualTo(type);
        assertThat(worker.info().name()).isEqualTo("gpu-1");
        assertThat(worker.priority()).isEqualTo(10);
      }
    }
  }

  @Test
  void namesTheKnownTypesIfOneIsUnknown() {
    assertThatThrownBy(() -> TestSettings.of("olama", null).worker())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Backend gpu-1 has the unknown type olama; known are anthropic, cohere, echo, gemini,"
                + " groq, ollama, openai.");
  }

  @Test
  void takesMoreTypesAndKeepsItsOwn() {
    Workers workers = Workers.with(new Echoing("mine"), new Echoing("ollama"));
    assertThat(workers.types()).contains("mine").contains(BUILT_IN);
    BackendSettings ollama = TestSettings.of("ollama", null).build();
    try (Worker worker = workers.create(ollama, TestSettings.HEALTH_CHECK)) {
      assertThat(worker.info().type()).isEqualTo("ollama");
    }
  }

  @Test
  void saysWhichBackendOfOthersIsBroken(@TempDir Path folder) throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(WorkerFactory.class.getName()), "org.example.Gone\n");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader broken = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(broken);
      assertThatThrownBy(Workers::load)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("org.example.Gone")
          .hasMessageContaining("folder of plugins");
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void refusesAKeyThatCannotBeSentWithoutShowingIt() {
    assertThatThrownBy(() -> TestSettings.of("openai", null).key("geheim nis").worker())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("api-key of backend gpu-1")
        .hasMessageNotContaining("geheim");
  }

  private record Echoing(String type) implements WorkerFactory {
    @Override
    public Worker create(BackendSettings settings, HealthCheckSettings healthCheck) {
      return new EchoWorker(settings);
    }
  }
}
