package dev.relevo.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ForwardingAdmin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FileIndexTest {
  /** Longer than the test may take. */
  private static final Duration FOR_EVER = Duration.ofMinutes(10);

  private RelevoHouse house;
  private KafkaClients clients;
  private TopicLayout layout;
  private FileStore store;

  @BeforeAll
  void start() {
    house = RelevoHouse.start(HouseOptions.defaults().withNodes(0));
    clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    layout = TopicLayout.defaults().withPrefix(house.topics().prefix());
    store =
        new FileStore(
            clients, layout, InstantSource.system(), FileLimits.of(Settings.defaults().gateway()));
  }

  @AfterAll
  void stop() {
    store.close();
    house.close();
  }

  private StoredFile file() {
    try (FileWriter writer = store.create()) {
      writer.write("content".getBytes(StandardCharsets.UTF_8), 0, 7);
      return writer.finish("a.jsonl", "batch", "school", Duration.ofHours(1), null);
    }
  }

  /** Deletes a topic as soon as somebody knows where topics end. */
  private Admin deletesOnceFound(String topic) {
    return new ForwardingAdmin(Map.of("bootstrap.servers", house.bootstrapServers())) {
      @Override
      public ListOffsetsResult listOffsets(
          Map<TopicPartition, OffsetSpec> places, ListOffsetsOptions options) {
        ListOffsetsResult result = super.listOffsets(places, options);
        try {
          result.all().get();
          deleteTopics(List.of(topic)).all().get();
        } catch (InterruptedException | ExecutionException e) {
          throw new AssertionError(e);
        }
        return result;
      }
    };
  }

  @Test
  @Timeout(60)
  void aFileThatIsDeletedWhileFilesAreReadHoldsUpNobody() {
    StoredFile stays = file();
    StoredFile goes = file();
    try (Admin admin = deletesOnceFound(house.topics().file(goes.uuid()))) {
      FileIndex index = new FileIndex(clients, admin, layout.names(), FOR_EVER);

      assertThat(index.read(List.of(goes.uuid(), stays.uuid())))
          .containsOnly(Map.entry(stays.uuid(), stays));
    }
  }
}
