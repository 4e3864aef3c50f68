package dev.relevo.node.backend;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer that is a stream of events with JSON objects in them; what they mean is a provider's
 * own affair. An error may also stand between them as plain JSON.
 */
final class EventAnswer implements AnswerParser {

  /** What the events of one answer come to; pure, used once. */
  interface Meaning {
    /** What an event adds, told no error. */
    List<Step> read(ObjectNode event) throws MalformedStreamException;

    /** The end that an error is. */
    Step.Ended failed(ServerError error);

    /**
     * The end, when no event said that it is: the server closed the connection in good order.
     *
     * @param note what else is to be said of an answer that is not whole; may be empty
     */
    default Step.Ended end(String note) throws MalformedStreamException {
      throw new CutStreamException("closed the connection before its answer was whole" + note);
    }
  }

  private final Meaning meaning;
  private final ServerSentEvents events = new ServerSentEvents(OpenAiAnswer.MAX_EVENT_BYTES);
  private final StrayJson stray = new StrayJson();
  private final Unreadable unreadable = new Unreadable();
  private final Queue<Step> ready = new ArrayDeque<>();
  private boolean closed;

  EventAnswer(Meaning meaning) {
    this.meaning = meaning;
  }

  @Override
  public void feed(byte[] bytes, int count) {
    events.feed(bytes, count);
    stray.feed(bytes, count);
  }

  @Override
  public void end() {
    closed = true;
  }

  @Override
  public @Nullable Step next() throws MalformedStreamException {
    while (ready.isEmpty()) {
      ServerSentEvents.Event event = closed ? events.rest() : events.next();
      if (event != null) {
        read(event.data());
        continue;
      }
      ServerError error = stray.next(closed);
      if (error != null) {
        ready.add(meaning.failed(error));
      } else if (closed) {
        ready.add(meaning.end(unreadable.note()));
      } else {
        return null;
      }
    }
    return ready.remove();
  }

  private void read(String data) throws MalformedStreamException {
    // Some gateways end every stream like OpenAI's.
    if (data.isBlank() || data.startsWith("[DONE]")) {
      return;
    }
    ObjectNode object = Json.object(data);
    if (object == null) {
      ready.add(unreadable.skip("an event that is no JSON object"));
      return;
    }
    ServerError error = ServerError.in(object);
    if (error == null) {
      ready.addAll(meaning.read(object));
    } else {
      ready.add(meaning.failed(error));
    }
  }
}
