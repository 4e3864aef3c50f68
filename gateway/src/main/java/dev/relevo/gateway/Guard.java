package dev.relevo.gateway;

import dev.relevo.common.config.ApiKeySettings;
import dev.relevo.common.config.GatewayLimitSettings;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.KeyRight;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows callers by their keys, and holds each to its rights and limits. Where no keys are
 * configured everybody on this machine may do everything, and the limits are those of all together.
 */
final class Guard implements Gatekeeper {
  private static final String SCHEME = "bearer ";
  private static final Principal ANYBODY =
      new Principal("anybody", JobHeaders.DEFAULT_TENANT, false, Set.of(Right.CHAT, Right.OPERATE));
  private static final Admission UNKNOWN =
      new Admission(new Principal("unknown", JobHeaders.DEFAULT_TENANT, true, Set.of()), () -> {});

  private final KeyRing keys;
  private final @Nullable Caller everybody;

  /**
   * @param nanoTime a monotonic clock
   */
  Guard(GatewaySettings settings, LongSupplier nanoTime) {
    GatewayLimitSettings limits = settings.limits();
    this.keys = new KeyRing(settings.apiKeys(), key -> caller(key, limits, nanoTime));
    this.everybody =
        keys.isEmpty()
            ? new Caller(
                ANYBODY, new Allowance(limits.concurrent(), limits.requestsPerMinute(), nanoTime))
            : null;
  }

  private static Caller caller(
      ApiKeySettings key, GatewayLimitSettings limits, LongSupplier nanoTime) {
    Set<Right> rights = EnumSet.noneOf(Right.class);
    key.rights().forEach(right -> rights.add(rightOf(right)));
    int perMinute = key.requestsPerMinute();
    int atOnce = key.concurrent();
    return new Caller(
        new Principal(key.name(), key.tenant(), true, rights),
        new Allowance(
            atOnce == 0 ? limits.concurrent() : atOnce,
            perMinute == 0 ? limits.requestsPerMinute() : perMinute,
            nanoTime));
  }

  private static Right rightOf(KeyRight right) {
    return switch (right) {
      case CHAT -> Right.CHAT;
      case OPERATE -> Right.OPERATE;
    };
  }

  @Override
  public Admission admit(Exchange exchange, Route route) {
    if (route.right() == Right.NOTHING) {
      return UNKNOWN;
    }
    Caller caller = everybody == null ? holder(exchange) : neighbour(exchange, everybody);
    if (!caller.principal().may(route.right())) {
      throw HttpProblem.of(
              403,
              "insufficient_permissions",
              "The key %s may not do this: it needs the right \"%s\"."
                  .formatted(
                      caller.principal().name(), route.right().name().toLowerCase(Locale.ROOT)))
          .ofType("permission_error");
    }
    caller.allowance().begin(exchange);
    return new Admission(caller.principal(), caller.allowance()::end);
  }

  private static Caller neighbour(Exchange exchange, Caller everybody) {
    Neighbourhood.require(exchange);
    return everybody;
  }

  private Caller holder(Exchange exchange) {
    Optional<String> authorization = exchange.header("Authorization");
    if (authorization.isEmpty() || !isBearer(authorization.get())) {
      throw unknown("A key is needed here: send the header \"Authorization: Bearer KEY\".");
    }
    return keys.find(authorization.get().substring(SCHEME.length()).strip())
        .orElseThrow(() -> unknown("Nobody here knows this key."));
  }

  private static boolean isBearer(String authorization) {
    return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  private static HttpProblem unknown(String message) {
    return HttpProblem.of(401, "invalid_api_key", message).with("WWW-Authenticate", "Bearer");
  }
}
