/** x. */
package dev.eddy.local;
