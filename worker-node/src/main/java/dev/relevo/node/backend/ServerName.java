package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import java.net.URI;

/**
 * How messages for people call a server.
 *
 * @param backend the backend's name in the settings
 * @param product what kind of server it is
 * @param address its base URL, without what could be a secret in it
 */
record ServerName(String backend, String product, String address) {

  static ServerName of(BackendSettings settings, String product, URI baseUrl) {
    String port = baseUrl.getPort() < 0 ? "" : ":" + baseUrl.getPort();
    String path = baseUrl.getPath() == null ? "" : baseUrl.getPath();
    String address = baseUrl.getScheme() + "://" + baseUrl.getHost() + port + path;
    return new ServerName(settings.name(), product, address);
  }

  @Override
  public String toString() {
    return backend + " (" + product + " at " + address + ")";
  }
}
