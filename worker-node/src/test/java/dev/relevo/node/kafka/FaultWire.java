package dev.relevo.node.kafka;

import dev.relevo.node.kafka.FaultServer.Script;
import dev.relevo.node.kafka.FaultServer.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What servers say, right and wrong. */
final class FaultWire {
  static final String WHOLE = "one two thrée four";
  static final String[] PIECES = {"one ", "two ", "thrée ", "four"};
  static final String DONE = "data: [DONE]\n\n";
  static final String PING = ": keep-alive\n\n";
  static final String EVENTS = "Content-Type: text/event-stream";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private FaultWire() {}

  /** A good answer; one that goes on with what the request begins, if it does. */
  static Script answers() {
    return wire -> wire.status(200, EVENTS).send(answer(wire));
  }

  /** A refusal. */
  static Script refuses(int status, String json, String... headers) {
    return wire -> wire.json(status, json, headers);
  }

  /** The same, but not a word of an answer that was begun elsewhere. */
  static Script refusesPrefixes() {
    return wire -> {
      if (begun(wire).isEmpty()) {
        answers().play(wire);
      } else {
        wire.json(
            400,
            "{'error':{'message':'Assistant message prefill is not supported','type':"
                + "'invalid_request_error'}}");
      }
    };
  }

  static String answer(Wire wire) {
    String rest = WHOLE.substring(begun(wire).length());
    return text(rest) + finish() + DONE;
  }

  /** The first two of four pieces. */
  static String half() {
    return text(PIECES[0]) + text(PIECES[1]);
  }

  static String all() {
    return half() + text(PIECES[2]) + text(PIECES[3]);
  }

  static String text(String text) {
    return event("{'model':'m','choices':[{'index':0,'delta':{'content':'" + text + "'}}]}");
  }

  static String finish() {
    return event("{'model':'m','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}");
  }

  static String event(String json) {
    return "data: " + json.replace('\'', '"') + "\n\n";
  }

  /** A line of Ollama's. */
  static String line(String json) {
    return json.replace('\'', '"') + "\n";
  }

  static String ollama(String text) {
    return line("{'model':'m','message':{'content':'" + text + "'},'done':false}");
  }

  static String ollamaEnd() {
    return line("{'model':'m','message':{'content':''},'done':true,'done_reason':'stop'}");
  }

  static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  /**
   * The part of the answer that the request gives; servers get it without white space at its end.
   */
  private static String begun(Wire wire) {
    JsonNode messages = JSON.readTree(wire.asked()).path("messages");
    JsonNode last = messages.get(messages.size() - 1);
    String content = last.path("content").asString("");
    return last.path("role").asString("").equals("assistant") && WHOLE.startsWith(content)
        ? content
        : "";
  }
}
