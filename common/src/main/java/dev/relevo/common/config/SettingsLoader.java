package dev.relevo.common.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads {@link Settings} from a YAML file and environment variables. */
public final class SettingsLoader {
  private static final int MAX_HOST_LENGTH = 64;

  private final Supplier<String> nodeIds;
  private final BackendTypes types;

  /** A loader that names nodes after this host, with a random suffix. */
  public SettingsLoader() {
    this(SettingsLoader::hostAndSuffix);
  }

  /**
   * @param nodeIds gives the node's id where none is configured
   */
  public SettingsLoader(Supplier<String> nodeIds) {
    this(nodeIds, BackendTypes.ANY);
  }

  private SettingsLoader(Supplier<String> nodeIds, BackendTypes types) {
    this.nodeIds = nodeIds;
    this.types = types;
  }

  /** A loader that also refuses backends of other types than these. */
  public SettingsLoader withTypes(Collection<String> names) {
    return new SettingsLoader(nodeIds, new BackendTypes(Set.copyOf(names)));
  }

  /** A loader that gives this id to the node where none is configured. */
  public SettingsLoader withNodeId(String id) {
    return new SettingsLoader(() -> id, types);
  }

  /**
   * Reads the settings; what neither the file nor a variable says has its default.
   *
   * @param file the YAML file, or null for none
   * @param environment variables: for {@code ${NAME}} in the file, and {@code RELEVO_…} ones that
   *     override keys
   * @throws SettingsException with all problems, if there is any
   */
  public Settings load(@Nullable Path file, Map<String, String> environment) {
    return load(file, environment, List.of());
  }

  /**
   * Reads the settings of a command that has flags of its own; they win over everything else.
   *
   * @param flags what was given on the command line
   * @throws SettingsException with all problems, if there is any
   */
  public Settings load(@Nullable Path file, Map<String, String> environment, List<Flag> flags) {
    Problems problems = new Problems();
    Raw.Mapping root =
        file == null
            ? new Raw.Mapping(Origin.file("settings"), new LinkedHashMap<>())
            : YamlFile.read(file, environment, problems);
    EnvironmentOverrides overrides = new EnvironmentOverrides(root, problems);
    overrides.apply(environment);
    flags.forEach(overrides::apply);
    nameNode(root);
    types.check(root, problems);
    Settings settings = new SectionReader(problems).read(Settings.SECTION, root, "");
    problems.throwIfAny();
    if (settings == null) {
      throw new IllegalStateException("settings were refused without a problem");
    }
    return settings;
  }

  /**
   * Reads a backend that was not written into the file, by the same rules. Only its key is looked
   * up, as {@code ${VARIABLE}} or {@code ${file:PATH}}.
   *
   * @param name what it is called
   * @param written what is not as by default, with dots between keys: {@code timeouts.idle}
   * @throws SettingsException with all problems, if there is any
   */
  public BackendSettings backend(
      String name, Map<String, String> written, Map<String, String> environment) {
    Problems problems = new Problems();
    BackendSettings backend = new WrittenBackend(name, environment, problems).read(written, types);
    problems.throwIfAny();
    if (backend == null) {
      throw new IllegalStateException("a backend was refused without a problem");
    }
    return backend;
  }

  private void nameNode(Raw.Mapping root) {
    String section = NodeSettings.SECTION.name();
    Raw.Field node = root.fields().get(section);
    if (node == null || Raw.isNull(node.value())) {
      Raw.Mapping empty = new Raw.Mapping(root.origin(), new LinkedHashMap<>());
      node = new Raw.Field(root.origin(), empty);
      root.fields().put(section, node);
    }
    if (node.value() instanceof Raw.Mapping mapping) {
      Raw.Field id = mapping.fields().get(NodeSettings.ID.name());
      if (id == null || Raw.isNull(id.value())) {
        Raw.Scalar generated = new Raw.Scalar(mapping.origin(), nodeIds.get(), false);
        mapping.fields().put(NodeSettings.ID.name(), new Raw.Field(mapping.origin(), generated));
      }
    }
  }

  private static String hostAndSuffix() {
    int suffix = ThreadLocalRandom.current().nextInt(0x10_0000, 0x100_0000);
    return hostName() + "-" + Integer.toHexString(suffix);
  }

  private static String hostName() {
    try {
      String name = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "-");
      return name.substring(0, Math.min(name.length(), MAX_HOST_LENGTH));
    } catch (UnknownHostException nameless) {
      return "node";
    }
  }
}
