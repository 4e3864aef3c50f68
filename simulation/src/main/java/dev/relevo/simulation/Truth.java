package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is known of a job from outside: what was asked, and what any model ever said to it. */
final class Truth {
  final Job job;

  /** Whole answers, the beginnings that were continued included. */
  final List<String> answers = new ArrayList<>();

  /** Homes whose lane has a record of it. */
  final Set<Integer> homes = new HashSet<>();

  /** Homes that have forgotten it since: what happens to it there later is another job's. */
  final Set<Integer> forgotten = new HashSet<>();

  Truth(Job job) {
    this.job = job;
  }

  /** Whether text is the beginning of an answer. */
  boolean isBeginning(String text) {
    for (String answer : answers) {
      if (answer.startsWith(text)) {
        return true;
      }
    }
    return text.isEmpty();
  }
}
