/** Measures Relevo against the floor of raw Kafka, alternating in one run. */
@NullMarked
package dev.relevo.bench;

import org.jspecify.annotations.NullMarked;
