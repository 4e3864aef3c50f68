package dev.relevo.gateway;

import java.util.Optional;

/** The process around a gateway, as far as HTTP shows it. */
public interface GatewayHost {

  /** What is missing until the process can work, for people; empty when nothing is. */
  Optional<String> missing();

  /** All metrics in Prometheus' text format. */
  String metrics();
}
