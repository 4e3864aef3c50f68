package dev.relevo.common.protocol;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A kind of JSON record with its schema file. */
final class RecordKind {
  private static final List<RecordKind> ALL =
      List.of(
          new RecordKind("reply", ReplyRecord.class),
          new RecordKind("event", EventRecord.class),
          new RecordKind("beat", BeatRecord.class),
          new RecordKind("control", ControlRecord.class),
          new RecordKind("state", StateRecord.class),
          new RecordKind("dead-letter", DeadLetter.class));

  private final String text;
  private final Class<? extends Message> type;
  private final JsonNode document;
  private final Schema schema;
  private final Schema closed;

  private RecordKind(String text, Class<? extends Message> type) {
    this.text = text;
    this.type = type;
    this.document = read(file());
    this.schema = schema(document);
    this.closed = schema(close(document.deepCopy()));
  }

  static List<RecordKind> all() {
    return ALL;
  }

  static RecordKind of(Message message) {
    return ALL.stream().filter(kind -> kind.type.isInstance(message)).findFirst().orElseThrow();
  }

  static RecordKind named(String text) {
    return ALL.stream()
        .filter(kind -> kind.text.equals(text))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no kind of record is called " + text));
  }

  Class<? extends Message> type() {
    return type;
  }

  JsonNode document() {
    return document;
  }

  /** The schema's file name in {@code dev/relevo/schema/}. */
  String file() {
    return text + ".schema.json";
  }

  /** What is wrong with a record. */
  List<String> problems(JsonNode record) {
    return schema.validate(record).stream().map(Object::toString).toList();
  }

  /** The same, with fields that the schema does not name counted as wrong too. */
  List<String> problemsAndStrangers(JsonNode record) {
    return closed.validate(record).stream().map(Object::toString).toList();
  }

  Message decode(JsonNode record) {
    return MessageCodec.decode(type, JsonMapper.shared().writeValueAsBytes(record));
  }

  @Override
  public String toString() {
    return text;
  }

  private static JsonNode close(JsonNode node) {
    if (node instanceof ObjectNode object && object.path("properties").isObject()) {
      // Not so the properties beside "if" and "then", which only look at one of them.
      if (object.has("type") || object.has("$schema")) {
        object.put("additionalProperties", false);
      }
    }
    node.forEach(RecordKind::close);
    return node;
  }

  /** A registry goes by a document's $id, so each schema has its own. */
  private static Schema schema(JsonNode document) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(document);
  }

  private static JsonNode read(String file) {
    try (InputStream in = RecordKind.class.getResourceAsStream("/dev/relevo/schema/" + file)) {
      if (in == null) {
        throw new AssertionError("no schema file " + file);
      }
      return JsonMapper.shared().readTree(in.readAllBytes());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
