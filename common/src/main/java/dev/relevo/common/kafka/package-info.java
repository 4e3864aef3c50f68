/** The way to Kafka: clients with our defaults, clear errors, and the rules of the topics. */
@NullMarked
package dev.relevo.common.kafka;

import org.jspecify.annotations.NullMarked;
