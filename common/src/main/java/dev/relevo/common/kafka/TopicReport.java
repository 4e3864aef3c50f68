package dev.relevo.common.kafka;

import java.util.List;

/**
 * What creating or checking the topics came to.
 *
 * @param created names of the topics that were not there before, sorted
 * @param missing names of the topics that are not there now, sorted; only a check leaves some
 * @param findings what is wrong with those that were there
 */
public record TopicReport(List<String> created, List<String> missing, List<TopicFinding> findings) {
  public TopicReport {
    created = List.copyOf(created);
    missing = List.copyOf(missing);
    findings = List.copyOf(findings);
  }

  /** Sentences about broken rules; with any of them no role may start. */
  public List<String> problems() {
    return findings.stream().filter(TopicFinding::breaksRule).map(TopicFinding::sentence).toList();
  }

  /** Sentences worth knowing. */
  public List<String> warnings() {
    return findings.stream()
        .filter(finding -> !finding.breaksRule())
        .map(TopicFinding::sentence)
        .toList();
  }
}
