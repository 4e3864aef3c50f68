package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.node.backend.WorkerInfo.Capabilities;
import dev.relevo.node.backend.WorkerInfo.Continuation;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the table of docs/backends.md to what the adapters tell of themselves. */
@Timeout(60)
class BackendDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "backends.md");

  /** Which kind of server a row of type {@code openai} is about. */
  private static final Map<String, ServerKind> KINDS =
      Map.of(
          "OpenAI", ServerKind.OPENAI,
          "vLLM", ServerKind.VLLM,
          "llama-server", ServerKind.LLAMA_CPP,
          "LM Studio", ServerKind.OTHER,
          "Together", ServerKind.OTHER,
          "DeepSeek", ServerKind.DEEPSEEK,
          "Mistral", ServerKind.MISTRAL,
          "any other", ServerKind.OTHER);

  /** A row by the names of its columns. */
  record Row(Map<String, String> cells) {
    String cell(String column) {
      return cells.getOrDefault(column, "");
    }

    String type() {
      return cell("`type`").replace("`", "");
    }

    @Override
    public String toString() {
      return cell("Backend");
    }
  }

  static List<Row> rows() throws IOException {
    List<List<String>> lines =
        Files.readAllLines(DOCUMENT).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
            .map(line -> List.of(line.split("\\|", -1)))
            .toList();
    List<Row> rows = new ArrayList<>();
    for (List<String> line : lines.subList(1, lines.size())) {
      assertThat(line).as("%s", line).hasSameSizeAs(lines.getFirst());
      Map<String, String> cells = new HashMap<>();
      for (int i = 1; i < line.size() - 1; i++) {
        cells.put(lines.getFirst().get(i).strip(), line.get(i).strip());
      }
      rows.add(new Row(cells));
    }
    return rows;
  }

  @Test
  void everyTypeHasItsRowAndNoOther() throws IOException {
    assertThat(rows().stream().map(Row::type).distinct().toList())
        .containsExactlyInAnyOrderElementsOf(Workers.with().types());
    assertThat(
            rows().stream().filter(row -> row.type().equals(OpenAiWorker.TYPE)).map(Row::toString))
        .containsExactlyInAnyOrderElementsOf(KINDS.keySet());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void saysWhatTheAdapterTells(Row row) {
    try (Worker worker = TestSettings.of(row.type(), null).worker()) {
      Capabilities tells = worker.info().capabilities();
      assertThat(row.cell("Counts")).isEqualTo(yes(tells, Feature.USAGE));
      assertThat(row.cell("Thoughts")).isEqualTo(yes(tells, Feature.REASONING));
      assertThat(row.cell("Tools")).isEqualTo(yes(tells, Feature.TOOLS));
      assertThat(row.cell("`n`")).isEqualTo(yes(tells, Feature.SEVERAL_ANSWERS));
      assertThat(row.cell("Images"))
          .isEqualTo(list(tells, Feature.IMAGES, "inside", Feature.IMAGE_LINKS, "links"));
      assertThat(row.cell("JSON"))
          .isEqualTo(list(tells, Feature.JSON_OBJECT, "object", Feature.JSON_SCHEMA, "schema"));
      ServerKind kind = row.type().equals(OpenAiWorker.TYPE) ? KINDS.get(row.toString()) : null;
      assertThat(row.cell("Continues an answer"))
          .isEqualTo(words(kind == null ? tells.continuation() : kind.continuation()));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void saysWhereItIs(Row row) {
    String address = row.cell("Address");
    switch (row.toString()) {
      case "Ollama" -> assertThat(address).isEqualTo(OllamaWorker.LOCAL.toString());
      case "OpenAI" -> assertThat(address).isEqualTo(OpenAiWorker.ANY.address().toString());
      case "Groq" -> assertThat(address).isEqualTo(OpenAiWorker.GROQ.address().toString());
      case "Gemini" -> assertThat(address).isEqualTo(GeminiApi.HOME.toString());
      case "Anthropic" -> assertThat(address).isEqualTo(AnthropicApi.HOME.toString());
      case "Cohere" -> assertThat(address).isEqualTo(CohereApi.HOME.toString());
      case "DeepSeek", "Mistral" ->
          assertThat(ServerKind.of(ServerAddress.of(URI.create(address), "b")))
              .isEqualTo(KINDS.get(row.toString()));
      case "the built-in echo" -> assertThat(address).isEqualTo("none");
      default -> assertThat(row.type()).isEqualTo(OpenAiWorker.TYPE);
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void saysWhereTheKeyGoes(Row row) throws Exception {
    String header = row.cell("Key goes in").replace("`", "");
    if (header.equals("nowhere")) {
      return;
    }
    try (FakeServer server = new FakeServer();
        Worker worker = TestSettings.of(row.type(), server.url()).key("k3y").worker()) {
      server.answer(401, "{}");
      assertThat(worker.healthCheck().reason()).contains("401");
      RecordedRequest request = server.request();
      assertThat(request.getHeaders().get(header)).endsWith("k3y");
    }
  }

  private static String yes(Capabilities tells, Feature feature) {
    return tells.features().contains(feature) ? "yes" : "no";
  }

  private static String list(
      Capabilities tells, Feature one, String word, Feature other, String otherWord) {
    List<String> words = new ArrayList<>();
    if (tells.features().contains(one)) {
      words.add(word);
    }
    if (tells.features().contains(other)) {
      words.add(otherWord);
    }
    return words.isEmpty() ? "no" : String.join(", ", words);
  }

  private static String words(Continuation continuation) {
    return switch (continuation) {
      case NONE -> "no";
      case LAST_MESSAGE -> "last message";
      case MARKED_MESSAGE -> "marked message";
    };
  }
}
