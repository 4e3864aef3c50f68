package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The dispatchers' consumer group: homes go to members in ranges, a silent member is expelled after
 * the session time-out, and a member learns of either late: until then it acts on what it knew.
 */
final class SimGroup {
  private final World world;
  private final Dice dice;
  private final int homes;
  private final long sessionNanos;
  private final TreeMap<String, SimDispatcher> members = new TreeMap<>();
  private final Map<Place, Long> offsets = new HashMap<>();
  private final Map<SimDispatcher, Long> told = new HashMap<>();
  private int generation;
  private boolean rebalancing;

  SimGroup(World world, Dice dice, int homes, long sessionNanos) {
    this.world = world;
    this.dice = dice;
    this.homes = homes;
    this.sessionNanos = sessionNanos;
  }

  void join(SimDispatcher member) {
    members.put(member.name, member);
    rebalance();
  }

  void leave(SimDispatcher member) {
    if (members.get(member.name) == member) {
      members.remove(member.name);
      rebalance();
    }
  }

  /** It has gone silent, dead or frozen. */
  void silent(SimDispatcher member) {
    long silence = member.silences();
    world.at(
        world.nanos() + sessionNanos,
        () -> {
          if (!member.isWell()
              && member.silences() == silence
              && members.get(member.name) == member) {
            world.trace("the group expels " + member.name);
            leave(member);
          }
        });
  }

  boolean has(SimDispatcher member) {
    return members.get(member.name) == member;
  }

  void rebalance() {
    if (rebalancing) {
      return;
    }
    rebalancing = true;
    world.at(
        world.nanos() + dice.between(20, 400) * World.MS,
        () -> {
          rebalancing = false;
          generation++;
          share();
        });
  }

  private void share() {
    List<SimDispatcher> sharing = new ArrayList<>(members.values());
    for (int i = 0; i < sharing.size(); i++) {
      Set<Integer> given = new TreeSet<>();
      for (int home = 0; home < homes; home++) {
        if (home * sharing.size() / homes == i) {
          given.add(home);
        }
      }
      int now = generation;
      SimDispatcher member = sharing.get(i);
      if (world.isTracing()) {
        world.trace("the group gives homes " + given + " to " + member.name);
      }
      // A member hears the group's words in their order, however late.
      long moment =
          Math.max(
              world.nanos() + dice.between(1, 150) * World.MS, told.getOrDefault(member, 0L) + 1);
      told.put(member, moment);
      member.after(moment - world.nanos(), () -> member.given(now, given));
    }
  }

  /**
   * A commit of a member.
   *
   * @param answer whether it was accepted
   */
  void commit(
      SimDispatcher member, int known, Map<Place, Long> committed, Consumer<Boolean> answer) {
    world.at(
        world.nanos() + dice.between(1, 10) * World.MS,
        () -> {
          boolean accepted = has(member) && known == generation && !rebalancing;
          if (accepted) {
            offsets.putAll(committed);
          }
          member.after(dice.between(1, 10) * World.MS, () -> answer.accept(accepted));
        });
  }

  long committed(Place place, long beginning) {
    return Math.max(beginning, offsets.getOrDefault(place, beginning));
  }
}
