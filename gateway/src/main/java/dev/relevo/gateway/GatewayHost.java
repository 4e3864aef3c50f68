package dev.relevo.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;

/** The process around a gateway, as far as HTTP shows it. */
public interface GatewayHost {

  /** What is missing until the process can work, for people; empty when nothing is. */
  Optional<String> missing();

  /** Where the gateway's own meters go; asked for once, when it connects. */
  MeterRegistry meters();

  /** All metrics in Prometheus' text format. */
  String metrics();
}
