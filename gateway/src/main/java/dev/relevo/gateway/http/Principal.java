package dev.relevo.gateway.http;

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

  /** Whether he may do what asks for this right. */
  public boolean may(Right right) {
    return switch (right) {
      case NOTHING -> true;
      case EITHER -> !rights.isEmpty();
      case CHAT, OPERATE -> rights.contains(right);
    };
  }
}
