package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.BodyModel;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Judges the records of the job lanes (protocol section 2): a new job, one that is known, or one
 * for the dead letters.
 */
final class Intake {
  /** The lanes keep records for seven days; a job that waits longer than six could lose its own. */
  private static final long LONGEST_DEADLINE_MS = TimeUnit.DAYS.toMillis(6);

  /**
   * The largest body that is given to nodes: an assignment with its headers has to fit into the
   * same 8 MiB. A larger one comes from a producer that compresses, for Kafka weighs what is sent.
   */
  static final int MAX_BODY_BYTES = (8 << 20) - (64 << 10);

  /** A key that is no job id names whoever asked all the same, if it is not longer than this. */
  private static final int LONGEST_REPLY_KEY = 1_024;

  private final Surroundings around;
  private final Endings endings;

  Intake(Surroundings around, Endings endings) {
    this.around = around;
    this.endings = endings;
  }

  void job(Shard shard, JobRecord record, Moment now) {
    shard.progress(record.lane()).read(record.offset());
    JobHeaders headers;
    String id;
    List<String> models;
    try {
      id = JobIds.check(record.key());
      headers = JobHeaders.parse(record.headers());
      checkReplyPlace(headers.replyPlace());
      checkReplay(shard, id, headers.replay());
      models = models(headers, record);
    } catch (MalformedRecordException e) {
      refuse(shard, record, String.valueOf(e.getMessage()), now);
      return;
    }
    JobEntry known = shard.job(id);
    EndedJob ended = shard.ended.get(id);
    if (known != null && known.lane == record.lane() && known.offset == record.offset()) {
      takeOut(shard, record, id, headers);
      if (known.passed) {
        shard.progress(record.lane()).settled(record.offset());
      } else {
        attach(shard, known, record, headers, models, now);
      }
    } else if (known != null) {
      duplicate(shard, record, id, headers, topic(known.replyPlace()));
    } else if (ended == null || replays(headers, ended)) {
      admit(shard, record, id, headers, models, now);
    } else if (ended.lane() == record.lane() && ended.offset() == record.offset()) {
      takeOut(shard, record, id, headers);
      shard.progress(record.lane()).settled(record.offset());
    } else {
      duplicate(shard, record, id, headers, ended.replyTopic());
    }
  }

  private void admit(
      Shard shard,
      JobRecord record,
      String id,
      JobHeaders headers,
      List<String> models,
      Moment now) {
    EndedJob ended = shard.ended.remove(id);
    JobEntry entry =
        ended == null
            ? new JobEntry(id, record.lane(), record.offset())
            : JobEntry.replayed(id, ended.status(), record.lane(), record.offset());
    shard.live.put(id, entry);
    if (headers.replay() != null) {
      // What was known of earlier attempts is forgotten: a late word of one must not end this run.
      entry.fence = shard.nextFence();
      entry.claim(entry.fence);
    }
    attach(shard, entry, record, headers, models, now);
    if (headers.replay() != null) {
      // In state before the letter goes, so that the job is in one of the two whatever dies.
      shard.record(entry, now);
      takeOut(shard, record, id, headers);
    }
  }

  /**
   * Takes the letter out that a record runs again, also when the record is read a second time: the
   * last owner may have died between the two writes.
   */
  private static void takeOut(Shard shard, JobRecord record, String id, JobHeaders headers) {
    if (headers.replay() != null) {
      String letter = headers.replay().toString();
      shard.progress(record.lane()).takesOut(record.offset(), letter);
      shard.emit(new Effect.Bury(shard.home, letter, id, null, null, null));
    }
  }

  /**
   * A record was read again by its offset.
   *
   * @param record null where it was deleted
   */
  void again(Shard shard, JobEntry entry, @Nullable JobRecord record, Moment now) {
    if (record == null || !entry.id.equals(record.key())) {
      endings.gone(shard, entry, now);
      return;
    }
    try {
      JobHeaders headers = JobHeaders.parse(record.headers());
      attach(shard, entry, record, headers, models(headers, record), now);
    } catch (MalformedRecordException e) {
      // It could be read once; somebody has made the topic anew.
      endings.gone(shard, entry, now);
    }
  }

  private void attach(
      Shard shard,
      JobEntry entry,
      JobRecord record,
      JobHeaders headers,
      List<String> models,
      Moment now) {
    if (entry.isAttached()) {
      return;
    }
    boolean wasKnown = entry.isKnown();
    entry.attach(record, headers, models, deadlineMs(headers, record));
    around.window.enter(record);
    if (entry.ending != null) {
      endings.recordIsHere(shard, entry, wasKnown, now);
      return;
    }
    String cancelled = around.cancels.reason(entry);
    if (cancelled != null) {
      endings.cancel(shard, entry, cancelled, now);
    } else if (entry.attempt == null && entry.attemptsUsed >= around.maxAttempts(entry)) {
      exhausted(shard, entry, now);
    } else if (entry.attempt == null && entry.models().isEmpty()) {
      endings.tooLong(shard, entry, entry.history().getLast().message(), now);
    } else if (entry.attempt == null && !endings.endOverdue(shard, entry, now)) {
      around.parking.back(shard, entry, now);
    }
  }

  /** Its last attempt ended at take-over, before its record said how many it may have. */
  private void exhausted(Shard shard, JobEntry entry, Moment now) {
    String last = entry.history().isEmpty() ? "unknown" : entry.history().getLast().message();
    endings.end(
        shard,
        entry,
        JobStatus.DEAD,
        FailureCodes.ATTEMPTS_EXHAUSTED,
        entry.attemptsUsed
            + " of "
            + around.maxAttempts(entry)
            + " attempts failed; the last: "
            + last,
        now);
  }

  private void duplicate(
      Shard shard, JobRecord record, String id, JobHeaders headers, @Nullable String answeredAt) {
    shard.progress(record.lane()).settled(record.offset());
    ReplyPlace place = headers.replyPlace();
    if (place != null && !place.topic().equals(answeredAt)) {
      String where =
          answeredAt == null ? "it has no reply place" : "its answer is in " + answeredAt;
      shard.emit(
          new Effect.Reply(
              shard.home,
              id,
              place,
              shard.nextFence(),
              new ReplyRecord.Failed(
                  FailureCodes.ALREADY_SUBMITTED,
                  "job " + id + " was submitted before; " + where,
                  0)));
    }
  }

  /** To the dead letters with it; whoever asked is told, where the record says who that is. */
  private void refuse(Shard shard, JobRecord record, String reason, Moment now) {
    String key = record.key();
    Headers headers = record.headers();
    boolean forbidden = reason.startsWith("header " + HeaderNames.REPLY_TOPIC + " names");
    String code = forbidden ? FailureCodes.FORBIDDEN_REPLY_PLACE : FailureCodes.MALFORMED_RECORD;
    ReplyPlace place = readablePlace(headers);
    if (key != null
        && key.length() <= LONGEST_REPLY_KEY
        && place != null
        && !answersThere(shard, key, place)) {
      shard.emit(
          new Effect.Reply(
              shard.home, key, place, shard.nextFence(), new ReplyRecord.Failed(code, reason, 0)));
      shard.refused(key, place.topic());
    }
    DeadLetter letter =
        new DeadLetter(
            code,
            reason,
            key == null || key.length() <= JobIds.MAX_LENGTH
                ? key
                : key.substring(0, JobIds.MAX_LENGTH),
            null,
            record.lane(),
            shard.home,
            record.offset(),
            null,
            null,
            now.epochMs(),
            List.of());
    String letterKey = shard.home + "." + record.lane().text() + "." + record.offset();
    shard.emit(new Effect.Bury(shard.home, letterKey, null, letter, headers, record.value()));
  }

  /**
   * Whether a job of this id has its answer in the same topic: a second record of it that is broken
   * must not end what its readers read.
   */
  private static boolean answersThere(Shard shard, String key, ReplyPlace place) {
    JobEntry known = shard.job(key);
    EndedJob ended = shard.ended.get(key);
    String topic =
        known != null ? topic(known.replyPlace()) : ended == null ? null : ended.replyTopic();
    return place.topic().equals(topic);
  }

  private @Nullable ReplyPlace readablePlace(Headers headers) {
    Header topic = headers.lastHeader(HeaderNames.REPLY_TOPIC);
    if (topic == null || topic.value() == null) {
      return null;
    }
    try {
      ReplyPlace place = JobHeaders.parse(headers).replyPlace();
      return place != null && around.topics.isReplyPlace(place.topic()) ? place : null;
    } catch (MalformedRecordException e) {
      // Some other header is broken: the topic alone will do.
      String name = new String(topic.value(), StandardCharsets.UTF_8);
      return around.topics.isReplyPlace(name) ? new ReplyPlace(name, 0, 0) : null;
    }
  }

  private void checkReplyPlace(@Nullable ReplyPlace place) {
    if (place != null && !around.topics.isReplyPlace(place.topic())) {
      throw new MalformedRecordException(
          "header "
              + HeaderNames.REPLY_TOPIC
              + " names '"
              + place.topic()
              + "'; answers only go to "
              + around.topics.replies("…")
              + " and "
              + around.topics.inbox("…"));
    }
  }

  /**
   * A job that nobody knows any more is believed which letter it runs again, and that is taken out:
   * so it must not be another job's, as far as anybody can tell, and lie where letters of this home
   * do.
   */
  private static void checkReplay(Shard shard, String id, @Nullable Fence replay) {
    if (replay == null || shard.job(id) != null || shard.ended.containsKey(id)) {
      return;
    }
    if (replay.home() != shard.home) {
      throw new MalformedRecordException(
          "header "
              + HeaderNames.REPLAY
              + " names "
              + replay
              + ", a letter of home "
              + replay.home()
              + ": send the job to that partition, not to "
              + shard.home);
    }
    String owner = owner(shard, replay);
    if (owner != null) {
      throw new MalformedRecordException(
          "header " + HeaderNames.REPLAY + " names " + replay + ", the letter of job " + owner);
    }
  }

  /** Whose letter it is, as far as that is remembered, or null. */
  private static @Nullable String owner(Shard shard, Fence letter) {
    String name = letter.toString();
    for (Map.Entry<String, EndedJob> job : shard.ended.entrySet()) {
      if (name.equals(job.getValue().fence())) {
        return job.getKey();
      }
    }
    return null;
  }

  private static List<String> models(JobHeaders headers, JobRecord record) {
    String asked = headers.model();
    if (record.size() == 0) {
      throw new MalformedRecordException("the record has no value: it holds the request body");
    }
    if (record.size() > MAX_BODY_BYTES) {
      throw new MalformedRecordException(
          "the body is "
              + record.size()
              + " bytes long, at most "
              + MAX_BODY_BYTES
              + " go to a node: send a smaller request");
    }
    String named = asked == null ? BodyModel.find(record.value()) : asked;
    String model = named == null ? FleetNode.ANY_MODEL : named;
    if (headers.fallbackModels().isEmpty()) {
      return List.of(model);
    }
    List<String> models = new ArrayList<>();
    models.add(model);
    models.addAll(headers.fallbackModels());
    return List.copyOf(models);
  }

  private long deadlineMs(JobHeaders headers, JobRecord record) {
    Long asked = headers.deadlineMs();
    Duration standard =
        record.lane() == Lane.JOBS ? around.settings.deadline() : around.settings.batchDeadline();
    long deadline = asked == null ? record.appendedAtMs() + standard.toMillis() : asked;
    return Math.min(deadline, record.appendedAtMs() + LONGEST_DEADLINE_MS);
  }

  private static boolean replays(JobHeaders headers, EndedJob ended) {
    return headers.replay() != null
        && (ended.status() == JobStatus.DEAD || ended.status() == JobStatus.EXPIRED)
        && headers.replay().toString().equals(ended.fence());
  }

  private static @Nullable String topic(@Nullable ReplyPlace place) {
    return place == null ? null : place.topic();
  }
}
