package dev.relevo.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which way dependencies point, and what a pure core may not touch. */
class PackageRulesTest {
  private static final List<String> MODULES =
      List.of(
          "common",
          "embedded-broker",
          "client",
          "operator",
          "dispatcher",
          "worker-node",
          "gateway",
          "bench",
          "testkit",
          "launcher");

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("test-classes"))
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.relevo");

  private static final String COMMON = "dev.relevo.common..";
  private static final String CLIENT = "dev.relevo.client..";
  private static final String OPERATOR = "dev.relevo.operator..";
  private static final String DISPATCHER = "dev.relevo.dispatcher..";
  private static final String NODE = "dev.relevo.node..";
  private static final String GATEWAY = "dev.relevo.gateway..";
  private static final String BROKER = "dev.relevo.broker..";
  private static final String BENCH = "dev.relevo.bench..";
  private static final String TESTKIT = "dev.relevo.testkit..";
  private static final String LAUNCHER = "dev.relevo.launcher..";
  private static final String[] CORES = {"dev.relevo.dispatcher.core..", "dev.relevo.node.core.."};

  private static void onlyKnows(String who, String... known) {
    List<String> allowed = new ArrayList<>(List.of(who));
    allowed.addAll(List.of(known));
    ArchRule rule =
        noClasses()
            .that()
            .resideInAPackage(who)
            .should()
            .dependOnClassesThat(
                JavaClass.Predicates.resideInAPackage("dev.relevo..")
                    .and(
                        DescribedPredicate.not(
                            JavaClass.Predicates.resideInAnyPackage(
                                allowed.toArray(String[]::new)))));
    rule.check(MAIN);
  }

  @Test
  void everyModuleIsLookedAt() {
    assertThat(MAIN.containPackage("dev.relevo.common.protocol")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.dispatcher.core")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.node.core")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.client")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.operator")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.gateway.http")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.broker")).isTrue();
    assertThat(MAIN.containPackage("dev.relevo.testkit")).isTrue();
  }

  @Test
  void commonKnowsNobody() {
    onlyKnows(COMMON);
  }

  @Test
  void rolesAndProducersKnowOnlyTheContract() {
    onlyKnows(CLIENT, COMMON);
    onlyKnows(OPERATOR, COMMON);
    onlyKnows(DISPATCHER, COMMON);
    onlyKnows(NODE, COMMON);
    onlyKnows(BROKER, COMMON);
  }

  @Test
  void nobodyKnowsTheLauncherOrTheTestkit() {
    onlyKnows(GATEWAY, COMMON, CLIENT, OPERATOR);
    onlyKnows(BENCH, COMMON, CLIENT, DISPATCHER, NODE, GATEWAY, BROKER);
    onlyKnows(TESTKIT, COMMON, CLIENT, DISPATCHER, NODE, BROKER);
    onlyKnows(LAUNCHER, COMMON, CLIENT, OPERATOR, DISPATCHER, NODE, GATEWAY, BROKER, BENCH);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.relevo.(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void contractsDoNotKnowTheirShells() {
    noClasses()
        .that()
        .resideInAnyPackage(CORES)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.relevo.dispatcher.kafka..", "dev.relevo.node.kafka..")
        .check(MAIN);
  }

  @Test
  void coresDoNoInputOrOutput() {
    noClasses()
        .that()
        .resideInAnyPackage(CORES)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka.clients..",
            "java.net..",
            "java.nio.file..",
            "java.nio.channels..",
            "okhttp3..",
            "java.util.concurrent.locks..")
        .check(MAIN);
  }

  @Test
  void coresReadNoClockAndStartNoThread() {
    noClasses()
        .that()
        .resideInAnyPackage(CORES)
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .accessTargetWhere(accesses("java.time.Instant", "now"))
        .orShould()
        .accessTargetWhere(accesses("java.time.Clock", "system"))
        .orShould()
        .accessTargetWhere(accesses("java.time.InstantSource", "system"))
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(java.util.concurrent.Executor.class)
        .check(MAIN);
  }

  @Test
  void nobodySleeps() {
    noClasses()
        .should()
        .accessTargetWhere(accesses("java.lang.Thread", "sleep"))
        .orShould()
        .accessTargetWhere(accesses("java.util.concurrent.TimeUnit", "sleep"))
        .check(mainAndTests());
  }

  @Test
  void onlyDocumentedDoorsArePublicInTheLauncher() {
    classes()
        .that()
        .resideInAPackage(LAUNCHER)
        .and()
        .arePublic()
        .should()
        .haveSimpleName("Relevo")
        .orShould()
        .haveSimpleName("LogSetup")
        .check(MAIN);
  }

  /** Tests of all modules, as far as they were compiled; those of this one always are. */
  private static JavaClasses mainAndTests() {
    Path root = Path.of("").toAbsolutePath().getParent();
    List<Path> folders = new ArrayList<>();
    for (String module : MODULES) {
      for (String classes : List.of("target/classes", "target/test-classes")) {
        Path folder = root.resolve(module).resolve(classes);
        if (Files.isDirectory(folder)) {
          folders.add(folder);
        }
      }
    }
    assertThat(folders).contains(root.resolve("launcher/target/test-classes"));
    return new ClassFileImporter().importPaths(folders);
  }

  private static DescribedPredicate<JavaAccess<?>> accesses(String owner, String method) {
    return DescribedPredicate.describe(
        "calls " + owner + "." + method,
        access ->
            access.getTargetOwner().getName().equals(owner)
                && access.getTarget().getName().startsWith(method));
  }
}
