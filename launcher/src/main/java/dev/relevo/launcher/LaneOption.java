package dev.relevo.launcher;

import dev.relevo.common.protocol.Lane;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lanes by the names that people use. */
final class LaneOption implements ITypeConverter<Lane>, Iterable<String> {
  @Override
  public Lane convert(String text) {
    return Arrays.stream(Lane.values())
        .filter(lane -> lane.text().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "'" + text + "' is no lane; there are " + String.join(" and ", this)));
  }

  @Override
  public Iterator<String> iterator() {
    return Stream.of(Lane.values()).map(Lane::text).iterator();
  }
}
