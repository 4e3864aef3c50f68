/**
 * What people who look after a house want to know of it and do to it, without a terminal: who is
 * there, where jobs are, what died and how it runs again, all read in Kafka alone.
 */
@NullMarked
package dev.relevo.operator;

import org.jspecify.annotations.NullMarked;
