package dev.relevo.gateway.operate;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.operator.DeadRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A dead letter in JSON. What is not known stays out of it. */
final class DeadView {
  private DeadView() {}

  /** What a list tells of it. */
  static ObjectNode row(DeadRecord record) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("id", record.name()).put("key", record.key());
    json.put("failed_at_ms", record.whenMs());
    if (record.gist() != null) {
      json.put("model", record.gist().model()).put("tenant", record.gist().tenant());
    }
    json.putObject("error").put("code", record.error()).put("message", record.reason());
    record.lastError().ifPresent(code -> json.put("last_attempt_code", code));
    json.put("attempt_count", record.attempts());
    json.put("partition", record.partition()).put("offset", record.offset());
    json.put("replayable", record.obstacle().isEmpty());
    record.obstacle().ifPresent(reason -> json.put("not_replayable", reason));
    json.properties().removeIf(field -> field.getValue().isNull());
    return json;
  }

  /** All of it; what is no UTF-8 is told in Base64, under a name that says so. */
  static ObjectNode whole(DeadRecord record) {
    ObjectNode json = row(record);
    DeadLetter letter = record.letter();
    if (letter != null) {
      json.putObject("record")
          .put("lane", letter.lane().text())
          .put("partition", letter.partition())
          .put("offset", letter.offset());
      ArrayNode attempts = json.putArray("attempts");
      letter.attempts().forEach(attempt -> put(attempts.addObject(), attempt));
    }
    ArrayNode headers = json.putArray("headers");
    for (Header header : record.headers()) {
      if (!header.key().equals(HeaderNames.DEAD)) {
        put(headers.addObject().put("name", header.key()), "value", header.value());
      }
    }
    put(json, "request", record.value());
    return json;
  }

  private static void put(ObjectNode json, AttemptReport attempt) {
    json.put("node", attempt.node()).put("backend", attempt.backend());
    json.put("model", attempt.model()).put("fence", attempt.fence());
    json.put("code", attempt.code()).put("message", attempt.message());
    json.put("assigned_at_ms", attempt.assignedAtMs()).put("ended_at_ms", attempt.endedAtMs());
    json.properties().removeIf(field -> field.getValue().isNull());
  }

  private static void put(ObjectNode json, String name, byte @Nullable [] bytes) {
    if (bytes == null) {
      return;
    }
    try {
      json.put(name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      json.put(name + "_base64", bytes);
    }
  }
}
