package dev.relevo.common.config;

/**
 * One setting and what it is called.
 *
 * @param key as in the file, with dots: {@code kafka.topics.slots}; elements of lists are {@code
 *     [0]}
 * @param variable the environment variable that overrides it
 */
record SettingPath(String key, String variable, Entry.Setting<?> setting) {}
