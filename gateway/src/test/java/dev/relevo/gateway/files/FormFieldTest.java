package dev.relevo.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormFieldTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "form-data; name=\"file\"; filename=\"a.jsonl\"|a.jsonl",
        "form-data; name=file; filename=a.jsonl|a.jsonl",
        "form-data;name=\"file\";filename=\"100%.jsonl\"|100%.jsonl",
        "form-data; name=\"file\"; filename=\"a%20b%zz\"|a%20b%zz",
        "form-data; name=\"file\"; filename=\"a;b=c.jsonl\"|a;b=c.jsonl",
        "form-data; filename=\"x; name=y\"; name=\"file\"|x; name=y",
        "form-data; name=\"file\"; filename=\"a\\\"b\"|a\"b",
        "form-data; name=\"file\"; filename=\"a%22b\"|a\"b",
        "form-data; name=\"file\"; filename=\"../../etc/passwd\"|passwd",
        "form-data; name=\"file\"; filename=\"C:\\temp\\in.jsonl\"|in.jsonl",
        "form-data; name=\"file\"; filename=\"\u00fc\u4e16.jsonl\"|\u00fc\u4e16.jsonl",
        "form-data; name=\"file\"; filename*=UTF-8''%C3%BC+.jsonl|\u00fc+.jsonl",
        "form-data; name=\"file\"; filename*=\"UTF-8'en'x\"; filename=\"plain\"|plain",
        "FORM-DATA; NAME=\"file\"; FileName=\"a\"|a"
      })
  void aFileHasItsName(String disposition, String name) {
    assertThat(FormField.of(disposition)).isEqualTo(new FormField("file", Optional.of(name)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "form-data; name=\"file\"",
        "form-data; name=\"file\"; filename*=latin1''x",
        "form-data; name=\"file\"; filename*=UTF-8''%zz",
        "form-data; name=\"file\"; filename",
        "; name=\"file"
      })
  void whatIsBrokenHasNone(String disposition) {
    assertThat(FormField.of(disposition)).isEqualTo(new FormField("file", Optional.empty()));
  }

  @Test
  void whatSaysNothingHasNoNameEither() {
    for (String nothing : new String[] {"", ";", "form-data", "form-data;", "=;=\"", "; =x"}) {
      assertThat(FormField.of(nothing).name()).as(nothing).isEmpty();
    }
  }
}
