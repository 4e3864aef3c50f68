package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/**
 * Messages to bytes and back. Fields that are not known are ignored, so newer peers can add some; a
 * required field that is missing is named. Thread-safe.
 */
public final class MessageCodec {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .changeDefaultPropertyInclusion(
              value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
          .changeDefaultVisibility(
              visibility -> visibility.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
          .annotationIntrospector(new NumbersAreRequired())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private MessageCodec() {}

  /** The message as UTF-8 JSON. */
  public static byte[] encode(Message message) {
    return MAPPER.writeValueAsBytes(message);
  }

  /**
   * Reads a message.
   *
   * @param type the kind that stands in the topic, such as {@code ReplyRecord.class}
   * @throws MalformedRecordException if the bytes are no JSON, or a required field is missing or
   *     wrong; the message says which
   */
  public static <M extends Message> M decode(Class<M> type, byte @Nullable [] bytes) {
    if (bytes == null) {
      throw new MalformedRecordException("the record has no value");
    }
    try {
      M message = MAPPER.readValue(bytes, type);
      if (message == null) {
        throw new MalformedRecordException("the value is null");
      }
      return message;
    } catch (JacksonException e) {
      throw new MalformedRecordException(reason(e), e);
    }
  }

  /** The fence of a record, or null when it has none. */
  public static @Nullable Fence fence(Headers headers) {
    Header header = headers.lastHeader(HeaderNames.FENCE);
    return header == null || header.value() == null
        ? null
        : Fence.parse(new String(header.value(), StandardCharsets.UTF_8));
  }

  /** Puts a fence on a record. */
  public static void putFence(Headers headers, Fence fence) {
    HeaderReader.put(headers, HeaderNames.FENCE, fence);
  }

  private static String reason(JacksonException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MalformedRecordException) {
        return String.valueOf(cause.getMessage());
      }
    }
    if (e instanceof DatabindException databind && !databind.getPath().isEmpty()) {
      return "field " + path(databind) + ": " + e.getOriginalMessage();
    }
    return "not readable JSON: " + e.getOriginalMessage();
  }

  private static String path(DatabindException e) {
    StringBuilder path = new StringBuilder("'");
    for (var reference : e.getPath()) {
      String name = reference.getPropertyName();
      if (name != null) {
        path.append(path.length() > 1 ? "." : "").append(name);
      } else {
        path.append('[').append(reference.getIndex()).append(']');
      }
    }
    return path.append('\'').toString();
  }

  /**
   * Records cannot tell an absent number from 0, so a component of primitive type must be there.
   */
  private static final class NumbersAreRequired extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
      return member.getRawType().isPrimitive()
          ? Boolean.TRUE
          : super.hasRequiredMarker(config, member);
    }
  }
}
