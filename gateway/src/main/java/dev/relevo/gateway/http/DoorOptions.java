package dev.relevo.gateway.http;

import dev.relevo.common.config.GatewayLimitSettings;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.TlsSettings;
import java.time.Duration;

/**
 * How the server listens, and what it bears.
 *
 * @param host address to listen on
 * @param port 0 for any free one
 * @param limits what it bears of everybody together and of each connection
 * @param tls HTTPS
 * @param drain how long requests that run may go on when it closes
 */
public record DoorOptions(
    String host, int port, GatewayLimitSettings limits, TlsSettings tls, Duration drain) {
  /** What a form around an uploaded file may take besides it, bytes. */
  private static final long FORM_BYTES = 64 << 10;

  /** As a gateway's settings say. */
  public static DoorOptions of(GatewaySettings settings) {
    return new DoorOptions(
        settings.host(),
        settings.port(),
        settings.limits(),
        settings.tls(),
        settings.drainTimeout());
  }

  /** The largest body of any request; routes take less. */
  long mostBodyBytes() {
    return Math.max(limits.fileBytes() + FORM_BYTES, limits.requestBytes());
  }
}
