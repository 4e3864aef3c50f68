/** HTTP as such: the server, its routes, its errors, and who is asking. Knows nothing of jobs. */
@NullMarked
package dev.relevo.gateway.http;

import org.jspecify.annotations.NullMarked;
