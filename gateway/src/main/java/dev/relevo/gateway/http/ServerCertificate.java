package dev.relevo.gateway.http;

import dev.relevo.common.config.TlsSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificate and key of an HTTPS server from PEM files, and says what is wrong with them.
 */
final class ServerCertificate {
  private static final String CERTIFICATE = "gateway.tls.certificate";
  private static final String KEY = "gateway.tls.private-key";
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final String CONVERT =
      "; expected is a block BEGIN PRIVATE KEY, which \"openssl pkcs8 -topk8 -nocrypt -in OLD -out"
          + " NEW\" makes of any other";

  private final TlsSettings settings;

  ServerCertificate(TlsSettings settings) {
    this.settings = settings;
  }

  /**
   * What a server needs to speak TLS.
   *
   * @throws IOException when it cannot be had; the message says which setting, which file and why
   */
  SSLContext context() throws IOException {
    List<X509Certificate> chain = chain();
    PrivateKey key = key(chain.get(0).getPublicKey());
    try {
      char[] nobodySees = {};
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key, nobodySees, chain.toArray(new Certificate[0]));
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, nobodySees);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw problem(CERTIFICATE, settings.certificate(), "cannot be used: " + e.getMessage(), e);
    }
  }

  private List<X509Certificate> chain() throws IOException {
    byte[] file = read(CERTIFICATE, settings.certificate());
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(file))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (CertificateException e) {
      throw problem(
          CERTIFICATE,
          settings.certificate(),
          "is no certificate in PEM, a block BEGIN CERTIFICATE",
          e);
    }
    throw problem(
        CERTIFICATE, settings.certificate(), "has no certificate in it, a block BEGIN CERTIFICATE");
  }

  private PrivateKey key(PublicKey of) throws IOException {
    String text = new String(read(KEY, settings.privateKey()), StandardCharsets.ISO_8859_1);
    Matcher block = PKCS8.matcher(text);
    if (!block.find()) {
      throw problem(
          KEY,
          settings.privateKey(),
          text.contains("ENCRYPTED")
              ? "is encrypted" + CONVERT
              : "has no key that can be read in it" + CONVERT);
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(block.group(1));
      PrivateKey key =
          KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      if (belongTogether(key, of)) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw notOfCertificate(e);
    }
    throw notOfCertificate(null);
  }

  private IOException notOfCertificate(@Nullable Exception cause) {
    return problem(
        KEY,
        settings.privateKey(),
        "is not the key of the certificate in " + settings.certificate(),
        cause);
  }

  private static boolean belongTogether(PrivateKey key, PublicKey of)
      throws GeneralSecurityException {
    String algorithm =
        switch (of.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> of.getAlgorithm();
        };
    byte[] probe = "any text".getBytes(StandardCharsets.US_ASCII);
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(key);
    signing.update(probe);
    Signature verifying = Signature.getInstance(algorithm);
    verifying.initVerify(of);
    verifying.update(probe);
    return verifying.verify(signing.sign());
  }

  private static byte[] read(String setting, String file) throws IOException {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (NoSuchFileException e) {
      throw problem(setting, file, "does not exist", e);
    } catch (InvalidPathException | IOException e) {
      throw problem(setting, file, "cannot be read (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private static IOException problem(String setting, String file, String what) {
    return problem(setting, file, what, null);
  }

  private static IOException problem(
      String setting, String file, String what, @Nullable Exception cause) {
    return new IOException("%s: the file %s %s.".formatted(setting, file, what), cause);
  }
}
