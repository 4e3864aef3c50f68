package dev.relevo.client;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content its text
 */
public record ChatMessage(String role, String content) {
  public ChatMessage {
    if (role.isEmpty()) {
      throw new IllegalArgumentException("role is empty");
    }
  }

  /** What the model shall be. */
  public static ChatMessage system(String content) {
    return new ChatMessage("system", content);
  }

  /** What is asked. */
  public static ChatMessage user(String content) {
    return new ChatMessage("user", content);
  }

  /** What the model said before. */
  public static ChatMessage assistant(String content) {
    return new ChatMessage("assistant", content);
  }
}
