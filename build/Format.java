import com.google.googlejavaformat.java.Main;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Holds every Java source of the project to google-java-format: {@code check} lists the files that differ and fails,
 * {@code write} rewrites them. Run by the build through {@code mvn -N validate [-Dformat=write]}.
 */
public final class Format {
  public static void main(String[] args) throws Exception {
    boolean write = args.length > 0 && args[0].equals("write");
    List<String> command = new ArrayList<>();
    command.addAll(write ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    int options = command.size();
    try (Stream<Path> paths = Files.walk(Path.of(""))) {
      paths.filter(Format::isSource).map(Path::toString).sorted().forEach(command::add);
    }
    if (command.size() == options) {
      return;
    }
    PrintWriter out = new PrintWriter(System.out, true);
    int exit = new Main(out, new PrintWriter(System.err, true), System.in).format(command.toArray(String[]::new));
    if (exit != 0) {
      System.err.println("Not formatted: the files named above. Format them with: mvn -q -N validate -Dformat=write");
      System.exit(1);
    }
  }

  private static boolean isSource(Path path) {
    String name = path.toString();
    return name.endsWith(".java") && name.contains("src/") && !name.contains("target/");
  }
}
