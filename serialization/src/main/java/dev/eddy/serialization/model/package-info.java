/**
 * Models at rest and on their way: the model directory ({@link
 * dev.eddy.serialization.model.ModelDirectory}, read it first), its weights in the safetensors
 * format, and the same bytes cut into the records of the model topic.
 *
 * <p>Invariant: whatever leaves this package as a {@link dev.eddy.serialization.ModelSnapshot} is
 * whole, of the shapes that its config asks for, and finite.
 *
 * <p>Absent on purpose: tensors that compute, and other number formats than float32.
 */
package dev.eddy.serialization.model;
