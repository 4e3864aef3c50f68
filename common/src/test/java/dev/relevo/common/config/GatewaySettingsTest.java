package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewaySettingsTest {
  private static final String HASH = "ab".repeat(32);

  @TempDir Path folder;

  private Settings read(String yaml, Map<String, String> environment) throws Exception {
    return new SettingsLoader()
        .load(Files.writeString(folder.resolve("relevo.yaml"), yaml), environment);
  }

  private List<String> problems(String yaml, Map<String, String> environment) throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml);
    return SettingsProblemsTest.problemsOf(file, environment).stream()
        .map(problem -> problem.replace(folder + "/", ""))
        .toList();
  }

  @Test
  void aKeyIsATextOrAGroupOfKeys() throws Exception {
    Settings settings =
        read(
            """
            gateway:
              host: 0.0.0.0
              api-keys:
                - ${ONE}
                - { key: "sha256:%s", name: shop, tenant: acme, rights: [chat], concurrent: 5 }
                - { key: third, requests-per-minute: 60 }
            """
                .formatted(HASH),
            Map.of("ONE", "first-key"));

    List<ApiKeySettings> keys = settings.gateway().apiKeys();
    assertThat(keys).extracting(ApiKeySettings::name).containsExactly("key-1", "shop", "key-3");
    assertThat(keys.get(0)).isEqualTo(ApiKeySettings.of("first-key").named("key-1"));
    assertThat(keys.get(1).hash()).isEqualTo(HASH);
    assertThat(keys.get(1).rights()).containsExactly(KeyRight.CHAT);
    assertThat(keys.get(1).tenant()).isEqualTo("acme");
    assertThat(settings.secrets()).containsExactly("first-key", "third");
  }

  @Test
  void ofAKeyNoMoreThanItsHashNeedsToBeKept() throws Exception {
    GatewaySettings hashed =
        read("gateway: { api-keys: [first-key] }", Map.of()).gateway().withHashedKeys();

    // printf %s first-key | sha256sum
    String hash = "9e24b55356ef2a121ab5fd1a3ee8a3c9191e837f3853e399a369e9044ff183f7";
    assertThat(hashed.apiKeys().get(0).hash()).isEqualTo(hash);
    assertThat(hashed.apiKeys().get(0).key().reveal()).isEqualTo("sha256:" + hash);
  }

  @Test
  void variablesGiveKeysInBothWays() throws Exception {
    assertThat(
            read(
                    "gateway: {}",
                    Map.of(
                        "RELEVO_GATEWAY_API_KEYS_0_KEY", "one",
                        "RELEVO_GATEWAY_API_KEYS_0_REQUESTS_PER_MINUTE", "7"))
                .gateway()
                .apiKeys())
        .singleElement()
        .extracting(ApiKeySettings::requestsPerMinute)
        .isEqualTo(7);
    assertThat(read("{}", Map.of("RELEVO_GATEWAY_API_KEYS", "one, two")).gateway().apiKeys())
        .hasSize(2);
    assertThat(
            problems(
                "gateway:\n  api-keys: [one]", Map.of("RELEVO_GATEWAY_API_KEYS_0_TENANT", "acme")))
        .containsExactly(
            "environment variable RELEVO_GATEWAY_API_KEYS_0_TENANT: element 0 is a single value at"
                + " relevo.yaml:2; write it as a group of keys there, or leave this out");
  }

  @Test
  void allThatIsWrongWithKeysIsToldAndTheyAreNot() throws Exception {
    assertThat(
            problems(
                """
                gateway:
                  api-keys:
                    - "two words"
                    - { key: sha256:12, rights: [char] }
                    - { name: nothing, rights: [] }
                    - "${EMPTY:}"
                    - { key: fine, tenant: "", conc: 3 }
                  tls: { certificate: server.pem }
                """,
                Map.of()))
        .containsExactly(
            "relevo.yaml:3: gateway.api-keys[0].key: the value is not a key of 1 to 512 letters,"
                + " digits and signs without spaces, or sha256: and the 64 hex digits of its hash",
            "relevo.yaml:4: gateway.api-keys[1].key: the value is not a key of 1 to 512 letters,"
                + " digits and signs without spaces, or sha256: and the 64 hex digits of its hash",
            "relevo.yaml:4: gateway.api-keys[1].rights: \"char\" is not one of chat, operate (did"
                + " you mean chat?)",
            "relevo.yaml:5: gateway.api-keys[2].key: the value is not a key of 1 to 512 letters,"
                + " digits and signs without spaces, or sha256: and the 64 hex digits of its hash",
            "relevo.yaml:5: gateway.api-keys[2].rights: without chat and operate a key is good for"
                + " nothing",
            "relevo.yaml:6: gateway.api-keys[3].key: the value is not a key of 1 to 512 letters,"
                + " digits and signs without spaces, or sha256: and the 64 hex digits of its hash",
            "relevo.yaml:7: gateway.api-keys[4].conc: there is no such setting",
            "relevo.yaml:7: gateway.api-keys[4].tenant: \"\" is not a name of 1 to 128 characters",
            "relevo.yaml:8: gateway.tls.certificate: a certificate is of no use without its key;"
                + " set private-key, too");
  }

  @Test
  void keysAndNamesAreDifferent() throws Exception {
    assertThat(
            problems(
                """
                gateway:
                  api-keys:
                    - { key: one, name: shop }
                    - { key: one, name: shop }
                """,
                Map.of()))
        .containsExactly(
            "relevo.yaml:3: gateway.api-keys: the name shop is given to more than one key",
            "relevo.yaml:3: gateway.api-keys: the same key stands in it twice");
  }
}
