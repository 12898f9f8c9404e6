/**
 * A corpus played through both jobs, and what came of it, read from the topics alone.
 *
 * <p>Read first: {@code Demo}, then {@code Play} for the order of the events and {@code Scoreboard}
 * for the numbers.
 *
 * <p>Invariant: no number of the result comes from anywhere but committed records.
 *
 * <p>Deliberately absent: knowledge of how the jobs work; they could run on another machine.
 */
package dev.eddy.local.demo;
