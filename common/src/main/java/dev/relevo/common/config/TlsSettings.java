package dev.relevo.common.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * HTTPS for a server of ours.
 *
 * @param certificate file with its certificate and those that vouch for it, in PEM, its own first;
 *     default none. None: plain HTTP.
 * @param privateKey file with the key of the certificate, in PEM, not encrypted; default none.
 */
public record TlsSettings(String certificate, String privateKey) {
  private static final Pattern PATH = Pattern.compile("[^\\p{Cntrl}]{0,4096}");

  static final Entry.Setting<String> CERTIFICATE =
      new Entry.Setting<>(
          "certificate",
          Kinds.text("the path of a file", PATH),
          "",
          "none",
          "File with the server's certificate and those that vouch for it, in PEM, its own first",
          "None: plain HTTP, which shows keys and prompts to everybody between; a relative path"
              + " begins where the process was started");

  static final Entry.Setting<String> PRIVATE_KEY =
      new Entry.Setting<>(
          "private-key",
          Kinds.text("the path of a file", PATH),
          "",
          "none",
          "File with the key of the certificate, in PEM, not encrypted",
          "Who can read it can pass for this server");

  static final Entry.Section<TlsSettings> SECTION =
      new Entry.Section<>("tls", List.of(CERTIFICATE, PRIVATE_KEY), TlsSettings::of);

  /** Plain HTTP. */
  public static final TlsSettings OFF = new TlsSettings("", "");

  public TlsSettings {
    new Rules("tls")
        .check(CERTIFICATE, certificate)
        .check(PRIVATE_KEY, privateKey)
        .require(
            certificate.isEmpty() || !privateKey.isEmpty(),
            "a certificate is of no use without its key; set private-key, too",
            "certificate",
            "private-key")
        .require(
            privateKey.isEmpty() || !certificate.isEmpty(),
            "a key is of no use without its certificate; set certificate, too",
            "private-key",
            "certificate")
        .verify();
  }

  /** Whether HTTPS is spoken. */
  public boolean isOn() {
    return !certificate.isEmpty();
  }

  private static TlsSettings of(Values values) {
    return new TlsSettings(values.get(CERTIFICATE), values.get(PRIVATE_KEY));
  }
}
