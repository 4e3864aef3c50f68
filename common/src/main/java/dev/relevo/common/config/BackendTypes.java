package dev.relevo.common.config;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The types of backends that this process can make; what is of another type is told with its line.
 *
 * @param names empty when they are not known here, so that every name passes
 */
record BackendTypes(Set<String> names) {
  static final BackendTypes ANY = new BackendTypes(Set.of());

  /** Looks at all backends of all settings. */
  void check(Raw.Mapping root, Problems problems) {
    if (below(root, NodeSettings.SECTION.name()) instanceof Raw.Mapping node
        && below(node, BackendSettings.SECTION.name()) instanceof Raw.Sequence list) {
      for (int i = 0; i < list.elements().size(); i++) {
        if (list.elements().get(i) instanceof Raw.Mapping backend) {
          check(backend, "node.backends[" + i + "].", problems);
        }
      }
    }
  }

  /** Looks at one. */
  void check(Raw.Mapping backend, String path, Problems problems) {
    String key = BackendSettings.TYPE.name();
    if (below(backend, key) instanceof Raw.Scalar type
        && isName(type)
        && !names.isEmpty()
        && !names.contains(type.text())) {
      problems.add(
          type.origin(),
          "%s%s: there is no adapter \"%s\", only %s%s"
              .formatted(
                  path,
                  key,
                  type.text(),
                  String.join(", ", new TreeSet<>(names)),
                  Suggestion.asQuestion(Suggestion.nearest(type.text(), names))));
    }
  }

  /** What is not even a name is told by whoever reads it. */
  private static boolean isName(Raw.Scalar type) {
    return !type.isNull() && BackendSettings.TYPE.kind().read(type, "", new Problems()) != null;
  }

  private static @Nullable Raw below(Raw.Mapping parent, String key) {
    Raw.Field field = parent.fields().get(key);
    return field == null ? null : field.value();
  }
}
