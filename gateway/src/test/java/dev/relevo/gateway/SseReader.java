package dev.relevo.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads server-sent events, as a browser does. */
public final class SseReader implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final HttpResponse<InputStream> response;
  private final BufferedReader lines;

  /**
   * An event.
   *
   * @param id its id; empty for none
   * @param name its name; empty for none
   * @param data its data
   */
  public record Event(String id, String name, String data) {
    /** The data as JSON. */
    public JsonNode json() {
      return JsonMapper.shared().readTree(data);
    }

    /** The visible text of a chunk. */
    public String text() {
      return name.equals("chunk") ? json().path("delta").path("content").asString("") : "";
    }
  }

  /** Connects; returns when the headers are there. */
  public SseReader(HttpRequest.Builder request) throws IOException, InterruptedException {
    response = HTTP.send(request.GET().build(), HttpResponse.BodyHandlers.ofInputStream());
    lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  public int status() {
    return response.statusCode();
  }

  /** A header of the answer; empty where it is not there. */
  public String header(String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** Reads on until a comment; what stands before it is lost. */
  public String comment() throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith(":")) {
      line = lines.readLine();
    }
    return line == null ? "" : line;
  }

  /** The next event with data; null at the end of the stream, or where the line breaks. */
  public @Nullable Event next() {
    String id = "";
    String name = "";
    String data = "";
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring("id: ".length());
        } else if (line.startsWith("event: ")) {
          name = line.substring("event: ".length());
        } else if (line.startsWith("data: ")) {
          data = line.substring("data: ".length());
        } else if (line.isEmpty() && !data.isEmpty()) {
          return new Event(id, name, data);
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  /** All that still come. */
  public List<Event> rest() {
    List<Event> all = new ArrayList<>();
    for (Event event = next(); event != null; event = next()) {
      all.add(event);
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    // Not the lines: these would wait for whoever reads them.
    response.body().close();
  }
}
