package dev.relevo.launcher;

/** Puts the events of {@code /v1/jobs/{id}/stream} together, line by line. */
final class SseText {
  private static final String ID = "id: ";
  private static final String EVENT = "event: ";
  private static final String DATA = "data: ";

  private final StringBuilder text = new StringBuilder();
  private String id = "";
  private String lastId = "";
  private String event = "";
  private String lastEvent = "";
  private String data = "";
  private int chunks;

  void take(String line) {
    if (line.startsWith(ID)) {
      id = line.substring(ID.length());
    } else if (line.startsWith(EVENT)) {
      event = line.substring(EVENT.length());
    } else if (line.startsWith(DATA)) {
      data = line.substring(DATA.length());
    } else if (line.isEmpty() && !data.isEmpty()) {
      dispatch();
    }
  }

  private void dispatch() {
    lastId = id;
    lastEvent = event;
    if (event.equals("chunk")) {
      chunks++;
      text.append(JsonText.of(data, "delta", "content"));
    }
    data = "";
    event = "";
  }

  String text() {
    return text.toString();
  }

  /** The id of the last event that came whole; empty before the first. */
  String lastId() {
    return lastId;
  }

  String lastEvent() {
    return lastEvent;
  }

  int chunks() {
    return chunks;
  }
}
