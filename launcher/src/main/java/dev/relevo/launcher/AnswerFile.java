package dev.relevo.launcher;

import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.operator.batch.BoundedLines.Line;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The file of answers. It alone says what is answered: a line stands in it or not, and half a line,
 * which a killed run may leave behind, is cut off. One process has it at a time.
 */
final class AnswerFile implements AnswerSink {
  /** More than the longest answer takes, however its letters have to be written. */
  static final int MOST_LINE = 64 << 20;

  private static final int TAIL_BYTES = 4_096;

  private final Path path;
  private FileChannel channel;

  private AnswerFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens the file, and makes it if need be.
   *
   * @throws CommandProblem when that cannot be, or another process has it
   */
  static AnswerFile open(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw CommandProblem.wrongUse(path + " is no file: name one for the answers with --out.");
    }
    try {
      return new AnswerFile(path, lock(path, openChannel(path)));
    } catch (NoSuchFileException e) {
      throw CommandProblem.wrongUse("There is no folder for %s: make it first.".formatted(path), e);
    } catch (AccessDeniedException e) {
      throw CommandProblem.wrongUse("%s may not be written to.".formatted(path), e);
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  private static FileChannel openChannel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static FileChannel lock(Path path, FileChannel channel) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw CommandProblem.wrongUse(
          "Another ./relevo submit writes to %s: wait for it, or name another file with --out."
              .formatted(path));
    }
    return channel;
  }

  /** Whether the file still begins with what it was when the journal was written. */
  boolean goesOn(BatchJournal journal) {
    try {
      return channel.size() >= journal.written() && tail(journal.written()).equals(journal.tail());
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  /** A journal for what is written up to now. */
  BatchJournal journal(BatchIds ids, long offset) {
    try {
      long written = channel.size();
      return new BatchJournal(ids.batch(), offset, written, tail(written));
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  private String tail(long before) throws IOException {
    long from = Math.max(0, before - TAIL_BYTES);
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(before - from));
    while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
      // Read on.
    }
    return HexFormat.of().formatHex(BatchIds.sha256(bytes.array()));
  }

  /**
   * Reads all answers that stand there, cuts off half a line at the end, and goes on behind.
   *
   * @return how many bytes were cut off
   * @throws CommandProblem when something stands there that is no answer; then nothing is changed
   */
  long load(Consumer<BatchAnswers.Known> each) {
    try {
      long end = 0;
      channel.position(0);
      BoundedLines lines = new BoundedLines(input(), MOST_LINE);
      for (Line line = lines.next(); line != null; line = lines.next()) {
        BatchAnswers.Known known =
            line.tooLong() ? null : BatchAnswers.read(line.bytes()).orElse(null);
        if (known != null) {
          each.accept(known);
          end = line.offset() + line.bytes().length + 1;
        } else if (!line.ended() && isBeginning(line.bytes())) {
          end = line.offset();
        } else if (!line.isBlank()) {
          throw CommandProblem.wrongUse(
              "%s:%d is no answer that this command wrote: name another file with --out."
                  .formatted(path, line.number()));
        }
      }
      return cut(end);
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  /** Cuts off what stands behind the last answer, or ends its line. */
  private long cut(long end) throws IOException {
    long size = channel.size();
    if (end > size) {
      channel.position(size);
      write(ByteBuffer.wrap(new byte[] {'\n'}));
      return 0;
    }
    channel.truncate(end);
    channel.position(end);
    return size - end;
  }

  private static boolean isBeginning(byte[] torn) {
    String begun = new String(torn, StandardCharsets.UTF_8);
    return begun.startsWith(BatchAnswers.BEGINNING) || BatchAnswers.BEGINNING.startsWith(begun);
  }

  /**
   * Takes lines out. The file is replaced as a whole; half a line at its end goes, too.
   *
   * @return how many lines went
   */
  long keep(Predicate<BatchAnswers.Known> wanted) {
    Path kept = path.resolveSibling(path.getFileName() + ".kept");
    try {
      Files.deleteIfExists(kept);
      FileChannel fresh = lock(kept, openChannel(kept));
      long gone = copy(wanted, fresh);
      if (gone == 0) {
        fresh.close();
        Files.delete(kept);
        return 0;
      }
      fresh.force(true);
      Files.move(kept, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      channel.close();
      channel = fresh;
      return gone;
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  private long copy(Predicate<BatchAnswers.Known> wanted, FileChannel to) throws IOException {
    long gone = 0;
    channel.position(0);
    BoundedLines lines = new BoundedLines(input(), MOST_LINE);
    for (Line line = lines.next(); line != null; line = lines.next()) {
      BatchAnswers.Known known = BatchAnswers.read(line.bytes()).orElse(null);
      if (known != null && !wanted.test(known)) {
        gone++;
      } else if (known != null) {
        writeAll(to, line(line.bytes()));
      } else if (line.ended() && !line.isBlank()) {
        throw CommandProblem.wrongUse(
            "%s:%d is no answer that this command wrote: name another file with --out."
                .formatted(path, line.number()));
      }
    }
    return gone;
  }

  private InputStream input() {
    return Channels.newInputStream(channel);
  }

  @Override
  public void append(byte[] line) {
    try {
      write(line(line));
    } catch (IOException e) {
      throw problem(path, e);
    }
  }

  private static ByteBuffer line(byte[] line) {
    return ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
  }

  private void write(ByteBuffer bytes) throws IOException {
    writeAll(channel, bytes);
  }

  private static void writeAll(FileChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private static CommandProblem problem(Path path, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return CommandProblem.failed(
        "%s cannot be read or written (%s); what stands in it is good: put that right and run it again."
            .formatted(path, reason));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw problem(path, e);
    }
  }
}
