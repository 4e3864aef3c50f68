package dev.relevo.launcher;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/**
 * A model server that says the key it was sent in everything it answers. Below {@code /good} it
 * answers {@code m-story} well, below {@code /bad} it fails it, below {@code /sick} it is unwell.
 */
final class LeakyServer extends Dispatcher implements AutoCloseable {
  private final MockWebServer server = new MockWebServer();
  private final String key;
  private final AtomicInteger askedWithKey = new AtomicInteger();

  LeakyServer(String key) throws IOException {
    this.key = key;
    server.setDispatcher(this);
    server.start();
  }

  String url(String place) {
    return "http://127.0.0.1:" + server.getPort() + "/" + place + "/v1";
  }

  /** How many requests had the key with them. */
  int askedWithKey() {
    return askedWithKey.get();
  }

  /** The key as servers show it. */
  private String echo() {
    String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8);
    String basic = Base64.getEncoder().encodeToString((":" + key).getBytes(StandardCharsets.UTF_8));
    String masked = key.substring(0, 6) + "********" + key.substring(key.length() - 4);
    return "key %s, ?key=%s, Basic %s, %s, Bearer %s"
        .formatted(key, encoded, basic, masked, key.substring(0, key.length() - 3));
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    if (String.valueOf(request.getHeaders().get("Authorization")).contains(key)) {
      askedWithKey.incrementAndGet();
    }
    String path = request.getTarget();
    if (path.startsWith("/sick")) {
      return error(401);
    }
    if (path.endsWith("/models")) {
      return answer(200)
          .body("{\"data\":[{\"id\":\"%s\"},{\"id\":\"m-frame\"}]}".formatted(key))
          .build();
    }
    String body = request.getBody() == null ? "" : request.getBody().utf8();
    if (body.contains("m-frame")) {
      return answer(200)
          .setHeader("Content-Type", "text/event-stream")
          .body(
              "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"One\"}}]}\n\n"
                  + "data: {\"error\":{\"message\":\"%s\",\"code\":\"%s\"}}\n\n"
                      .formatted(echo(), key))
          .build();
    }
    if (body.contains("m-redirect")) {
      return answer(302).setHeader("Location", url("good") + "?key=" + key).body(echo()).build();
    }
    if (body.contains("m-story") && path.startsWith("/good")) {
      return answer(200)
          .setHeader("Content-Type", "text/event-stream")
          .body(
              "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Well\"},"
                  + "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
          .build();
    }
    return error(body.contains("m-story") ? 500 : 401);
  }

  private MockResponse error(int status) {
    return answer(status)
        .body(
            "{\"error\":{\"message\":\"Incorrect API key provided: %s\",\"code\":\"%s\"}}"
                .formatted(echo(), key))
        .build();
  }

  /** A response that has the key among its headers. */
  private MockResponse.Builder answer(int status) {
    return new MockResponse.Builder()
        .code(status)
        .addHeader("X-Asked-With", key)
        .addHeader("WWW-Authenticate", "Bearer error=\"" + key + "\"");
  }

  @Override
  public void close() {
    server.close();
  }
}
