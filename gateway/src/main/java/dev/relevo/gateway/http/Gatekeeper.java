package dev.relevo.gateway.http;

/** Decides who is asking, and whether it is too much. */
public interface Gatekeeper {

  /**
   * Looks at a request before its handler does.
   *
   * @return who it is, and what to give back when the request has been answered
   * @throws HttpProblem when he is unknown, may not, or asks too much
   */
  Admission admit(Exchange exchange, Route route);

  /**
   * A request that goes on.
   *
   * @param principal who asks
   * @param leave called once when the request has been answered
   */
  record Admission(Principal principal, Runnable leave) {}
}
