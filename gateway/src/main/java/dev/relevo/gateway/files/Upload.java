package dev.relevo.gateway.files;

import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import io.helidon.http.RequestException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import okhttp3.MediaType;
import okhttp3.MultipartReader;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * A form with a file, read as it comes: its content goes to Kafka in pieces, whatever the order in
 * which the fields stand. For one thread.
 */
final class Upload {
  /** What a file may be for. */
  static final List<String> PURPOSES =
      List.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

  private static final int MOST_FIELD_BYTES = 4 << 10;
  private static final int MOST_FILENAME = 255;
  private static final int COPY_BYTES = 16 << 10;

  /** Far more than there are fields. */
  private static final int MOST_PARTS = 32;

  private final Exchange exchange;
  private final FileStore store;
  private @Nullable FileWriter writer;
  private @Nullable String filename;
  private @Nullable String purpose;
  private @Nullable String anchor;
  private @Nullable Duration life;

  private Upload(Exchange exchange, FileStore store) {
    this.exchange = exchange;
    this.store = store;
  }

  /**
   * Takes an upload.
   *
   * @throws HttpProblem when it is no such form, or something in it is wrong; then nothing is kept
   */
  static StoredFile take(Exchange exchange, FileStore store, String tenant) {
    Upload upload = new Upload(exchange, store);
    try {
      return upload.take(tenant);
    } finally {
      if (upload.writer != null) {
        upload.writer.close();
      }
    }
  }

  private StoredFile take(String tenant) {
    MultipartReader form = form();
    int parts = 0;
    for (MultipartReader.Part part = next(form); part != null; part = next(form)) {
      if (++parts > MOST_PARTS) {
        throw HttpProblem.badRequest(
            "invalid_multipart", "The form has more than %d fields.".formatted(MOST_PARTS));
      }
      take(part);
    }
    return finish(tenant);
  }

  private MultipartReader.@Nullable Part next(MultipartReader form) {
    return reading(() -> Optional.ofNullable(form.nextPart())).orElse(null);
  }

  private void take(MultipartReader.Part part) {
    FormField field =
        FormField.of(Optional.ofNullable(part.headers().get("Content-Disposition")).orElse(""));
    InputStream body = part.body().inputStream();
    switch (field.name()) {
      case "file" -> content(field, body);
      case "purpose" -> purpose(text(body));
      case "expires_after[anchor]" -> anchor = text(body);
      case "expires_after[seconds]" -> life = life(text(body));
      // What is not asked for is passed over by the next part.
      default -> {}
    }
  }

  private StoredFile finish(String tenant) {
    if (writer == null || filename == null) {
      throw missing("file");
    }
    if (purpose == null) {
      throw missing("purpose");
    }
    if (anchor != null && !anchor.equals("created_at")) {
      throw wrong("expires_after[anchor]", "the only anchor is created_at");
    }
    if (writer.bytes() == 0) {
      throw wrong("file", "the file is empty");
    }
    Duration lives = life == null ? store.limits().life() : life;
    return writer.finish(filename, purpose, tenant, lives, null);
  }

  private MultipartReader form() {
    MediaType type = MediaType.parse(exchange.header("content-type").orElse(""));
    String boundary = type == null ? null : type.parameter("boundary");
    if (type == null
        || !type.type().equals("multipart")
        || !type.subtype().equals("form-data")
        || boundary == null) {
      throw HttpProblem.badRequest(
          null, "A file is uploaded as multipart/form-data, with the fields file and purpose.");
    }
    InputStream body =
        new PacedInput(exchange.body(), store.limits().pace(), store.limits()::tooSlow);
    return reading(() -> new MultipartReader(Okio.buffer(Okio.source(body)), boundary));
  }

  private void content(FormField field, InputStream in) {
    if (writer != null) {
      throw wrong("file", "there is more than one file");
    }
    filename = filename(field);
    FileWriter begun = store.create();
    writer = begun;
    long most = store.limits().mostBytes();
    byte[] buffer = new byte[COPY_BYTES];
    for (int count = read(in, buffer); count >= 0; count = read(in, buffer)) {
      if (begun.bytes() + count > most) {
        throw HttpProblem.of(
                413,
                "file_too_large",
                "The file is larger than the %,d bytes that one may have.".formatted(most))
            .about("file")
            .notToBeRetried();
      }
      begun.write(buffer, 0, count);
    }
  }

  private int read(InputStream in, byte[] buffer) {
    return reading(() -> in.read(buffer, 0, buffer.length));
  }

  static String filename(FormField field) {
    String given = field.filename().filter(name -> !name.isBlank()).orElse("file");
    if (given.chars().anyMatch(Character::isISOControl)) {
      throw wrong("file", "its name has control characters");
    }
    return CallersText.cut(given, MOST_FILENAME);
  }

  private void purpose(String asked) {
    if (!PURPOSES.contains(asked)) {
      throw wrong("purpose", "'%s' is none of %s".formatted(asked, String.join(", ", PURPOSES)));
    }
    purpose = asked;
  }

  private static Duration life(String asked) {
    try {
      Duration life = Duration.ofSeconds(Long.parseLong(asked));
      if (life.compareTo(FileLimits.SHORTEST_LIFE) >= 0
          && life.compareTo(FileLimits.LONGEST_LIFE) <= 0) {
        return life;
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // Told below, like a number that is out of range.
    }
    throw wrong(
        "expires_after[seconds]",
        "'%s' is no whole number from %d to %d"
            .formatted(
                asked, FileLimits.SHORTEST_LIFE.toSeconds(), FileLimits.LONGEST_LIFE.toSeconds()));
  }

  private String text(InputStream in) {
    byte[] bytes = reading(() -> in.readNBytes(MOST_FIELD_BYTES));
    return new String(bytes, StandardCharsets.UTF_8).strip();
  }

  /** Whatever the reading of the form throws is the form's fault, or the line broke. */
  private <T> T reading(Callable<T> step) {
    try {
      return step.call();
    } catch (RequestException | HttpProblem e) {
      throw e;
    } catch (Exception e) {
      if (exchange.isCallerGone()) {
        throw new CallerGoneException("the upload broke off: " + e.getMessage());
      }
      String why = e.getMessage() == null ? "" : " (%s)".formatted(e.getMessage());
      throw HttpProblem.badRequest(
          "invalid_multipart",
          "The form could not be read; is its end missing, or its boundary another one?" + why);
    }
  }

  private static HttpProblem missing(String field) {
    return HttpProblem.badRequest(
            "missing_required_parameter", "The form has no field %s.".formatted(field))
        .about(field);
  }

  private static HttpProblem wrong(String field, String why) {
    return HttpProblem.badRequest("invalid_value", "%s: %s.".formatted(field, why)).about(field);
  }
}
