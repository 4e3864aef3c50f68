/** For producers' tests: Kafka, a dispatcher and nodes in this JVM, whose models are scripted. */
@NullMarked
package dev.relevo.testkit;

import org.jspecify.annotations.NullMarked;
