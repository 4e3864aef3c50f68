package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why a model stopped: the common set that every backend's own words are mapped to. */
public enum FinishReason {
  @JsonProperty("stop")
  STOP,
  @JsonProperty("length")
  LENGTH,
  @JsonProperty("tool_calls")
  TOOL_CALLS,
  @JsonProperty("content_filter")
  CONTENT_FILTER,
  @JsonProperty("error")
  ERROR
}
