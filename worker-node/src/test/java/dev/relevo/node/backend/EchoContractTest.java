package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.node.contract.Scenario;
import dev.relevo.node.contract.WorkerContract;
import org.jspecify.annotations.Nullable;

/** Echo has no server: what it does its model's name says. */
class EchoContractTest extends WorkerContract {
  @Override
  protected WorkerFactory factory() {
    return new WorkerFactory() {
      @Override
      public String type() {
        return EchoWorker.TYPE;
      }

      @Override
      public Worker create(BackendSettings settings, HealthCheckSettings healthCheck) {
        return Workers.with().create(settings, healthCheck);
      }
    };
  }

  @Override
  protected @Nullable Worker worker(Scenario scenario) throws Exception {
    return switch (scenario) {
      case ANSWERS, STOPS_AT_THE_LIMIT, CONTINUES, BREAKS_OFF, NEVER_ENDS ->
          factory().create(settings(EchoWorker.TYPE), healthCheck());
      case THINKS, CALLS_A_TOOL, IS_SILENT, REFUSES_THE_KEY, IS_LIMITED, IS_BROKEN -> null;
    };
  }

  @Override
  protected String model(Scenario scenario) {
    return switch (scenario) {
      case BREAKS_OFF -> "echo-fail";
      case NEVER_ENDS -> "echo-slow";
      default -> "echo";
    };
  }

  @Override
  protected String answer() {
    return EchoWorker.INTRODUCTION + "Say it.";
  }

  /** A beginning that is not its own it takes for none. */
  @Override
  protected String rest() {
    return answer();
  }
}
