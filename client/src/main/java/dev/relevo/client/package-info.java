/** What a producer embeds: submit jobs, read their answers. */
@NullMarked
package dev.relevo.client;

import org.jspecify.annotations.NullMarked;
