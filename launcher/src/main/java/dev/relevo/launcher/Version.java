package dev.relevo.launcher;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String built = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "relevo %s (Java %s)".formatted(built == null ? "unpackaged" : built, Runtime.version())
    };
  }
}
