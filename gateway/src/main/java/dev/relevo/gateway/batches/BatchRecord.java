package dev.relevo.gateway.batches;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands in {@code relevo.batches}. Each kind has a key of its own, and each saying of an end
 * has one, so compaction never lets one hide another: whoever writes late, an owner that was frozen
 * say, repeats what is said and takes nothing back. Times are epoch milliseconds.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = BatchRecord.Created.class, name = "created"),
  @JsonSubTypes.Type(value = BatchRecord.Started.class, name = "started"),
  @JsonSubTypes.Type(value = BatchRecord.Counted.class, name = "counted"),
  @JsonSubTypes.Type(value = BatchRecord.CancelAsked.class, name = "cancel-asked"),
  @JsonSubTypes.Type(value = BatchRecord.Finalizing.class, name = "finalizing"),
  @JsonSubTypes.Type(value = BatchRecord.Ended.class, name = "ended")
})
@JsonInclude(JsonInclude.Include.NON_NULL)
sealed interface BatchRecord {
  /** The kinds, as they stand in keys. */
  List<String> KINDS =
      List.of("created", "started", "counted", "cancel-asked", "finalizing", "ended");

  /** The kind of this one. */
  default String kind() {
    return switch (this) {
      case Created _ -> "created";
      case Started _ -> "started";
      case Counted _ -> "counted";
      case CancelAsked _ -> "cancel-asked";
      case Finalizing _ -> "finalizing";
      case Ended _ -> "ended";
    };
  }

  /**
   * Somebody wants it. Written by the gateway that was asked.
   *
   * @param tenant whose it is
   * @param inputFile the id of a file
   * @param endpoint that all lines name
   * @param expiresAtMs what has no answer by then gets none
   * @param metadata the caller's own
   * @param outputLifeMs how long its files are kept
   */
  record Created(
      String tenant,
      String inputFile,
      String endpoint,
      long createdAtMs,
      long expiresAtMs,
      Map<String, String> metadata,
      long outputLifeMs)
      implements BatchRecord {
    public Created {
      metadata = metadata == null ? Map.of() : metadata;
    }
  }

  /**
   * Its file is good and its inbox is there. This and all that follow are written by its owner.
   *
   * @param total lines that are jobs
   * @param model that all of them name
   */
  record Started(long atMs, int total, String model) implements BatchRecord {}

  /** How many lines have ended, for whoever looks; nothing depends on it. */
  record Counted(int completed, int failed) implements BatchRecord {}

  /** Somebody wants it stopped. Written by the gateway that was asked. */
  record CancelAsked(long atMs) implements BatchRecord {}

  /** Nothing more is run; its files are being written. */
  record Finalizing(long atMs) implements BatchRecord {}

  /**
   * It is over, and its files are whole.
   *
   * @param status one that is an end
   * @param promptTokens of all lines that were answered
   * @param cachedTokens of the prompt's, those that backends had read before; null where none told
   * @param reasoningTokens of the answers', those of reasoning; null where no backend told
   * @param outputFile null where no line was answered
   * @param errorFile null where every line was answered
   * @param problems why it was not started; at most {@link LineCheck#MOST_PROBLEMS}
   */
  record Ended(
      BatchStatus status,
      long atMs,
      int total,
      int completed,
      int failed,
      long promptTokens,
      long completionTokens,
      @Nullable Long cachedTokens,
      @Nullable Long reasoningTokens,
      @Nullable String outputFile,
      @Nullable String errorFile,
      List<Problem> problems)
      implements BatchRecord {
    public Ended {
      problems = problems == null ? List.of() : List.copyOf(problems);
    }
  }

  /**
   * What is wrong with a file.
   *
   * @param code for programs
   * @param param the field that it is about, if it is about one
   * @param line from 1; null where it is about the whole file
   */
  record Problem(String code, String message, @Nullable String param, @Nullable Long line) {}
}
