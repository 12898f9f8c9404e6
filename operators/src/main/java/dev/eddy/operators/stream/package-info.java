/** x. */
package dev.eddy.operators.stream;
