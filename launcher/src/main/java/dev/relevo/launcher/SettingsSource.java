package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The settings with which a process was started, and how to read them again.
 *
 * @param file the one they were read from, if there was one
 * @param again reads them anew, by the same options and variables; throws what reading throws
 */
record SettingsSource(Settings settings, Optional<Path> file, Supplier<Settings> again) {}
