package dev.eddy.operators.tensor;

/** The numbers of one optimizer step; {@code step} counts from 1. */
public record AdamStep(float learningRate, float beta1, float beta2, float epsilon, long step) {}
