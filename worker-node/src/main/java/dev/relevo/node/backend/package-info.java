/** What a backend adapter is, and the adapters: nothing outside of an adapter knows a provider. */
@NullMarked
package dev.relevo.node.backend;

import org.jspecify.annotations.NullMarked;
