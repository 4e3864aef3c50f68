package dev.relevo.gateway;

import dev.relevo.common.config.ApiKeySettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The keys that are known, by their hashes alone. Looking one up takes as long whether it is known
 * or not.
 */
final class KeyRing {
  private record Known(String hash, Caller caller) {}

  private final List<Known> keys;

  /** Makes one that knows each key's caller. */
  KeyRing(List<ApiKeySettings> keys, Function<ApiKeySettings, Caller> callers) {
    this.keys = keys.stream().map(key -> new Known(key.hash(), callers.apply(key))).toList();
  }

  /** Whether nobody has a key. */
  boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Whose key this is. */
  Optional<Caller> find(String key) {
    byte[] hash = bytes(ApiKeySettings.hashOf(key));
    Optional<Caller> found = Optional.empty();
    for (Known known : keys) {
      if (MessageDigest.isEqual(bytes(known.hash()), hash)) {
        found = Optional.of(known.caller());
      }
    }
    return found;
  }

  private static byte[] bytes(String hex) {
    return hex.getBytes(StandardCharsets.US_ASCII);
  }
}
