package dev.relevo.common.config;

/**
 * A setting that was given on the command line.
 *
 * @param name as it was written, such as {@code --bootstrap}; messages about the value name it
 * @param key the setting it stands for, such as {@code kafka.bootstrap-servers}
 * @param value what was given, written as in the file
 */
public record Flag(String name, String key, String value) {}
