/** Apache Kafka's own KRaft server, started inside this JVM. */
@NullMarked
package dev.relevo.broker;

import org.jspecify.annotations.NullMarked;
