package dev.relevo.launcher;

import java.util.concurrent.Callable;

/** A command that runs until it is stopped, and logs. */
interface RoleCommand extends Callable<Integer> {}
