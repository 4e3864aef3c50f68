/** The thin shell around the core: the loop over Kafka, the attempts' threads, the beats. */
@NullMarked
package dev.relevo.node.kafka;

import org.jspecify.annotations.NullMarked;
