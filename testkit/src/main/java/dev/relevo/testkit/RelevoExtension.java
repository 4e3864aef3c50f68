package dev.relevo.testkit;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives a JUnit test a whole Relevo in this JVM: Kafka, a dispatcher, and nodes whose models do
 * what the test says.
 *
 * <pre>{@code
 * @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create();
 *
 * @Test
 * void greets(JobClient client) {
 *   relevo.model("gpt-5-mini").answers("Hello world");
 *   ...
 * }
 * }</pre>
 *
 * <p>A static field has one house for all tests of its class; any other has one for each test. The
 * house is closed after them, also when something failed. What a test scripted, and what was asked,
 * is forgotten after it; what was scripted before the first test begins anew for each. Nodes that a
 * test stopped run again for the next. A test that fails shows what was asked and answered, as a
 * suppressed exception.
 *
 * <p>{@link #shared} and {@link #onSharedKafka} spare most of the two or three seconds that a house
 * takes to start. Classes may run at the same time; the tests of one class may not, unless they
 * keep to models of their own and none of them asks for {@link #requests}.
 */
public final class RelevoExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final Namespace ALL = Namespace.create(RelevoExtension.class);
  private static final String HOUSE = "house";
  private static final String BEFORE = "before";

  private final Namespace own = Namespace.create(RelevoExtension.class, this);
  private @Nullable HouseOptions options;
  private Sharing sharing = Sharing.NOTHING;
  private volatile @Nullable RelevoHouse house;

  /** What several test classes have in common. */
  private enum Sharing {
    NOTHING,
    KAFKA,
    HOUSE
  }

  /** For {@link RelevoTest}, which says what the house is like; others take {@link #create}. */
  public RelevoExtension() {}

  private RelevoExtension(HouseOptions options) {
    this.options = options;
  }

  /** A house with all defaults, to be changed by the methods that begin with {@code with}. */
  public static RelevoExtension create() {
    return create(HouseOptions.defaults());
  }

  /** A house like this. */
  public static RelevoExtension create(HouseOptions options) {
    return new RelevoExtension(options);
  }

  /** As {@link HouseOptions#withNodes}. */
  public RelevoExtension withNodes(int count) {
    return with(now -> now.withNodes(count));
  }

  /** As {@link HouseOptions#withNode}. */
  public RelevoExtension withNode(String id, String... models) {
    return with(now -> now.withNode(id, models));
  }

  /** As {@link HouseOptions#withSetting}. */
  public RelevoExtension withSetting(String key, String value) {
    return with(now -> now.withSetting(key, value));
  }

  /** As {@link HouseOptions#withoutContinuation}. */
  public RelevoExtension withoutContinuation() {
    return with(HouseOptions::withoutContinuation);
  }

  /** As {@link HouseOptions#withPatience}. */
  public RelevoExtension withPatience(Duration patience) {
    return with(now -> now.withPatience(patience));
  }

  /**
   * Lives in one house with all other classes of this run that want the same options. Each class
   * has models of its own names, and nodes are not one class's to stop.
   */
  public RelevoExtension shared() {
    return sharing(Sharing.HOUSE);
  }

  /**
   * Has a dispatcher and nodes of its own, on one Kafka with all other classes of this run that
   * want that, under a topic prefix of its own: connect clients by {@link #clientOptions}, or use
   * the names of {@link #topics}.
   */
  public RelevoExtension onSharedKafka() {
    return sharing(Sharing.KAFKA);
  }

  private RelevoExtension sharing(Sharing wanted) {
    sharing = wanted;
    return with(UnaryOperator.identity());
  }

  private RelevoExtension with(UnaryOperator<HouseOptions> change) {
    if (house != null) {
      throw new IllegalStateException("The house has been started: say what it is like before");
    }
    options = change.apply(options == null ? HouseOptions.defaults() : options);
    return this;
  }

  /**
   * The house of the running test.
   *
   * @throws IllegalStateException if none was started
   */
  public RelevoHouse house() {
    RelevoHouse now = house;
    if (now == null) {
      throw new IllegalStateException(
          "No house was started yet: put @RegisterExtension on the field, and use it from"
              + " @BeforeAll on");
    }
    return now;
  }

  /** A model, to be scripted, and asked what was asked of it. */
  public ScriptedModel model(String name) {
    return house().model(name);
  }

  /** What models without a script of their own do. */
  public ScriptedModel anyModel() {
    return house().anyModel();
  }

  /** Where Kafka is, {@code host:port}. */
  public String bootstrapServers() {
    return house().bootstrapServers();
  }

  /** The names of the topics. */
  public TopicNames topics() {
    return house().topics();
  }

  /** A client of the house, the same each time; it is closed with the house. */
  public JobClient client() {
    return house().client();
  }

  /** Options for a client of the house, to be changed and connected. */
  public JobClientOptions.Builder clientOptions() {
    return house().clientOptions();
  }

  /** All jobs that were sent since the test began, as they stand in Kafka. */
  public List<AskedJob> requests() {
    return house().requests();
  }

  /** The ids of the nodes that run. */
  public Set<String> nodes() {
    return house().nodes();
  }

  /** As {@link RelevoHouse#killNode}. */
  public void killNode(String id) {
    house().killNode(id);
  }

  /** As {@link RelevoHouse#startNode}. */
  public void startNode(String id) {
    house().startNode(id);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    moveIn(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    RelevoHouse now = moveIn(context);
    store(context).put(BEFORE, now.beginTest());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    RelevoHouse now = store(context).get(HOUSE, RelevoHouse.class);
    RelevoHouse.Before before = store(context).get(BEFORE, RelevoHouse.Before.class);
    if (now == null || before == null) {
      return;
    }
    context
        .getExecutionException()
        .ifPresent(failure -> failure.addSuppressed(new WhatHappened(now.report())));
    now.endTest(before);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == RelevoHouse.class
        || type == RelevoExtension.class
        || type == JobClient.class
        || (type == String.class && parameter.isAnnotated(BootstrapServers.class));
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (type == RelevoExtension.class) {
      return this;
    }
    RelevoHouse now = moveIn(context);
    if (type == RelevoHouse.class) {
      return now;
    }
    return type == JobClient.class ? now.client() : now.bootstrapServers();
  }

  /** The house of the class, or of the test where there is none; the context closes it. */
  private RelevoHouse moveIn(ExtensionContext context) {
    RelevoHouse now = store(context).get(HOUSE, RelevoHouse.class);
    if (now == null) {
      now = open(context);
      store(context).put(HOUSE, now);
      house = now;
    }
    return now;
  }

  private RelevoHouse open(ExtensionContext context) {
    RelevoTest annotation =
        options == null
            ? AnnotationSupport.findAnnotation(context.getRequiredTestClass(), RelevoTest.class)
                .orElse(null)
            : null;
    HouseOptions wanted = options;
    Sharing common = sharing;
    if (wanted == null) {
      wanted = annotation == null ? HouseOptions.defaults() : options(annotation);
      common = annotation != null && annotation.shared() ? Sharing.HOUSE : Sharing.NOTHING;
    }
    Store run = context.getStore(StoreScope.LAUNCHER_SESSION, ALL);
    return switch (common) {
      case NOTHING -> RelevoHouse.start(wanted);
      case KAFKA ->
          RelevoHouse.start(
              wanted.onKafka(
                  run.computeIfAbsent(
                          SharedBroker.class, key -> new SharedBroker(), SharedBroker.class)
                      .bootstrapServers()));
      case HOUSE ->
          run.computeIfAbsent(wanted, SharedHouse::new, SharedHouse.class)
              .guest(context.getRequiredTestClass().getName());
    };
  }

  private static HouseOptions options(RelevoTest annotation) {
    HouseOptions wanted = HouseOptions.defaults().withNodes(annotation.nodes());
    for (String setting : annotation.settings()) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "@RelevoTest: the setting '" + setting + "' is not written as key=value");
      }
      wanted = wanted.withSetting(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return wanted;
  }

  private Store store(ExtensionContext context) {
    return context.getStore(own);
  }

  /** What was asked and answered in a test that failed. */
  private static final class WhatHappened extends Exception {
    private static final long serialVersionUID = 1L;

    WhatHappened(String report) {
      super(report, null, false, false);
    }
  }
}
