/** The house in simulated time: real cores, a log, a network and clocks drawn from one seed. */
@NullMarked
package dev.relevo.simulation;

import org.jspecify.annotations.NullMarked;
