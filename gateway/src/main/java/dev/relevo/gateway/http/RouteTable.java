package dev.relevo.gateway.http;

import io.helidon.common.parameters.Parameters;
import io.helidon.common.uri.UriPath;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.http.PathMatchers.MatchResult;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds the route for a request. Of several the first counts. */
final class RouteTable {
  private record Entry(Route route, PathMatcher path) {}

  /**
   * A route, and what its path's parameters are in a request.
   *
   * @param route what to do
   * @param parameters of the path, decoded
   */
  record Found(Route route, Parameters parameters) {}

  private final List<Entry> entries;

  RouteTable(List<Route> routes) {
    this.entries =
        routes.stream().map(route -> new Entry(route, PathMatchers.create(route.path()))).toList();
  }

  Optional<Found> find(Method method, UriPath path) {
    for (Entry entry : entries) {
      if (entry.route().method().equals(method)) {
        MatchResult match = entry.path().match(path);
        if (match.accepted()) {
          return Optional.of(new Found(entry.route(), match.path().pathParameters()));
        }
      }
    }
    return Optional.empty();
  }

  /** With what a path can be asked at all. */
  Set<String> methods(UriPath path) {
    return entries.stream()
        .filter(entry -> entry.path().match(path).accepted())
        .map(entry -> entry.route().method().text())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
