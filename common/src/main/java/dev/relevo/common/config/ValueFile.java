package dev.relevo.common.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A value in a file of its own, as container platforms hand secrets over. */
final class ValueFile {
  /** The longest keys in use have some kilobytes: certificates. */
  static final int MAX_BYTES = 64 << 10;

  private ValueFile() {}

  /**
   * Reads it, without the line ends behind it.
   *
   * @param problem takes what is wrong; never what stands in the file
   * @return empty when something is wrong
   */
  static String read(Path file, Consumer<String> problem) {
    try {
      if (Files.isDirectory(file)) {
        problem.accept("is a folder, expected a file with the value");
      } else if (Files.size(file) > MAX_BYTES) {
        problem.accept("is larger than 64KiB, expected a file with nothing but the value");
      } else {
        String text = Files.readString(file).replaceFirst("[\\r\\n]+\\z", "");
        if (text.isBlank()) {
          problem.accept("is empty, expected a file with the value");
        }
        return text.isBlank() ? "" : text;
      }
    } catch (NoSuchFileException missing) {
      problem.accept("does not exist");
    } catch (AccessDeniedException denied) {
      problem.accept("may not be read by the user that runs this");
    } catch (CharacterCodingException notText) {
      problem.accept("is not a text file in UTF-8");
    } catch (IOException unreadable) {
      problem.accept("cannot be read (" + unreadable.getClass().getSimpleName() + ")");
    }
    return "";
  }
}
