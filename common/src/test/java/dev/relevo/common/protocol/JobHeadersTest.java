package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class JobHeadersTest {
  private static JobHeaders ofTenant(String tenant) {
    Headers headers = new RecordHeaders();
    headers.add(HeaderNames.TENANT, tenant.getBytes(StandardCharsets.UTF_8));
    return JobHeaders.parse(headers);
  }

  @Test
  void aTenantIsAShortTextInOneLine() {
    assertThat(ofTenant("t".repeat(128)).tenant()).hasSize(128);
    assertThat(ofTenant("").tenant()).isEqualTo("default");
    assertThatThrownBy(() -> ofTenant("t".repeat(129)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("header relevo-tenant is 129 characters long, expected 1 to 128");
    assertThatThrownBy(() -> ofTenant("a\u001b[31m"))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageStartingWith("header relevo-tenant holds control characters");
  }
}
