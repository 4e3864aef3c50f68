package dev.relevo.gateway.files;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import java.util.Optional;

/** Whose files and batches a request is about. */
public final class Tenants {
  private static final String HEADER = "x-relevo-tenant";

  private Tenants() {}

  /**
   * The tenant of the caller's key; where a key is bound to none, what {@code x-relevo-tenant}
   * says.
   *
   * @throws HttpProblem 400 for a broken header; 403 for one that names another tenant than the
   *     key's
   */
  public static String of(Exchange exchange) {
    String asked = exchange.header(HEADER).orElse("").strip();
    if (asked.length() > JobHeaders.MAX_TENANT_LENGTH
        || asked.chars().anyMatch(Character::isISOControl)) {
      throw HttpProblem.badRequest(
          "invalid_tenant",
          "%s has to be a text of 1 to %d characters."
              .formatted(HEADER, JobHeaders.MAX_TENANT_LENGTH));
    }
    return exchange
        .principal()
        .tenantOf(HEADER, Optional.of(asked).filter(name -> !name.isEmpty()));
  }
}
