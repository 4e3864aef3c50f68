package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.operator.fixture.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The gist is what the codec makes of the letter, read in a quicker way. */
class DeadGistTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final int MUTANTS = 20_000;

  private static final List<String> VALUES =
      List.of(
          "null",
          "\"\"",
          "\"x\"",
          "\"\\u0001\"",
          "\"\\n\"",
          "\"jobs\"",
          "0",
          "-7",
          "1.5",
          "\"12\"",
          "99999999999",
          "99999999999999999999",
          "true",
          "[]",
          "[null]",
          "[{}]",
          "{\"a\":[{}]}",
          "\"" + "n".repeat(256) + "\"",
          "\"" + "n".repeat(257) + "\"",
          "\"" + "n".repeat(1_000) + "\"",
          "\"" + "n".repeat(1_001) + "\"");

  private static byte[] whole() {
    return MessageCodec.encode(DeadLetters.letter("job-1", 3, 7, 3));
  }

  private static byte[] utf8(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void lettersAsDispatchersWriteThemAreReadTheQuickWay() {
    for (DeadLetter letter :
        List.of(
            DeadLetters.letter("job-1", 3, 7, 3),
            DeadLetters.letter("job-2", 0, 0, 0),
            DeadLetters.malformed("b", 1, 91))) {
      byte[] json = MessageCodec.encode(letter);
      assertThat(DeadGistReader.read(json)).isEqualTo(DeadGist.of(letter));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{}", "{\"code\":\"a\"", "no json"})
  void whatIsNoLetterIsSaidByTheCodec(String json) {
    assertThat(DeadGistReader.read(utf8(json))).isNull();
    assertThatThrownBy(() -> DeadGist.read(utf8(json)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void whateverStandsInALetterTheCodecWouldSayTheSame() {
    Random random = new Random(11);
    int quick = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] json = mutant(random);
      DeadGist read = DeadGistReader.read(json);
      if (read != null) {
        quick++;
        assertThat(read)
            .as(new String(json, StandardCharsets.UTF_8))
            .isEqualTo(DeadGist.of(MessageCodec.decode(DeadLetter.class, json)));
      }
    }
    assertThat(quick).isBetween(MUTANTS / 10, MUTANTS * 9 / 10);
  }

  /** A letter with a field changed, added or left out, here or in one of its attempts. */
  private static byte[] mutant(Random random) {
    ObjectNode letter = (ObjectNode) MAPPER.readTree(whole());
    ObjectNode changed = letter;
    if (random.nextBoolean() && letter.get("attempts") instanceof ArrayNode attempts) {
      changed = (ObjectNode) attempts.get(random.nextInt(attempts.size()));
    }
    List<String> names = List.copyOf(changed.propertyNames());
    String name = names.get(random.nextInt(names.size()));
    JsonNode value = MAPPER.readTree(VALUES.get(random.nextInt(VALUES.size())));
    switch (random.nextInt(5)) {
      case 0 -> changed.remove(name);
      case 1 -> changed.set("newer-" + name, value);
      default -> changed.set(name, value);
    }
    String json = letter.toString();
    return utf8(random.nextInt(20) == 0 ? json.substring(0, json.length() - 2) : json);
  }
}
