package dev.relevo.gateway.http;

import io.helidon.http.Method;

/**
 * One thing that can be asked. All of them stand in lists of these, which the server, the
 * description of the API and its test go by.
 *
 * @param method how it is asked
 * @param path with parameters as {@code {id}}, or {@code {+id}} for one that may hold slashes
 * @param right what the caller must be allowed to
 * @param errors the shape of its errors
 * @param handler answers; runs on a virtual thread of its own and may wait
 */
public record Route(Method method, String path, Right right, ErrorShape errors, Handler handler) {

  /** Answers a request. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Answers; returning without having answered is a bug and told as such.
     *
     * @throws HttpProblem what the caller is told; anything else thrown is a bug of ours and told
     *     as an error of the server
     * @throws CallerGoneException when nobody is there to be told
     */
    void handle(Exchange exchange) throws Exception;
  }
}
