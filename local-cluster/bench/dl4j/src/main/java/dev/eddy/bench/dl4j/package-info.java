/**
 * DL4J as a peer, apart from the others: it needs an older javacpp than they do, and a class path
 * has room for one.
 */
package dev.eddy.bench.dl4j;
