package dev.relevo.node.backend;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a compatible server's answer: chunks in server-sent events, closed by {@code [DONE]}; or
 * one whole completion, from servers that do not stream. Which of them it is shows its first
 * character, whatever the content type says.
 */
final class OpenAiAnswer implements AnswerParser {
  /** Larger than any event seen in the wild; keeps a broken server from filling the memory. */
  static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;

  private enum Form {
    UNKNOWN,
    EVENTS,
    WHOLE,
    PAGE
  }

  private final OpenAiChunks chunks;
  private final ServerSentEvents events = new ServerSentEvents(MAX_EVENT_BYTES);
  private final Unreadable unreadable = new Unreadable();
  private final ByteArrayOutputStream whole = new ByteArrayOutputStream(0);
  private final Queue<Step> ready = new ArrayDeque<>();
  private Form form = Form.UNKNOWN;
  private boolean closed;

  OpenAiAnswer(OpenAiChunks chunks) {
    this.chunks = chunks;
  }

  @Override
  public void feed(byte[] bytes, int count) throws MalformedStreamException {
    if (form == Form.UNKNOWN) {
      form = form(bytes, count);
    }
    if (form == Form.PAGE) {
      throw Unreadable.page();
    }
    if (form != Form.WHOLE) {
      events.feed(bytes, count);
      return;
    }
    if (whole.size() + (long) count > MAX_EVENT_BYTES) {
      throw new MalformedStreamException(
          "sent an answer of more than " + MAX_EVENT_BYTES + " bytes");
    }
    whole.write(bytes, 0, count);
  }

  @Override
  public void end() {
    closed = true;
  }

  @Override
  public @Nullable Step next() throws MalformedStreamException {
    while (ready.isEmpty()) {
      if (form == Form.WHOLE) {
        if (!closed) {
          return null;
        }
        readWhole();
        continue;
      }
      ServerSentEvents.Event event = closed ? events.rest() : events.next();
      if (event != null) {
        read(event);
      } else if (closed) {
        ready.add(chunks.end(/* terminated= */ false, unreadable.note()));
      } else {
        return null;
      }
    }
    return ready.remove();
  }

  private void read(ServerSentEvents.Event event) throws MalformedStreamException {
    String data = event.data();
    if (event.name().equals("error")) {
      ready.add(chunks.failed(ServerError.parse(data)));
    } else if (data.startsWith("[DONE]")) {
      ready.add(chunks.end(/* terminated= */ true, unreadable.note()));
    } else if (!data.isBlank()) {
      ObjectNode chunk = Json.object(data);
      if (chunk == null) {
        ready.add(unreadable.skip("an event that is no JSON object"));
        return;
      }
      ready.addAll(chunks.read(chunk));
    }
  }

  private void readWhole() throws MalformedStreamException {
    String text = whole.toString(StandardCharsets.UTF_8);
    ObjectNode completion = Json.object(text);
    if (completion == null) {
      if (Json.node(text) == null) {
        throw new MalformedStreamException("sent an answer that is no JSON");
      }
      ready.add(chunks.failed(ServerError.parse(text)));
      return;
    }
    ready.addAll(chunks.read(completion));
    if (ready.stream().noneMatch(Step.Ended.class::isInstance)) {
      ready.add(chunks.end(/* terminated= */ true, ""));
    }
  }

  private static Form form(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      switch (bytes[i]) {
        case ' ', '\t', '\r', '\n' -> {
          // Some servers send empty lines while a request waits.
        }
        case '{', '[' -> {
          return Form.WHOLE;
        }
        default -> {
          return Unreadable.isPage((char) bytes[i]) ? Form.PAGE : Form.EVENTS;
        }
      }
    }
    return Form.UNKNOWN;
  }
}
