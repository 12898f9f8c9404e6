/** x. */
package dev.eddy.operators.graph;
