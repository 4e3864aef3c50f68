/**
 * What can be seen and steered over HTTP besides single jobs: nodes, models, lists of jobs, dead
 * letters.
 */
@NullMarked
package dev.relevo.gateway.operate;

import org.jspecify.annotations.NullMarked;
