package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of docs/testing.md. */
@Timeout(60)
// docs from here
class SurvivesNodesTest {
  @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create();

  private final JobRequest request =
      JobRequest.messages(List.of(ChatMessage.user("Tell me a story"))).model("gpt-5-mini").build();

  @Test
  void answers(JobClient client) {
    relevo.model("gpt-5-mini").answers("Once upon a time");

    assertThat(client.complete(request).text()).isEqualTo("Once upon a time");
    assertThat(relevo.model("gpt-5-mini").awaitRequest().question()).isEqualTo("Tell me a story");
  }

  @Test
  void survivesTheDeathOfANode(JobClient client) {
    relevo.model("gpt-5-mini").answers("Once upon a time").holdsAtChunk(2);
    JobHandle job = client.submit(request);

    relevo.killNode(relevo.model("gpt-5-mini").awaitHeld().node()); // after "Once upon "
    relevo.model("gpt-5-mini").release();

    assertThat(job.result().join().text()).isEqualTo("Once upon a time");
  }
}
// to here
