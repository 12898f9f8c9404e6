/**
 * What Eddy is measured against, one class for each way to run it.
 *
 * <p>Invariant: each is as fast as its library allows in the way its name says; a class needs of
 * Eddy only {@link dev.eddy.bench.Contestant}, {@link dev.eddy.bench.Case} and {@link
 * dev.eddy.bench.Parameters}.
 */
package dev.eddy.bench.peers;
