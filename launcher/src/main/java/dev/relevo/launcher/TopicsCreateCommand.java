package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicReport;
import dev.relevo.common.protocol.TopicNames;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo topics create}. */
@Command(
    name = "create",
    description = "Creates the topics that are missing, and refuses those that break a rule.",
    footer = {
      "",
      "Example:",
      "  ./relevo topics create --bootstrap kafka-1:9092",
      "  ./relevo topics create --inbox shop"
    })
final class TopicsCreateCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--inbox",
      paramLabel = "CLIENT",
      description = "Create the inbox of this client as well.")
  private @Nullable String client;

  TopicsCreateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Settings settings = options.load(terminal.environment());
    HouseTopics topics =
        new HouseTopics(KafkaDoor.open(settings.kafka()), settings.kafka().topics());
    return topics.with(admin -> create(admin, settings));
  }

  private int create(TopicAdmin admin, Settings settings) {
    TopicReport report = admin.ensure();
    report.warnings().forEach(terminal.err()::println);
    report.created().forEach(name -> terminal.out().println("created " + name));
    if (report.created().isEmpty()) {
      terminal.out().println("All topics are there.");
    }
    if (client != null) {
      String inbox = inbox(settings, client);
      admin.createInbox(
          inbox,
          settings.kafka().topics().inboxPartitions(),
          settings.client().replyTopicRetention());
      terminal.out().println("The inbox " + inbox + " is there.");
    }
    return ExitCode.DONE;
  }

  private static String inbox(Settings settings, String client) {
    TopicNames names = new TopicNames(settings.kafka().topics().prefix());
    String inbox = names.inbox(client);
    if (!client.matches("[A-Za-z0-9._-]+") || !names.isReplyPlace(inbox)) {
      throw CommandProblem.wrongUse(
          "'" + client + "' cannot name an inbox: use letters, digits, dots, dashes, underscores.");
    }
    return inbox;
  }
}
