// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.Linears;
import io.millrace.model.safetensors.Codes;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;

/**
 * Rounds the matrices of a decoder with {@link Gptq}, block after block: the Hessians of one block at a time, from what
 * its matrices read when the blocks before are rounded already. Experts, which read few tokens each, are left alone.
 */
final class LayerwiseGptq {
  /** Whether a matrix, by its Hugging Face name, is to be rounded. */
  interface Choice {
    boolean includes(String tensor, int columns);
  }

  /** Takes a rounded matrix under its Hugging Face name. */
  interface Sink {
    void take(String tensor, Codes codes) throws IOException;
  }

  private final Decoder decoder;
  private final Rounding.Gptq settings;
  private final Choice choice;

  /** The weights of {@code decoder} become the rounded ones. */
  LayerwiseGptq(Decoder decoder, Rounding.Gptq settings, Choice choice) {
    this.decoder = decoder;
    this.settings = settings;
    this.choice = choice;
  }

  void run(TokenWindows calibration, CompressionProgress progress, Sink sink) throws IOException {
    int layers = decoder.config().layers();
    try (CalibrationPass pass = new CalibrationPass(decoder, calibration)) {
      for (int layer = 0; layer < layers; layer++) {
        progress.blocks(layer, layers);
        try (Hessians hessians = new Hessians(this::rounds)) {
          pass.look(hessians);
          for (Linears.Projection projection : pass.projections()) {
            if (rounds(projection)) {
              round(projection, hessians.of(projection), sink);
            }
          }
        }
        pass.pass((input, output) -> {});
      }
      progress.blocks(layers, layers);
    }
  }

  private boolean rounds(Linears.Projection projection) {
    return projection.parts().stream().allMatch(part -> choice.includes(tensor(part.name()), (int) projection.inputs()));
  }

  private static String tensor(String projection) {
    return projection + ".weight";
  }

  private void round(Linears.Projection projection, Tensor hessian, Sink sink) throws IOException {
    Codes codes;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor weight = decoder.weights().get(tensor(projection.name()));
      codes = Gptq.round(weight, hessian, settings);
      float[] rounded = new float[codes.values().length];
      for (int r = 0; r < codes.rows(); r++) {
        for (int c = 0; c < codes.columns(); c++) {
          rounded[r * codes.columns() + c] = codes.at(r, c);
        }
      }
      weight.copy_(Tensors.of(rounded, codes.rows(), codes.columns()));
    } catch (IllegalArgumentException e) {
      throw new IOException("tensor " + tensor(projection.name()) + ": " + e.getMessage(), e);
    }
    for (Linears.Part part : projection.parts()) {
      sink.take(tensor(part.name()), codes.rows((int) part.from(), (int) part.rows()));
    }
  }
}
