package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a later attempt goes on with a stream that an earlier one began (protocol section 5). */
public enum ResumeMode {
  /** The backend continues the text so far; readers keep it. */
  @JsonProperty("continue")
  CONTINUE,
  /** The answer ran again and repeated the text so far; readers keep it. */
  @JsonProperty("replay")
  REPLAY,
  /** A fresh answer; readers drop the text so far. */
  @JsonProperty("restart")
  RESTART
}
