/** The values that travel. */
package dev.eddy.serialization;
