package dev.relevo.common.config;

import java.util.List;

/**
 * What a backend can do, where its adapter does not know.
 *
 * @param continuePrefix whether it goes on with an answer that another backend began ({@code auto}:
 *     the adapter knows); default auto. {@code true} for a backend that cannot gives answers with a
 *     second beginning in the middle.
 */
public record CapabilitySettings(ContinuePrefix continuePrefix) {

  static final Entry.Setting<ContinuePrefix> CONTINUE_PREFIX =
      new Entry.Setting<>(
          "continue-prefix",
          Kinds.choice(ContinuePrefix.class),
          ContinuePrefix.AUTO,
          "Whether it goes on with an answer that another backend began (`auto`: the "
              + "adapter knows)",
          "`true` for a backend that cannot gives answers with a second beginning in "
              + "the middle");

  static final Entry.Section<CapabilitySettings> SECTION =
      new Entry.Section<>("capabilities", List.of(CONTINUE_PREFIX), CapabilitySettings::of);

  public CapabilitySettings {
    new Rules("capabilities").check(CONTINUE_PREFIX, continuePrefix).verify();
  }

  private static CapabilitySettings of(Values values) {
    return new CapabilitySettings(values.get(CONTINUE_PREFIX));
  }
}
