package dev.relevo.gateway.http;

import java.util.Optional;
import java.util.Set;

/**
 * Who is asking.
 *
 * @param name for logs and limits: of the key, never the key itself
 * @param tenant whose jobs are his
 * @param tenantFixed whether he may ask for that tenant alone; else a request may name another
 * @param rights what he may do
 */
public record Principal(String name, String tenant, boolean tenantFixed, Set<Right> rights) {
  public Principal {
    rights = Set.copyOf(rights);
  }

  /**
   * The tenant of a request of his.
   *
   * @param header where it may name one
   * @param asked what it names, if it does
   * @throws HttpProblem 403 for another than the only one that he may ask for
   */
  public String tenantOf(String header, Optional<String> asked) {
    if (asked.isEmpty() || asked.get().equals(tenant)) {
      return tenant;
    }
    if (tenantFixed) {
      throw HttpProblem.of(
              403,
              "insufficient_permissions",
              "Header %s is '%s', and this key is for tenant '%s' alone."
                  .formatted(header, asked.get(), tenant))
          .ofType("permission_error");
    }
    return asked.get();
  }

  /** Whether he may do what asks for this right. */
  public boolean may(Right right) {
    return switch (right) {
      case NOTHING -> true;
      case EITHER -> !rights.isEmpty();
      case CHAT, OPERATE -> rights.contains(right);
    };
  }
}
