package dev.relevo.gateway;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import java.util.Set;

/** Where no keys are configured, everybody on this machine may do everything. */
final class OpenDoor implements Gatekeeper {
  private static final Admission ANYBODY =
      new Admission(
          new Principal(
              "anybody", JobHeaders.DEFAULT_TENANT, false, Set.of(Right.CHAT, Right.OPERATE)),
          () -> {});

  @Override
  public Admission admit(Exchange exchange, Route route) {
    return ANYBODY;
  }
}
