package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendChangesTest {
  private static BackendSettings backend(String name, String... keysAndValues) {
    Map<String, String> written = new HashMap<>(Map.of("type", "echo"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      written.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return new SettingsLoader().backend(name, written, Map.of("KEY", "s3cret"));
  }

  private final BackendSettings one = backend("one");
  private final BackendSettings two = backend("two");
  private final BackendSettings three = backend("three");

  @Test
  void theOrderOfTheListDoesNotMatter() {
    assertThat(BackendChanges.between(List.of(one, two), List.of(two, one)).isEmpty()).isTrue();
    assertThat(BackendChanges.between(List.of(one), List.of(backend("one"))).isEmpty()).isTrue();
  }

  @Test
  void tellsWhatComesGoesAndIsChanged() {
    BackendSettings other = backend("two", "priority", "50");

    BackendChanges changes = BackendChanges.between(List.of(one, two), List.of(other, three));

    assertThat(changes)
        .isEqualTo(
            new BackendChanges(
                List.of(three), List.of(new BackendChanges.Changed(two, other)), List.of(one)));
    assertThat(changes)
        .hasToString("backend three is added, backend two is changed, backend one is removed");
  }

  @Test
  void theLastBackendMayGo() {
    assertThat(BackendChanges.between(List.of(one), List.of()).removed()).containsExactly(one);
  }

  @Test
  void aServerStaysTheSameUnderOtherTermsButNotElsewhereOrWithAnotherKey() {
    assertThat(isSame(backend("one", "models", "a,b", "timeouts.idle", "7s", "priority", "3")))
        .isTrue();
    assertThat(isSame(backend("one", "base-url", "http://elsewhere:1"))).isFalse();
    assertThat(isSame(backend("one", "type", "openai"))).isFalse();
    assertThat(isSame(backend("one", "api-key", "${KEY}"))).isFalse();
  }

  private boolean isSame(BackendSettings after) {
    return BackendChanges.between(List.of(one), List.of(after)).changed().getFirst().sameServer();
  }
}
