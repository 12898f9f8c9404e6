/**
 * The {@code eddy} command: what a user types, and what is said back.
 *
 * <p>Read first: {@link dev.eddy.local.command.Eddy}.
 *
 * <p>Invariant: standard output carries results alone; progress and errors go to standard error.
 * Bad options and bad model directories are one line and exit code 2, before anything is started.
 *
 * <p>Deliberately absent: the meaning of the options of the jobs, which {@code jobs} has.
 */
package dev.eddy.local.command;
