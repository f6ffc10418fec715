// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.FeedForward;
import io.millrace.model.decoder.Linears;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Calibration texts on their way through a decoder, one block at a time: what lies before a block is kept, so that the
 * block can be looked at, changed, and then passed. Memory is that of the activations between two blocks.
 */
final class CalibrationPass implements AutoCloseable {
  private static final int TOKENS_AT_ONCE = 2048;

  private final Decoder decoder;
  private final ObservedLinears linears;
  private final List<Tensor> masks = new ArrayList<>();
  private List<Tensor> states = new ArrayList<>();
  private int layer;

  /** Begins before the first block. The pass computes with, and may change, the weights of {@code decoder}. */
  CalibrationPass(Decoder decoder, TokenWindows text) {
    this.linears = new ObservedLinears();
    this.decoder = new Decoder(decoder.config(), borrowed(decoder.weights()), linears, FeedForward.Factory.PLAIN);
    int rows = text.rowsFor(TOKENS_AT_ONCE);
    for (int from = 0; from < text.count(); from += rows) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        TokenWindows.Batch batch = text.batch(from, rows);
        masks.add(Scope.keep(decoder.mask(batch.documents())));
        states.add(Scope.keep(decoder.embedded(batch.tokens())));
      }
    }
  }

  private static Weights borrowed(Weights weights) {
    return Weights.of(weights.dtype(), weights.named());
  }

  /** The matrices of the block that comes next. */
  List<Linears.Projection> projections() {
    return linears.under("model.layers." + layer + ".");
  }

  /** Lets somebody look at what the matrices of the next block read; does not pass it. */
  void look(ObservedLinears.Observer observer) {
    linears.observe(observer);
    for (int i = 0; i < states.size(); i++) {
      int batch = i;
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        decoder.block(layer, states.get(batch), masks.get(batch));
      }
    }
    linears.unobserved();
  }

  /** Who compares what goes into a block with what comes out. */
  interface Comparison {
    /** Both [batch, time, hiddenSize]. */
    void between(Tensor input, Tensor output);
  }

  /** Passes the next block as it is now. */
  void pass(Comparison comparison) {
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        Tensor output = Scope.keep(decoder.block(layer, states.get(i), masks.get(i)));
        outputs.add(output);
        comparison.between(states.get(i), output);
      }
      Scope.free(states.get(i));
    }
    states = outputs;
    layer++;
  }

  @Override
  public void close() {
    states.forEach(Scope::free);
    masks.forEach(Scope::free);
    decoder.close();
  }
}
