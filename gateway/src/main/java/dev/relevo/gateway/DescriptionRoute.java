package dev.relevo.gateway;

import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;

/** {@code GET /openapi.json}: what the gateway answers, in OpenAPI 3.1, for anybody. */
final class DescriptionRoute {
  private static final String RESOURCE = "openapi.yaml";

  private DescriptionRoute() {}

  static Route route() {
    byte[] json = json();
    return new Route(
        Method.GET,
        "/openapi.json",
        Right.NOTHING,
        ErrorShape.PROBLEM,
        exchange -> exchange.bytes(200, "application/json", json));
  }

  /** It is written in YAML, for people. */
  private static byte[] json() {
    try (InputStream in = DescriptionRoute.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing in the jar");
      }
      Object document = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      return JsonMapper.shared().writeValueAsBytes(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
