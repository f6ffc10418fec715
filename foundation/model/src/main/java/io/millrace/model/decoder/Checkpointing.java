// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Residence;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Runs blocks without recording them, and computes each again when the gradient arrives: memory for one block's
 * activations instead of all blocks'. Source: Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost.
 *
 * <p>The result is a leaf of the gradient graph with a hook; the hook walks the blocks backwards. So the caller's
 * {@code backward()} does everything, and no block's graph exists longer than its own part of it.
 */
final class Checkpointing {
  private final List<Block> blocks;
  private final Tensor embedded;
  private final Tensor mask;
  private final AuxiliaryLosses auxiliary;
  private final Residence residence;
  private final Tensor[] inputs;

  private Checkpointing(
      List<Block> blocks, Tensor embedded, Tensor mask, AuxiliaryLosses auxiliary, Residence residence) {
    this.blocks = blocks;
    this.embedded = embedded;
    this.mask = mask;
    this.auxiliary = auxiliary;
    this.residence = residence;
    this.inputs = new Tensor[blocks.size()];
  }

  /** The output of the last block; see {@link Block#apply}. */
  static Tensor apply(
      List<Block> blocks, Tensor embedded, Tensor mask, AuxiliaryLosses auxiliary, Residence residence) {
    return new Checkpointing(blocks, embedded, mask, auxiliary, residence).forward();
  }

  private Tensor forward() {
    Tensor x = embedded.detach();
    double[] extra = new double[1];
    boolean[] routed = new boolean[1];
    try (NoGrad _ = NoGrad.open()) {
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = x;
        Block block = blocks.get(i);
        Tensor input = x;
        residence.enter(DecoderWeights.layer(i));
        x = Scope.only(() -> {
          AuxiliaryLosses own = auxiliary.part();
          Tensor y = block.apply(input, mask, null, own);
          Tensor total = own.total();
          if (total != null) {
            routed[0] = true;
            extra[0] += total.item_double();
          }
          auxiliary.merge(own.values());
          return y;
        });
        residence.leave(DecoderWeights.layer(i));
      }
    }
    return routed[0] ? leafWithLosses(x, extra[0]) : leaf(x);
  }

  private Tensor leaf(Tensor x) {
    Tensor leaf = x.detach().requires_grad_(true);
    leaf.register_hook(hook(gradient -> backward(gradient, null)));
    return leaf;
  }

  /**
   * One leaf for the output and the auxiliary losses, so that the gradients of both arrive together.
   *
   * <p>The losses' place in it holds a zero, since their value would lose digits in the leaf's number format.
   */
  private Tensor leafWithLosses(Tensor x, double value) {
    long elements = x.numel();
    long[] shape = x.shape();
    TensorVector both = new TensorVector(x.reshape(-1), torch.zeros(new long[] {1}, x.options()));
    Tensor leaf = torch.cat(both, 0).requires_grad_(true);
    leaf.register_hook(hook(gradient -> backward(
        gradient.narrow(0, 0, elements).view(shape), gradient.narrow(0, elements, 1).view(new long[0]))));
    Tensor zero = leaf.narrow(0, elements, 1).view(new long[0]);
    auxiliary.include(zero.to(AuxiliaryLosses.format(x).torch()).add(new Scalar(value)));
    return leaf.narrow(0, 0, elements).view(shape);
  }

  private interface Arrival {
    void gradient(Tensor gradient);
  }

  private static VoidTensorHook hook(Arrival arrival) {
    return new VoidTensorHook() {
      @Override
      public void call(TensorBase gradient) {
        try (Scope _ = Scope.open()) {
          arrival.gradient(new Tensor(gradient));
        }
      }
    };
  }

  private void backward(Tensor output, @Nullable Tensor losses) {
    boolean recording = GradMode.is_enabled();
    GradMode.set_enabled(true);
    try {
      Tensor gradient = output;
      for (int i = inputs.length - 1; i >= 0; i--) {
        Tensor arrived = gradient;
        int layer = i;
        residence.enter(DecoderWeights.layer(layer));
        gradient = Scope.only(() -> recompute(layer, arrived, losses));
        residence.leave(DecoderWeights.layer(layer));
      }
      if (embedded.requires_grad()) {
        torch.backward(new TensorVector(embedded), new TensorVector(gradient), retainNothing(), false, new TensorVector());
      }
    } finally {
      GradMode.set_enabled(recording);
    }
  }

  /** The gradient at the input of one block, whose parameters get theirs. */
  private Tensor recompute(int layer, Tensor output, @Nullable Tensor losses) {
    Tensor x = inputs[layer].detach().requires_grad_(true);
    TensorVector roots = new TensorVector();
    TensorVector gradients = new TensorVector(output);
    // Java's references to the activations go before the walk back, which frees each as soon as it is used.
    try (Scope _ = Scope.open()) {
      AuxiliaryLosses own = auxiliary.part();
      roots.push_back(blocks.get(layer).apply(x, mask, null, own));
      Tensor total = own.total();
      if (total != null && losses != null) {
        roots.push_back(total);
        gradients.push_back(losses.to(total.scalar_type()));
      }
    }
    torch.backward(roots, gradients, retainNothing(), false, new TensorVector());
    return new Tensor(x.grad()); // grad() itself is only a view into x, which dies here
  }

  private static BoolOptional retainNothing() {
    return new BoolOptional(false);
  }
}
