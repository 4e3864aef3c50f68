package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/testing.md to what compiles and to what there is. */
class TestingDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "testing.md");
  private static final Path EXAMPLE =
      Path.of("src", "test", "java", "dev", "relevo", "testkit", "SurvivesNodesTest.java");

  /** A method, as the first column of a table names it. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)\\(");

  @Test
  void showsTheExampleThatRuns() throws IOException {
    String source = Files.readString(EXAMPLE);
    int from = source.indexOf('\n', source.indexOf("// docs from here")) + 1;
    String shown = source.substring(from, source.indexOf("// to here"));

    assertThat(shown).contains("RelevoExtension.create()");
    assertThat(Files.readString(DOCUMENT)).contains("```java\n" + shown + "```");
  }

  @Test
  void listsWhatAScriptCanSayAndNothingElse() throws IOException {
    Set<String> listed =
        ROW.matcher(Files.readString(DOCUMENT))
            .results()
            .map((MatchResult row) -> row.group(1))
            .collect(Collectors.toSet());
    Set<String> there =
        Stream.of(Answering.class, Script.class)
            .flatMap(type -> Stream.of(type.getDeclaredMethods()))
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> !method.isSynthetic())
            .map(Method::getName)
            .collect(Collectors.toSet());

    assertThat(listed).isEqualTo(there);
  }
}
