package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import okhttp3.Headers;

/** Puts a backend's key into the header where its server looks for it; none without a key. */
final class ApiKey {
  private ApiKey() {}

  /**
   * As most servers want it.
   *
   * @throws IllegalArgumentException if the key cannot be sent
   */
  static Headers bearer(BackendSettings settings) {
    return header(settings, "Authorization", "Bearer ");
  }

  /**
   * As the whole value of a header.
   *
   * @throws IllegalArgumentException if the key cannot be sent
   */
  static Headers in(String header, BackendSettings settings) {
    return header(settings, header, "");
  }

  private static Headers header(BackendSettings settings, String header, String before) {
    String key = settings.apiKey().reveal().strip();
    if (key.chars().anyMatch(character -> character <= ' ' || character > '~')) {
      throw new IllegalArgumentException(
          "The api-key of backend "
              + settings.name()
              + " has a character in it that no HTTP header can carry, such as a space.");
    }
    return key.isEmpty() ? Headers.EMPTY : Headers.of(header, before + key);
  }
}
