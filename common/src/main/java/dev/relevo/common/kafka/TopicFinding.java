package dev.relevo.common.kafka;

/**
 * What is wrong with a topic.
 *
 * @param breaksRule whether it breaks the protocol, so that no role may start; otherwise it is only
 *     worth knowing
 * @param sentence what is wrong, with which topic, and what to do
 */
public record TopicFinding(boolean breaksRule, String sentence) {
  static TopicFinding problem(String sentence) {
    return new TopicFinding(true, sentence);
  }

  static TopicFinding warning(String sentence) {
    return new TopicFinding(false, sentence);
  }
}
