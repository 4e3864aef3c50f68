package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.StateFold;
import dev.relevo.operator.StateTopic;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code relevo cancel}. */
@Command(
    name = "cancel",
    description = {
      "Stops jobs, whether they wait or run; whoever reads their answers is told. A job that nobody"
          + " has read yet is stopped when it is. Says what became of each."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo cancel 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d",
      "  ./relevo cancel --no-wait JOB1 JOB2 JOB3"
    })
final class CancelCommand implements Callable<Integer> {
  /** Longer than it takes to stop a job whose node does not answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(paramLabel = "JOB", arity = "1..*", description = "The jobs' ids, as submit printed.")
  private List<String> jobs = List.of();

  @Option(names = "--no-wait", description = "Only ask; do not look what becomes of them.")
  private boolean onlyAsk;

  CancelCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    Set<String> ids = new LinkedHashSet<>(jobs);
    ids.forEach(CancelCommand::check);
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    if (onlyAsk) {
      try (ControlSender control = new ControlSender(clients, topics)) {
        ids.forEach(id -> ask(control, id));
      }
      ids.forEach(id -> terminal.err().println("Asked for job " + id + " to be cancelled."));
      return ExitCode.DONE;
    }
    try (StateTopic state = new StateTopic(clients, topics);
        ControlSender control = new ControlSender(clients, topics)) {
      return cancel(ids, state, control);
    }
  }

  /**
   * All are asked first, whatever became of them: reading takes a while where much is known, and a
   * job that has ended may have been sent again.
   */
  private int cancel(Set<String> ids, StateTopic state, ControlSender control) {
    ids.forEach(id -> ask(control, id));
    StateFold fold = new StateFold(ids);
    state.read(fold);
    Set<String> inTime = new LinkedHashSet<>(ids);
    inTime.removeIf(id -> hasEnded(fold, id));
    state.follow(fold, () -> inTime.stream().allMatch(id -> hasEnded(fold, id)), PATIENCE);
    boolean all = true;
    for (String id : ids) {
      all &= tell(id, fold.of(id), inTime.contains(id));
    }
    return all ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static boolean hasEnded(StateFold fold, String id) {
    List<KnownJob> known = fold.of(id);
    return !known.isEmpty() && known.stream().allMatch(KnownJob::hasEnded);
  }

  /**
   * Says what became of a job.
   *
   * @param inTime whether it had not ended when it was asked
   * @return false when there was nothing left to cancel
   */
  private boolean tell(String id, List<KnownJob> known, boolean inTime) {
    String job = "Job " + PlainText.line(id);
    if (known.isEmpty()) {
      terminal
          .err()
          .println(
              job
                  + " is asked to stop, but nothing is written of it yet: if it was submitted, it"
                  + " is cancelled when a dispatcher reads it. Is the id right?");
      return true;
    }
    boolean cancelled = true;
    for (KnownJob one : known) {
      boolean other = one.hasEnded() && one.status() != JobStatus.CANCELLED;
      cancelled &= !other;
      String came = inTime ? " ended before it could be cancelled: " : " had ended before: ";
      if (!one.hasEnded()) {
        terminal.err().println(job + " is asked to stop; now " + at(one) + ".");
      } else if (other) {
        terminal.err().println(job + came + one.word() + "." + replay(one));
      } else {
        terminal.err().println(job + (inTime ? " is cancelled." : " was cancelled before."));
      }
    }
    return cancelled;
  }

  /** A replay stands in its lane until a dispatcher takes it; till then the job is as it was. */
  private static String replay(KnownJob job) {
    boolean mayBeReplayed = job.status() == JobStatus.DEAD || job.status() == JobStatus.EXPIRED;
    return mayBeReplayed ? " If it was sent again, that is asked to stop, too." : "";
  }

  private static String at(KnownJob job) {
    String node = job.state().node();
    return node == null ? "it is " + job.word() : "node " + PlainText.line(node) + " has it";
  }

  private static void ask(ControlSender control, String id) {
    control.send(new ControlRecord.Cancel(id, "cancelled by ./relevo cancel"));
  }

  private static void check(String job) {
    try {
      JobIds.check(job);
    } catch (MalformedRecordException e) {
      throw CommandProblem.wrongUse(
          "'" + PlainText.line(job, 160) + "' is no job id: " + e.getMessage() + ".", e);
    }
  }
}
