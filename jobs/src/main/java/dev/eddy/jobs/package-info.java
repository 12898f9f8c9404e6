/** x. */
package dev.eddy.jobs;
