/** x. */
package dev.eddy.operators.training;
