/** The jobs API: submit, look at, follow and stop jobs over HTTP. */
@NullMarked
package dev.relevo.gateway.jobs;

import org.jspecify.annotations.NullMarked;
