/** Routes each job to one node by strategy, and takes it over when that node fails. */
@NullMarked
package dev.relevo.dispatcher;

import org.jspecify.annotations.NullMarked;
