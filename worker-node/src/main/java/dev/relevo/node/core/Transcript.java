package dev.relevo.node.core;

import dev.relevo.common.protocol.Delta;

/**
 * What readers of one job have been given so far: the text an attempt goes on from. Of an answer
 * that is more than one text (tool calls, several answers, a refusal), or longer than {@link
 * #MAX_LENGTH}, it only knows that there is something.
 */
public final class Transcript {
  /** Characters kept of one job; a longer answer can be started afresh but not gone on with. */
  public static final int MAX_LENGTH = 1 << 20;

  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private boolean empty = true;
  private boolean whole = true;

  /** Adds a piece that readers were given. */
  public void add(int index, Delta delta) {
    if (delta.isEmpty()) {
      return;
    }
    empty = false;
    if (!whole) {
      return;
    }
    if (index > 0 || delta.refusal() != null || !delta.toolCalls().isEmpty() || !append(delta)) {
      whole = false;
      content.setLength(0);
      reasoning.setLength(0);
    }
  }

  /** Readers were given something that cannot be told any more. */
  public void addUnknown() {
    empty = false;
    whole = false;
  }

  private boolean append(Delta delta) {
    if (delta.content() != null) {
      content.append(delta.content());
    }
    if (delta.reasoning() != null) {
      reasoning.append(delta.reasoning());
    }
    return content.length() + reasoning.length() <= MAX_LENGTH;
  }

  /** Forgets everything: readers drop the text so far. */
  public void clear() {
    content.setLength(0);
    reasoning.setLength(0);
    empty = true;
    whole = true;
  }

  /** Whether readers have nothing. */
  public boolean isEmpty() {
    return empty;
  }

  /** Whether {@link #content} and {@link #reasoning} are all that readers have. */
  public boolean isWholeText() {
    return whole;
  }

  /** The visible text. */
  public String content() {
    return content.toString();
  }

  /** The thinking text. */
  public String reasoning() {
    return reasoning.toString();
  }
}
