package dev.relevo.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run leaves beside its answers for the next one, in {@code ANSWERS.relevo}.
 *
 * @param batch gives line and job their ids, and names the inbox
 * @param offset no record of a job without an answer stands before it in the inbox
 * @param written how long the answers' file was then, in bytes
 * @param tail tells what stood before that place
 */
record BatchJournal(UUID batch, long offset, long written, String tail) {
  private static final String SUFFIX = ".relevo";
  private static final int MOST_BYTES = 4_096;

  /** Where the journal of a file of answers is. */
  static Path beside(Path answers) {
    return answers.resolveSibling(answers.getFileName() + SUFFIX);
  }

  /** Reads a journal; empty when there is none that can be read. */
  static Optional<BatchJournal> read(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
      return Optional.empty();
    }
    try {
      JsonNode fields = JsonMapper.shared().readTree(Files.readAllBytes(file));
      return Optional.of(
          new BatchJournal(
              UUID.fromString(fields.path("batch").asString("")),
              fields.path("offset").asLong(),
              fields.path("written").asLong(),
              fields.path("tail").asString("")));
    } catch (JacksonException | IllegalArgumentException e) {
      // Whatever it is, it does not say which batch this was; the jobs begin a new one.
      return Optional.empty();
    }
  }

  /** Writes it in place of the one before; whoever reads gets the one or the other. */
  void write(Path file) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(
        fresh,
        JsonMapper.shared()
            .writeValueAsBytes(
                JsonMapper.shared()
                    .createObjectNode()
                    .put("batch", batch.toString())
                    .put("offset", offset)
                    .put("written", written)
                    .put("tail", tail)));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
