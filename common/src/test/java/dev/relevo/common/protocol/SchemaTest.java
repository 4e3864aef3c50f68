package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Holds the schema files to the codec: what one takes, the other takes. */
class SchemaTest {

  /** The codec's samples, and one of each type with nothing in it that may be absent. */
  static Stream<Message> messages() {
    return Stream.concat(
        MessageCodecTest.messages(),
        Stream.of(
            new ReplyRecord.Chunk(1, new Delta("a", "b", "c", List.of())),
            new ReplyRecord.Done(-1, FinishReason.STOP, null, "b", "m", 1),
            new EventRecord.Accepted("n", "i", null),
            new EventRecord.Finished(
                "n", "i", AttemptOutcome.SUCCEEDED, null, null, null, null, null, 5, 6),
            new DeadLetter(
                "malformed_record",
                "no key",
                null,
                null,
                Lane.BATCH,
                0,
                4,
                null,
                null,
                9,
                List.of())));
  }

  static List<RecordKind> kinds() {
    return RecordKind.all();
  }

  @Test
  void everyTypeOfRecordHasASample() {
    Set<Class<?>> sampled = new HashSet<>();
    messages().forEach(message -> sampled.add(message.getClass()));

    assertThat(sampled).containsExactlyInAnyOrderElementsOf(leaves(Message.class));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aSchemaIsASchema(RecordKind kind) {
    var metaSchema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

    assertThat(metaSchema.validate(kind.document())).isEmpty();
    assertThat(kind.document().path("$id").asString()).isEqualTo("urn:relevo:1:" + kind);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aSchemaNamesTheFieldsOfTheCodec(RecordKind kind) {
    Set<Set<String>> fields = new HashSet<>();
    leaves(kind.type()).forEach(record -> collectFields(record, fields));

    assertThat(fieldsOfSchema(kind.document())).isEqualTo(fields);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatTheCodecWritesIsValid(Message message) {
    RecordKind kind = RecordKind.of(message);

    assertThat(kind.problemsAndStrangers(json(message))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bothMissTheSameFields(Message message) {
    assertAgreement(message, ObjectNode::remove);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bothTakeNullForTheSameFields(Message message) {
    assertAgreement(message, ObjectNode::putNull);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bothHaveTheSameLowerBounds(Message message) {
    for (long number : new long[] {-2, -1, 0}) {
      assertAgreement(
          message,
          (object, field) -> {
            if (object.path(field).isIntegralNumber()) {
              object.put(field, number);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bothRefuseEmptyTextInTheSameFields(Message message) {
    assertAgreement(
        message,
        (object, field) -> {
          boolean pattern = field.equals("fence");
          if (object.path(field).isString() && !pattern) {
            object.put(field, "");
          }
        });
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bothIgnoreFieldsNobodyKnows(Message message) {
    assertAgreement(message, (object, field) -> object.put("of-the-future", "x"));
  }

  private static void assertAgreement(Message message, BiConsumer<ObjectNode, String> change) {
    RecordKind kind = RecordKind.of(message);
    int fields = objectFields(json(message)).size();
    assertThat(fields).isPositive();
    for (int i = 0; i < fields; i++) {
      JsonNode changed = json(message);
      Field field = objectFields(changed).get(i);
      change.accept(field.object(), field.name());
      List<String> problems = kind.problems(changed);

      assertThat(problems.isEmpty())
          .as("%s\nthe schema says %s, the codec %s", changed, problems, verdict(kind, changed))
          .isEqualTo(verdict(kind, changed).isEmpty());
    }
  }

  /** Empty when the codec reads it. */
  private static String verdict(RecordKind kind, JsonNode record) {
    try {
      kind.decode(record);
      return "";
    } catch (MalformedRecordException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private record Field(ObjectNode object, String name) {}

  /** Every field of every object in it, the entries of maps too. */
  private static List<Field> objectFields(JsonNode node) {
    List<Field> fields = new ArrayList<>();
    if (node instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        fields.add(new Field(object, name));
        fields.addAll(objectFields(object.get(name)));
      }
    } else if (node instanceof ArrayNode array) {
      array.forEach(element -> fields.addAll(objectFields(element)));
    }
    return fields;
  }

  private static Set<Set<String>> fieldsOfSchema(JsonNode document) {
    Set<Set<String>> all = new HashSet<>();
    Stream.concat(Stream.of(document), document.path("$defs").valueStream())
        .map(part -> part.path("properties"))
        .filter(JsonNode::isObject)
        .forEach(properties -> {
          Set<String> names = new TreeSet<>(properties.propertyNames());
          names.removeIf(name -> properties.path(name).has("const"));
          all.add(names);
        });
    return all;
  }

  private static void collectFields(Type type, Set<Set<String>> all) {
    if (type instanceof ParameterizedType generic) {
      for (Type argument : generic.getActualTypeArguments()) {
        collectFields(argument, all);
      }
    } else if (type instanceof Class<?> record && record.isRecord()) {
      Set<String> names = new TreeSet<>();
      for (RecordComponent component : record.getRecordComponents()) {
        JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
        names.add(named == null ? component.getName() : named.value());
        collectFields(component.getGenericType(), all);
      }
      all.add(names);
    }
  }

  private static Set<Class<?>> leaves(Class<?> type) {
    if (!type.isSealed()) {
      return Set.of(type);
    }
    Set<Class<?>> leaves = new HashSet<>();
    Arrays.stream(type.getPermittedSubclasses()).forEach(sub -> leaves.addAll(leaves(sub)));
    return leaves;
  }

  private static JsonNode json(Message message) {
    return JsonMapper.shared().readTree(MessageCodec.encode(message));
  }
}
