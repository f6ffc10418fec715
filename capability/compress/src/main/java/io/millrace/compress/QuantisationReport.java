// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

/**
 * What became of a checkpoint.
 *
 * @param matrices tensors that were quantised
 * @param bytesBefore of all tensors
 * @param bytesAfter of all tensors, scales included
 * @param worst the largest of the matrices' relative errors
 * @param meanError relative error over all quantised weights: ‖w − ŵ‖ / ‖w‖
 */
public record QuantisationReport(
    int matrices, long bytesBefore, long bytesAfter, MatrixError worst, double meanError) {
  /**
   * What rounding cost one matrix.
   *
   * @param relativeError ‖w − ŵ‖ / ‖w‖
   * @param largestError max |w − ŵ|
   */
  public record MatrixError(String tensor, double relativeError, double largestError) {}

  /** Size after by size before. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
