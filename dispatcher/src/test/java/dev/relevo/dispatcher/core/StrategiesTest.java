package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StrategiesTest {
  private final Strategies strategies = new Strategies("local-first", new Random(7));

  @Test
  void localFirstPrefersTheLowestPriorityThenTheLeastLoaded() {
    Candidate cloud = candidate("a", 100, 1, 0, null);
    Candidate busyLocal = candidate("b", 10, 1, 3, null);
    Candidate local = candidate("c", 10, 1, 1, null);

    assertThat(choose("local-first", "x", cloud, busyLocal, local)).isEqualTo("c");
    assertThat(choose("local-first", "x", cloud, busyLocal)).isEqualTo("b");
  }

  @Test
  void roundRobinGoesRoundAndSurvivesNodesThatLeave() {
    Candidate a = candidate("a", 10, 1, 0, null);
    Candidate b = candidate("b", 10, 1, 0, null);
    Candidate c = candidate("c", 10, 1, 0, null);

    assertThat(choose("round-robin", "x", a, b, c)).isEqualTo("a");
    assertThat(choose("round-robin", "x", a, b, c)).isEqualTo("b");
    assertThat(choose("round-robin", "x", a, c)).isEqualTo("c");
    assertThat(choose("round-robin", "x", a, b, c)).isEqualTo("a");
  }

  @Test
  void weightedSharesOutByWeightEvenlySpread() {
    Candidate heavy = candidate("a", 10, 3, 0, null);
    Candidate light = candidate("b", 10, 1, 0, null);
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      chosen.add(choose("weighted", "x", heavy, light));
    }

    assertThat(chosen).containsExactly("a", "a", "b", "a", "a", "a", "b", "a");
  }

  @Test
  void randomReachesEverybody() {
    Set<String> chosen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      chosen.add(
          choose("random", "x", candidate("a", 10, 1, 0, null), candidate("b", 10, 1, 0, null)));
    }

    assertThat(chosen).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void leastLoadedLooksAtThePartThatIsTaken() {
    assertThat(
            choose(
                "least-loaded",
                "x",
                candidate("a", 10, 1, 2, null),
                candidate("b", 10, 1, 1, null)))
        .isEqualTo("b");
  }

  @Test
  void fastestMeasuresTheUnknownFirstAndDoesNotBuryTheFast() {
    assertThat(
            choose("fastest", "x", candidate("a", 10, 1, 0, 90.0), candidate("b", 10, 1, 0, 40.0)))
        .isEqualTo("b");
    assertThat(
            choose("fastest", "x", candidate("a", 10, 1, 0, null), candidate("b", 10, 1, 0, 40.0)))
        .isEqualTo("a");
    assertThat(
            choose("fastest", "x", candidate("a", 10, 1, 0, 60.0), candidate("b", 10, 1, 3, 40.0)))
        .isEqualTo("a");
  }

  @Test
  void stickyKeepsASessionOnItsNodeAndMovesOnlyTheShareOfOneThatLeaves() {
    List<Candidate> all = new ArrayList<>();
    for (String id : List.of("a", "b", "c", "d")) {
      all.add(new Candidate(id, id, 0, "m", 10, 1, 50, 100, null));
    }
    List<Candidate> without = all.subList(0, 3);
    Map<String, Integer> share = new HashMap<>();
    for (int i = 0; i < 400; i++) {
      String session = "session-" + i;
      String home = choose("sticky", session, all);
      share.merge(home, 1, Integer::sum);
      assertThat(choose("sticky", session, all)).isEqualTo(home);
      if (!home.equals("d")) {
        assertThat(choose("sticky", session, without)).isEqualTo(home);
      }
    }
    assertThat(share.values()).allSatisfy(count -> assertThat(count).isBetween(60, 140));
  }

  @Test
  void stickyDoesNotOverloadTheNodeOfAPopularSession() {
    List<Candidate> even =
        List.of(
            new Candidate("a", "a", 0, "m", 10, 1, 5, 100, null),
            new Candidate("b", "b", 0, "m", 10, 1, 5, 100, null));
    String home = choose("sticky", "popular", even);
    List<Candidate> lopsided = new ArrayList<>();
    for (Candidate candidate : even) {
      int inFlight = candidate.node().equals(home) ? 50 : 5;
      lopsided.add(new Candidate(candidate.node(), "i", 0, "m", 10, 1, inFlight, 100, null));
    }

    assertThat(choose("sticky", "popular", lopsided)).isNotEqualTo(home);
  }

  @Test
  void namesAreCheckedForTheConfigurationAndForgivenInAJob() {
    assertThat(strategies.of("no-such").name()).isEqualTo("local-first");
    assertThatThrownBy(() -> new Strategies("no-such", new Random(1)))
        .hasMessage(
            "there is no strategy 'no-such'; known are fastest, least-loaded, local-first,"
                + " random, round-robin, sticky, weighted");
  }

  private String choose(String strategy, String affinity, Candidate... candidates) {
    return choose(strategy, affinity, List.of(candidates));
  }

  private String choose(String strategy, String affinity, List<Candidate> candidates) {
    return strategies.of(strategy).choose(candidates, affinity).node();
  }

  private static Candidate candidate(
      String node, int priority, int weight, int inFlight, Double ttftMs) {
    return new Candidate(node, node, 0, "m", priority, weight, inFlight, 4, ttftMs);
  }
}
