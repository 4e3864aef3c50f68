/** What every adapter has to keep to, as tests that its author can run. */
@NullMarked
package dev.relevo.node.contract;

import org.jspecify.annotations.NullMarked;
