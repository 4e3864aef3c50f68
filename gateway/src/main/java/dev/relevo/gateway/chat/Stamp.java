package dev.relevo.gateway.chat;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every piece of an answer begins with.
 *
 * @param job the job's id
 * @param createdMs when the job came, epoch milliseconds
 */
record Stamp(String job, long createdMs) {
  private static final String ID = "chatcmpl-";
  private static final long MS = 1_000;

  ObjectNode on(String object, String model) {
    return JsonMapper.shared()
        .createObjectNode()
        .put("id", ID + job)
        .put("object", object)
        .put("created", createdMs / MS)
        .put("model", model);
  }
}
