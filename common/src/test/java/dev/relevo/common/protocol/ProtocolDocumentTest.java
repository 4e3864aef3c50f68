package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** Holds docs/protocol.md to the code: its examples, names and links. */
class ProtocolDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "protocol.md");
  private static final Pattern EXAMPLES =
      Pattern.compile("```json ([a-z-]+)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern SETTING =
      Pattern.compile("`((?:kafka|dispatcher|node|gateway|client)[a-z.-]*)\\.([a-z-]+)`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]*)(#[^)]*)?\\)");

  /** One record of the document. */
  record Example(RecordKind kind, JsonNode json) {}

  static Stream<Example> examples() throws IOException {
    List<Example> examples = new ArrayList<>();
    Matcher block = EXAMPLES.matcher(document());
    while (block.find()) {
      RecordKind kind = RecordKind.named(block.group(1));
      try (MappingIterator<JsonNode> records =
          JsonMapper.shared().readerFor(JsonNode.class).readValues(block.group(2))) {
        records.forEachRemaining(json -> examples.add(new Example(kind, json)));
      }
    }
    return examples.stream();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleIsValidAndCanBeRead(Example example) {
    assertThat(example.kind().problemsAndStrangers(example.json())).isEmpty();

    Message message = example.kind().decode(example.json());
    JsonNode written = JsonMapper.shared().readTree(MessageCodec.encode(message));
    assertThat(example.kind().problemsAndStrangers(written)).isEmpty();
  }

  @Test
  void everyTypeOfRecordHasAnExample() throws IOException {
    Set<Class<?>> shown =
        examples()
            .map(example -> example.kind().decode(example.json()).getClass())
            .collect(Collectors.toSet());
    Set<Class<?>> known = SchemaTest.messages().map(Message::getClass).collect(Collectors.toSet());

    assertThat(shown).isEqualTo(known);
  }

  @Test
  void namesEveryTopicHeaderAndCode() throws IOException {
    TopicNames topics = new TopicNames("relevo");
    List<String> names =
        new ArrayList<>(
            List.of(
                topics.jobs(),
                topics.batchJobs(),
                topics.assignments(),
                topics.events(),
                topics.heartbeats(),
                topics.control(),
                topics.state(),
                topics.dead(),
                topics.replies("<UUIDv7>"),
                topics.inbox("<client id>"),
                topics.dispatcherGroup()));
    names.addAll(ContractTest.constants(HeaderNames.class).values());
    names.addAll(ContractTest.constants(FailureCodes.class).values());
    String document = document();

    assertThat(names).allSatisfy(name -> assertThat(document).contains("`" + name + "`"));
    for (RecordKind kind : RecordKind.all()) {
      assertThat(document).contains("/dev/relevo/schema/" + kind.file());
    }
  }

  @Test
  void everySettingItNamesExists() throws IOException {
    String settings = Files.readString(DOCUMENT.resolveSibling("configuration.md"));
    Matcher named = SETTING.matcher(document());
    int count = 0;
    while (named.find()) {
      int section = settings.indexOf("### `" + named.group(1) + "`\n");
      int next = settings.indexOf("### `", section + 1);
      assertThat(section).as(named.group()).isPositive();
      assertThat(settings.substring(section, next)).contains("\n| `" + named.group(2) + "` |");
      count++;
    }
    assertThat(count).isPositive();
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    String document = document();
    Set<String> headings = new HashSet<>();
    document
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(title -> "#" + title.replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
        .forEach(headings::add);
    Matcher link = LINK.matcher(document);
    while (link.find()) {
      if (link.group(1).isEmpty()) {
        assertThat(headings).contains(link.group(2));
      } else {
        assertThat(DOCUMENT.resolveSibling(link.group(1))).exists();
      }
    }
    assertThat(headings).contains("#a-job");
  }

  private static String document() throws IOException {
    return Files.readString(DOCUMENT);
  }
}
