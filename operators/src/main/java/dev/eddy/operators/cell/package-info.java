/** x. */
package dev.eddy.operators.cell;
