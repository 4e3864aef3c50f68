/** The contract in types: topics, headers, fences and every message that stands in a topic. */
@NullMarked
package dev.relevo.common.protocol;

import org.jspecify.annotations.NullMarked;
