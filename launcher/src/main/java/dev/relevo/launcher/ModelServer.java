package dev.relevo.launcher;

import java.net.URI;
import java.util.List;

/**
 * A model server that was found on this machine.
 *
 * @param product as people call it
 * @param name what the backend is called that uses it
 * @param type the adapter that speaks to it
 * @param baseUrl where it is
 * @param models what it has, possibly nothing
 */
record ModelServer(String product, String name, String type, URI baseUrl, List<String> models) {
  ModelServer {
    models = List.copyOf(models);
  }
}
