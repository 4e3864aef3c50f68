package dev.relevo.client;

import java.util.List;

/** Asks once and prints the answer as it comes: the README's first producer. */
public final class FirstProducer {
  private FirstProducer() {}

  /** Needs a running {@code ./relevo up}. */
  public static void main(String[] arguments) {
    // README from here
    JobRequest request =
        JobRequest.messages(List.of(ChatMessage.user("Tell me a story"))).model("echo").build();

    try (JobClient client = JobClient.connect("localhost:9092")) {
      client.submit(request).text().forEach(System.out::print); // token by token
      String whole = client.complete(request).text(); // or all at once
      System.out.println(whole);
    }
    // to here
  }
}
