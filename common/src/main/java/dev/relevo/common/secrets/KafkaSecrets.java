package dev.relevo.common.secrets;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the secrets among the properties of a Kafka client. */
public final class KafkaSecrets {
  private static final Pattern SECRET_NAME =
      Pattern.compile("password|secret|credential|token$|\\.key$|user\\.info");

  /** {@code name="value"} or {@code name=value}, as a line of JAAS has it. */
  private static final Pattern OPTION =
      Pattern.compile("([\\w.]+)\\s*=\\s*(?:\"((?:\\\\.|[^\"\\\\])*)\"|([^\\s;\"]+))");

  private KafkaSecrets() {}

  /** The values that nobody may see. */
  public static Collection<String> of(Map<String, String> properties) {
    List<String> secrets = new ArrayList<>();
    properties.forEach((name, value) -> {
      if (name.endsWith("jaas.config")) {
        ofJaas(value, secrets);
      } else if (isSecret(name)) {
        secrets.add(value);
      }
    });
    return secrets;
  }

  private static void ofJaas(String text, List<String> secrets) {
    for (Matcher option = OPTION.matcher(text); option.find(); ) {
      if (isSecret(option.group(1))) {
        String quoted = option.group(2);
        secrets.add(quoted == null ? option.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
      }
    }
  }

  private static boolean isSecret(String name) {
    return SECRET_NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
  }
}
