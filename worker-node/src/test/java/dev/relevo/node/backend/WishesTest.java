package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WishesTest {
  private static final ServerName SERVER = new ServerName("gpu-1", "server", "http://localhost");

  @Test
  void readsWhatARequestAsksFor() {
    assertThat(of("{'messages':[{'role':'user','content':'Hi'}],'n':1,'tools':[]}")).isEmpty();
    assertThat(of("{'tools':[{'type':'function'}],'n':2}"))
        .containsExactlyInAnyOrder(Feature.TOOLS, Feature.SEVERAL_ANSWERS);
    assertThat(of("{'response_format':{'type':'json_object'}}"))
        .containsExactly(Feature.JSON_OBJECT);
    assertThat(of("{'response_format':{'type':'json_schema'}}"))
        .containsExactly(Feature.JSON_SCHEMA);
    assertThat(of("{'response_format':{'type':'text'}}")).isEmpty();
    assertThat(
            of(
                "{'messages':[{'role':'user','content':[{'type':'text','text':'x'},"
                    + "{'type':'image_url','image_url':{'url':'data:,'}},"
                    + "{'type':'image_url','image_url':{'url':'https://a/b.png'}}]}]}"))
        .containsExactlyInAnyOrder(Feature.IMAGES, Feature.IMAGE_LINKS);
  }

  @Test
  void refusesOnlyWhatIsAskedForAndLacking() {
    Set<Feature> can = EnumSet.complementOf(EnumSet.of(Feature.SEVERAL_ANSWERS));
    assertThat(Unsupported.by(can, Answer.object("{'tools':[{}]}"), SERVER)).isNull();
    Completion.Failed failed = Unsupported.by(can, Answer.object("{'n':2}"), SERVER);
    assertThat(failed).isNotNull();
    assertThat(failed.fault()).isEqualTo(Fault.UNSUPPORTED);
    assertThat(failed.failure().message()).contains("gpu-1", "several answers");
  }

  private static Set<Feature> of(String body) {
    return Wishes.of(Answer.object(body));
  }
}
