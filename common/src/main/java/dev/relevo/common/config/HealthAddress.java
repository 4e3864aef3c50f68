package dev.relevo.common.config;

import java.util.regex.Pattern;

/** Where a role shows its health and metrics: settings that several roles have. */
final class HealthAddress {
  static final Entry.Setting<String> HOST =
      new Entry.Setting<>(
          "host",
          Kinds.text("a host name or an address", Pattern.compile("[A-Za-z0-9.:_%\\[\\]-]{1,253}")),
          "127.0.0.1",
          "Address to listen on",
          "Health and metrics are not protected: any other address shows them to "
              + "everybody who reaches it");

  static final Entry.Setting<Integer> PORT =
      new Entry.Setting<>(
          "port",
          Kinds.wholeNumber(0, 65_535),
          0,
          "Port of health and metrics",
          "0: any free port, printed at start; set one where something has to find it");

  private HealthAddress() {}
}
