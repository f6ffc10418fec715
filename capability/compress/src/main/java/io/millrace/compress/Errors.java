// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.compress.QuantisationReport.MatrixError;
import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.TensorView;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Adds up what rounding cost the matrices of a model. Confined to one thread. */
final class Errors {
  private final List<MatrixError> errors = new ArrayList<>();
  private double squaredError;
  private double squaredWeight;

  /** Compares a matrix with what it was. */
  void add(TensorView before, Codes after) {
    double error = 0;
    double weight = 0;
    double largest = 0;
    for (int r = 0; r < after.rows(); r++) {
      for (int c = 0; c < after.columns(); c++) {
        double was = before.floatAt((long) r * after.columns() + c);
        double d = was - after.at(r, c);
        error += d * d;
        weight += was * was;
        largest = Math.max(largest, Math.abs(d));
      }
    }
    errors.add(new MatrixError(before.name(), relative(error, weight), largest));
    squaredError += error;
    squaredWeight += weight;
  }

  QuantisationReport report(Path model, long bytesBefore, long bytesAfter) throws IOException {
    MatrixError worst = errors.stream()
        .max((a, b) -> Double.compare(a.relativeError(), b.relativeError()))
        .orElseThrow(() -> new IOException(model + ": expected a model with matrices, found none"));
    return new QuantisationReport(errors.size(), bytesBefore, bytesAfter, worst, relative(squaredError, squaredWeight));
  }

  private static double relative(double squaredError, double squaredWeight) {
    return squaredWeight == 0 ? 0 : Math.sqrt(squaredError / squaredWeight);
  }
}
