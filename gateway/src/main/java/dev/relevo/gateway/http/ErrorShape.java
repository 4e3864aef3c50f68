package dev.relevo.gateway.http;

/** How errors of a route look. */
public enum ErrorShape {
  /** {@code {"error": {"message", "type", "param", "code"}}}, which OpenAI's SDKs read. */
  OPENAI,

  /** {@code application/problem+json}, RFC 9457. */
  PROBLEM
}
