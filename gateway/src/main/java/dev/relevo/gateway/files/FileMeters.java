package dev.relevo.gateway.files;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What is measured of files. Thread-safe. */
final class FileMeters {
  private static final String DIRECTION = "direction";
  private static final String IN = "upload";
  private static final String OUT = "download";

  private final Counter uploaded;
  private final Counter downloaded;

  FileMeters(MeterRegistry registry, Places uploads, Places downloads) {
    this.uploaded = bytes(registry, IN);
    this.downloaded = bytes(registry, OUT);
    open(registry, IN, uploads);
    open(registry, OUT, downloads);
  }

  private static Counter bytes(MeterRegistry registry, String direction) {
    return Counter.builder("relevo.gateway.file.bytes")
        .description("bytes of files that became one, and of contents that were read")
        .tags(DIRECTION, direction)
        .register(registry);
  }

  private static void open(MeterRegistry registry, String direction, Places places) {
    Gauge.builder("relevo.gateway.file.transfers", places::taken)
        .description("uploads and downloads of files that run")
        .tags(DIRECTION, direction)
        .register(registry);
  }

  void uploaded(long bytes) {
    uploaded.increment((double) bytes);
  }

  void downloaded(long bytes) {
    downloaded.increment((double) bytes);
  }
}
