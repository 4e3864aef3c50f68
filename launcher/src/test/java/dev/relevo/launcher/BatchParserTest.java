package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Lane;
import dev.relevo.operator.batch.BoundedLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchParserTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final BatchParser parser =
      new BatchParser(new BatchParser.Defaults(null, null, List.of(), Lane.BATCH, DAY));

  private BatchLine parse(String line) {
    return parse(parser, line);
  }

  private static BatchLine parse(BatchParser parser, String line) {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    try (BoundedLines lines =
        new BoundedLines(new ByteArrayInputStream(bytes), BatchParser.MOST_LINE)) {
      return parser.parse(Objects.requireNonNull(lines.next()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private WantedLine wanted(String line) {
    BatchLine parsed = parse(line);
    assertThat(parsed).isInstanceOf(WantedLine.class);
    return (WantedLine) parsed;
  }

  @Test
  void aRequestIsAJobAsItIs() {
    String body =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"ä\"}],"
            + "\"temperature\":0.10,\"seed\":12345678901234567890}";

    WantedLine job = wanted(body);

    assertThat(job.body()).as("no digit is lost").isEqualTo(body);
    assertThat(job.model()).isEqualTo("m");
    assertThat(job.lane()).isEqualTo(Lane.BATCH);
    assertThat(job.priority()).isEqualTo(5);
    assertThat(job.deadline()).isNull();
    assertThat(job.id()).isEqualTo("line-1-" + job.digest());
    assertThat(job.format()).isEqualTo(BatchFormat.PLAIN);
  }

  @Test
  void whatIsOursStaysOutOfTheRequest() {
    WantedLine job =
        wanted(
            "{\"id\":7,\"prompt\":\"Hi\",\"model\":\"m\",\"fallbacks\":[\"n\",\"o\"],\"priority\":0,"
                + "\"tenant\":\"t\",\"lane\":\"jobs\",\"deadline\":\"90s\",\"max_tokens\":5}");

    assertThat(job.id()).isEqualTo("7");
    assertThat(job.body())
        .isEqualTo(
            "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    assertThat(job.fallbacks()).containsExactly("n", "o");
    assertThat(job.priority()).isZero();
    assertThat(job.tenant()).isEqualTo("t");
    assertThat(job.lane()).isEqualTo(Lane.JOBS);
    assertThat(job.deadline()).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void aBodyGoesAsItIsWithItsOwnFieldsOfThoseNames() {
    WantedLine job =
        wanted(
            "{\"id\":\"a\",\"model\":\"n\",\"body\":{\"model\":\"m\",\"messages\":[{}],\"priority\":3}}");

    assertThat(job.body()).isEqualTo("{\"model\":\"m\",\"messages\":[{}],\"priority\":3}");
    assertThat(job.model()).as("the line's own wins").isEqualTo("n");
    assertThat(job.priority()).isEqualTo(5);
  }

  @Test
  void aLineOfAnOpenAiBatchIsOne() {
    WantedLine job =
        wanted(
            "{\"custom_id\":\"r-1\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                + "\"body\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}}");

    assertThat(job.id()).isEqualTo("r-1");
    assertThat(job.format()).isEqualTo(BatchFormat.OPENAI);
    assertThat(job.model()).isEqualTo("m");
    assertThat(job.body()).startsWith("{\"model\":\"m\",\"messages\":");
    assertThat(parse("nonsense").format()).as("as the line before").isEqualTo(BatchFormat.OPENAI);
  }

  @Test
  void theCommandsOptionsFillWhatALineLeavesOut() {
    BatchParser filling =
        new BatchParser(new BatchParser.Defaults("m", "Be brief", List.of("n"), Lane.JOBS, DAY));

    WantedLine bare = (WantedLine) parse(filling, "{\"prompt\":\"Hi\"}");
    assertThat(bare.model()).isEqualTo("m");
    assertThat(bare.fallbacks()).containsExactly("n");
    assertThat(bare.lane()).isEqualTo(Lane.JOBS);
    assertThat(bare.body())
        .isEqualTo(
            "{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief\"},"
                + "{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\"}");

    WantedLine own =
        (WantedLine)
            parse(
                filling,
                "{\"messages\":[{\"role\":\"system\",\"content\":\"x\"}],\"model\":\"o\"}");
    assertThat(own.model()).isEqualTo("o");
    assertThat(own.body()).doesNotContain("Be brief");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{\"prompt\":\"x\"} {} | this is no JSON",
        "{\"prompt\": | this is no JSON",
        "[1] | no JSON object",
        "{} | no prompt",
        "{\"prompt\":\"x\",\"messages\":[{}]} | only one of prompt and messages",
        "{\"prompt\":\" \"} | prompt has to be a text",
        "{\"prompt\":{\"a\":1}} | prompt has to be a text",
        "{\"messages\":[]} | at least one message",
        "{\"body\":\"x\"} | body has to be an object",
        "{\"id\":\"\",\"prompt\":\"x\"} | id has to be a text of 1 to 512",
        "{\"id\":{},\"prompt\":\"x\"} | id has to be a text",
        "{\"prompt\":\"x\",\"model\":3} | model has to be a text",
        "{\"prompt\":\"x\",\"lane\":\"fast\"} | lane is 'fast'",
        "{\"prompt\":\"x\",\"priority\":10} | priority is 10",
        "{\"prompt\":\"x\",\"priority\":\"high\"} | priority has to be a whole number",
        "{\"prompt\":\"x\",\"priority\":99999999999} | priority has to be a whole number",
        "{\"prompt\":\"x\",\"deadline\":\"soon\"} | deadline is 'soon'",
        "{\"prompt\":\"x\",\"deadline\":\"0s\"} | deadline is '0s'",
        "{\"prompt\":\"x\",\"deadline\":\"25h\"} | deadline is longer",
        "{\"prompt\":\"x\",\"fallbacks\":\"a\"} | fallbacks has to be a list",
        "{\"prompt\":\"x\",\"fallbacks\":[\"a,b\"]} | fallbacks has to be a list",
        "{\"custom_id\":\"r\",\"url\":\"/v1/embeddings\",\"body\":{}} | only POST"
            + " /v1/chat/completions",
        "{\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{}} | no custom_id",
      })
  void saysWhatIsWrong(String line, String reason) {
    assertThat(parse(line))
        .isInstanceOfSatisfying(
            BrokenLine.class, broken -> assertThat(broken.reason()).contains(reason));
  }

  @Test
  void aLineThatIsTooLongIsOnlyItsOwnProblem() {
    assertThat(parse("{\"prompt\":\"" + "x".repeat(BatchParser.MOST_LINE) + "\"}"))
        .isInstanceOfSatisfying(
            BrokenLine.class, broken -> assertThat(broken.reason()).contains("longer than 8 MiB"));
    assertThat(parse("{\"prompt\":\"" + "x".repeat(BatchParser.MOST_LINE - (32 << 10)) + "\"}"))
        .isInstanceOfSatisfying(
            BrokenLine.class,
            broken -> assertThat(broken.reason()).contains("larger than a job may"));
  }

  @Test
  void whatAMessageShowsOfALineIsHarmless() {
    assertThat(parse("{\"prompt\":\"x\",\"lane\":\"\\u001b[31m\"}"))
        .isInstanceOfSatisfying(
            BrokenLine.class,
            broken -> assertThat(broken.reason()).contains("\\u001b").doesNotContain("\u001b"));
  }
}
