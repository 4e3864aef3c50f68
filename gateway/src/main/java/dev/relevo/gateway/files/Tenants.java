package dev.relevo.gateway.files;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;

/** Whose files and batches a request is about. */
public final class Tenants {
  private static final String HEADER = "x-relevo-tenant";

  private Tenants() {}

  /**
   * The tenant of the caller's key; where a key is bound to none, what {@code x-relevo-tenant}
   * says.
   */
  public static String of(Exchange exchange) {
    Principal caller = exchange.principal();
    if (caller.tenantFixed()) {
      return caller.tenant();
    }
    String asked = exchange.header(HEADER).orElse("").strip();
    if (asked.length() > JobHeaders.MAX_TENANT_LENGTH
        || asked.chars().anyMatch(Character::isISOControl)) {
      throw HttpProblem.badRequest(
          "invalid_tenant",
          "%s has to be a text of 1 to %d characters."
              .formatted(HEADER, JobHeaders.MAX_TENANT_LENGTH));
    }
    return asked.isEmpty() ? caller.tenant() : asked;
  }
}
