/** The {@code relevo} command: all roles in one JVM, each role alone, and the tools. */
@NullMarked
package dev.relevo.launcher;

import org.jspecify.annotations.NullMarked;
