package dev.relevo.common.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads a YAML file into pieces that know their line; replaces the variables in its values. */
final class YamlFile {
  /** Settings are four levels deep; an alias that contains itself is endless. */
  private static final int MAX_DEPTH = 16;

  private static final long MAX_FILE_BYTES = 1L << 20;

  private final String name;
  private final Placeholders placeholders;
  private final Problems problems;

  YamlFile(Path file, Placeholders placeholders, Problems problems) {
    this.name = file.toString();
    this.placeholders = placeholders;
    this.problems = problems;
  }

  /** The groups of keys of a file; empty, with a problem told, if it has none. */
  static Raw.Mapping read(Path file, Map<String, String> environment, Problems problems) {
    YamlFile yaml =
        new YamlFile(file, new Placeholders(environment, folderOf(file), problems), problems);
    return yaml.text(file).map(yaml::parse).orElseGet(yaml::nothing);
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? file.toAbsolutePath() : folder;
  }

  private Raw.Mapping nothing() {
    return new Raw.Mapping(Origin.file(name), new LinkedHashMap<>());
  }

  private Optional<String> text(Path file) {
    String problem;
    try {
      if (Files.isDirectory(file)) {
        problem = "is a folder, expected a YAML file";
      } else if (Files.size(file) > MAX_FILE_BYTES) {
        problem = "is larger than 1MiB, expected a YAML file with settings";
      } else {
        return Optional.of(Files.readString(file));
      }
    } catch (NoSuchFileException missing) {
      problem = "there is no such file";
    } catch (CharacterCodingException notText) {
      problem = "is not a text file in UTF-8";
    } catch (IOException unreadable) {
      problem = "cannot be read: " + unreadable.getMessage();
    }
    problems.add(Origin.file(name), problem);
    return Optional.empty();
  }

  private Raw.Mapping parse(String text) {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(name).build();
      return new Compose(settings).composeString(text).map(this::root).orElseGet(this::nothing);
    } catch (MarkedYamlEngineException broken) {
      Origin origin = broken.getProblemMark().map(this::origin).orElse(Origin.file(name));
      problems.add(origin, "this is not YAML: " + withoutNames(broken.getProblem()));
    } catch (YamlEngineException broken) {
      problems.add(Origin.file(name), "this is not YAML: " + broken.getMessage());
    }
    return nothing();
  }

  /** A key that begins with a star is taken for an alias, and its name would be told. */
  private static String withoutNames(String problem) {
    return problem.startsWith("found undefined alias")
        ? "found an alias that stands for nothing; put a text that begins with * into quotes"
        : problem;
  }

  private Raw.Mapping root(Node node) {
    Raw raw = convert(node, 0);
    if (raw instanceof Raw.Mapping mapping) {
      return mapping;
    }
    if (!Raw.isNull(raw)) {
      problems.add(raw.origin(), raw.noun() + " is not a group of keys such as kafka: or node:");
    }
    return nothing();
  }

  private Raw convert(Node node, int depth) {
    Origin origin = node.getStartMark().map(this::origin).orElse(Origin.file(name));
    if (depth > MAX_DEPTH) {
      problems.add(origin, "nested more than " + MAX_DEPTH + " levels deep");
      return new Raw.Scalar(origin, "", true);
    }
    if (node instanceof MappingNode mapping) {
      return mapping(origin, mapping, depth);
    }
    if (node instanceof SequenceNode sequence) {
      List<Raw> elements = new ArrayList<>();
      sequence.getValue().forEach(element -> elements.add(convert(element, depth + 1)));
      return new Raw.Sequence(origin, elements);
    }
    boolean isNull = node.getTag().equals(Tag.NULL);
    String text = node instanceof ScalarNode scalar ? scalar.getValue() : "";
    return new Raw.Scalar(origin, placeholders.replace(text, origin), isNull, text);
  }

  private Raw.Mapping mapping(Origin origin, MappingNode node, int depth) {
    Map<String, Raw.Field> fields = new LinkedHashMap<>();
    for (NodeTuple tuple : node.getValue()) {
      Origin keyOrigin = tuple.getKeyNode().getStartMark().map(this::origin).orElse(origin);
      if (tuple.getKeyNode() instanceof ScalarNode key) {
        Raw.Field field = new Raw.Field(keyOrigin, convert(tuple.getValueNode(), depth + 1));
        Raw.Field first = fields.putIfAbsent(key.getValue(), field);
        if (first != null) {
          String where = first.keyOrigin().place();
          problems.add(keyOrigin, key.getValue() + " stands here twice, first at " + where);
        }
      } else {
        problems.add(keyOrigin, "a key must be a single word");
      }
    }
    return new Raw.Mapping(origin, fields);
  }

  private Origin origin(Mark mark) {
    return Origin.line(name, mark.getLine() + 1);
  }
}
