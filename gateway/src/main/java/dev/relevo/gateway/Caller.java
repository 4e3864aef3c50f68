package dev.relevo.gateway;

import dev.relevo.gateway.http.Principal;

/**
 * Somebody who is known.
 *
 * @param principal who he is, and what he may do
 * @param allowance how much
 */
record Caller(Principal principal, Allowance allowance) {}
