/**
 * The settings of every role, read from one YAML file and the environment.
 *
 * <p>Each record of settings holds the table of its own keys ({@code SECTION}): reading, defaults,
 * unknown keys, environment variables and the documentation all come from those tables.
 */
@NullMarked
package dev.relevo.common.config;

import org.jspecify.annotations.NullMarked;
