package dev.relevo.launcher;

import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;

/** A stack trace as text, for those who asked for it. */
final class StackTraces {
  private StackTraces() {}

  static String of(Throwable thrown) {
    return PlainText.text(ThrowableProxyUtil.asString(new ThrowableProxy(thrown)));
  }
}
