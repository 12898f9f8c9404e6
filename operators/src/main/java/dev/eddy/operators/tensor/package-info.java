/** x. */
package dev.eddy.operators.tensor;
