// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code silu(gate) · up} and its gradient. BF16, contiguous; gate and up lie side by side in a row, [rows, 2 · inner],
 * with whole vectors in {@code inner}. Source: Shazeer 2020.
 */
public final class SwiGluKernel {
  private SwiGluKernel() {}

  /** Writes {@code out}, [rows, inner]. */
  public static void forward(Tensor gateUp, Tensor out) {
    int inner = (int) out.size(-1);
    MemorySegment from = Tensors.segment(gateUp);
    MemorySegment to = Tensors.segment(out);
    Rows.share((int) (out.numel() / inner), (part, first, last) -> {
      for (int row = first; row < last; row++) {
        row(from, to, (long) row * inner, inner);
      }
    });
  }

  private static void row(MemorySegment from, MemorySegment to, long at, int inner) {
    for (int c = 0; c < inner; c += Lanes.N) {
      FloatVector gate = Lanes.load(from, 2 * at + c);
      Lanes.store(gate.mul(sigmoid(gate)).mul(Lanes.load(from, 2 * at + inner + c)), to, at + c);
    }
  }

  private static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(VectorMath.exp(x.neg()).add(1));
  }

  /**
   * Overwrites gate and up with their gradients.
   *
   * @param gradient at the output, [rows, inner]
   */
  public static void backward(Tensor gradient, Tensor gateUp) {
    int inner = (int) gradient.size(-1);
    MemorySegment g = Tensors.segment(gradient);
    MemorySegment x = Tensors.segment(gateUp);
    Rows.share((int) (gradient.numel() / inner), (part, first, last) -> {
      float[] silu = new float[inner];
      float[] slope = new float[inner];
      for (int row = first; row < last; row++) {
        long at = (long) row * inner;
        curve(x, 2 * at, inner, silu, slope);
        turn(g, x, at, inner, silu, slope);
      }
    });
  }

  /** The values of silu at the gates and its derivatives there. */
  private static void curve(MemorySegment gates, long at, int inner, float[] silu, float[] slope) {
    for (int c = 0; c < inner; c += Lanes.N) {
      FloatVector gate = Lanes.load(gates, at + c);
      FloatVector s = sigmoid(gate);
      FloatVector value = gate.mul(s);
      value.intoArray(silu, c);
      // silu' = s · (1 + gate · (1 - s)) = s + silu · (1 - s)
      s.add(value.mul(s.neg().add(1))).intoArray(slope, c);
    }
  }

  private static void turn(MemorySegment g, MemorySegment x, long at, int inner, float[] silu, float[] slope) {
    for (int c = 0; c < inner; c += Lanes.N) {
      FloatVector arrived = Lanes.load(g, at + c);
      FloatVector up = Lanes.load(x, 2 * at + inner + c);
      Lanes.store(arrived.mul(up).mul(FloatVector.fromArray(Lanes.F, slope, c)), x, 2 * at + c);
      Lanes.store(arrived.mul(FloatVector.fromArray(Lanes.F, silu, c)), x, 2 * at + inner + c);
    }
  }
}
