// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.kernel.CausalSoftmaxKernel;
import io.millrace.tensor.kernel.RmsNormKernel;
import io.millrace.tensor.kernel.RotaryKernel;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;

/**
 * One forward pass through all layers of a dense decoder in BF16 with its backward pass by hand, a leaf of libtorch's
 * graph for the caller.
 *
 * <p>libtorch records an operation at a time, and on a processor most of a small model's step goes to reading and
 * writing memory between them; here each stretch between two matrix products is one pass over memory. With
 * checkpointing only the stream at each layer's input is kept, and a layer is computed again on the way back.
 */
final class FusedPass {
  private final FusedLayers layers;
  private final Buffers kept;
  private final Runnable done;
  private final boolean checkpointing;
  private final FusedAttention attention;
  private final List<FusedBlock.Kept> saved = new ArrayList<>();
  private final Tensor embedded;
  private boolean over;

  private FusedPass(FusedLayers layers, Buffers kept, Runnable done, boolean checkpointing, Tensor embedded, int[] starts) {
    this.layers = layers;
    this.kept = kept;
    this.done = done;
    this.checkpointing = checkpointing;
    this.embedded = embedded;
    DecoderConfig config = layers.config();
    int length = (int) embedded.size(1);
    int heads = config.heads() / config.kvHeads();
    RotaryEmbedding.Tables tables = layers.rotary().tables(length);
    attention = new FusedAttention(
        // Held by this scope too: a longer sequence makes new tables, and the way back still needs these.
        new RotaryKernel(length, config.kvHeads(), heads, config.headDim(), new Tensor(tables.cosines()),
            new Tensor(tables.sines()), 1 / Math.sqrt(config.headDim())),
        new CausalSoftmaxKernel(starts, length, config.kvHeads(), heads), length, config.kvHeads(), heads, config.headDim());
  }

  /**
   * The last hidden states, normalised: [batch, time, hiddenSize].
   *
   * @param embedded [batch, time, hiddenSize], of libtorch's graph
   * @param starts the first key that each token sees
   * @param kept memory for the activations, this pass's own until {@code done} is run
   * @param done run once the backward pass is over
   */
  static Tensor apply(
      FusedLayers layers, Tensor embedded, int[] starts, boolean checkpointing, Buffers kept, Runnable done) {
    FusedPass pass = new FusedPass(layers, kept, done, checkpointing, embedded, starts);
    Tensor leaf = pass.forward().requires_grad_(true);
    leaf.register_hook(new VoidTensorHook() {
      @Override
      public void call(TensorBase gradient) {
        try (Scope _ = Scope.open();
            NoGrad _ = NoGrad.open()) {
          pass.backward(new Tensor(gradient));
        }
      }
    });
    return leaf;
  }

  private String name(int layer) {
    return checkpointing ? "layer." : layer + ".";
  }

  private Tensor forward() {
    Tensor end;
    try (NoGrad _ = NoGrad.open()) {
      long width = embedded.size(2);
      long tokens = embedded.numel() / width;
      Buffers passing = layers.passing();
      Tensor x = kept.get("embedded", tokens, width);
      x.copy_(embedded.detach().view(tokens, width));
      Tensor added = null;
      for (int i = 0; i < layers.blocks().size(); i++) {
        try (Scope _ = Scope.open()) {
          FusedBlock block = layers.blocks().get(i);
          FusedBlock.Kept layer = block.forward(x, added, added == null ? x : kept.get("x" + i, tokens, width), attention, kept, passing, name(i));
          saved.add(layer);
          x = block.middle(layer, kept, name(i));
          added = block.last(layer, kept, passing, name(i));
        }
      }
      Tensor hidden = torch.empty_like(embedded).detach();
      saved.add(new FusedBlock.Kept(kept.get("end", tokens, width),
          RmsNormKernel.forward(x, added, kept.get("end", tokens, width), layers.norm(), layers.config().rmsNormEps(), hidden),
          new float[0]));
      end = hidden;
    }
    return end;
  }

  private void backward(Tensor gradient) {
    if (over) {
      throw new IllegalStateException("a second backward pass through one forward pass: its activations are used up");
    }
    over = true;
    Buffers passing = layers.passing();
    FusedBlock.Kept end = saved.getLast();
    long tokens = end.x().size(0);
    long width = end.x().size(1);
    Tensor stream = passing.get("stream", tokens, width);
    Gradients gradients = new Gradients(layers.listener());
    gradients.addVector(layers.norm(),
        RmsNormKernel.backward(gradient.contiguous(), end.x(), layers.norm(), end.factors1(), null, stream));
    for (int i = layers.blocks().size() - 1; i >= 0; i--) {
      try (Scope _ = Scope.open()) {
        FusedBlock block = layers.blocks().get(i);
        FusedBlock.Kept layer = saved.get(i);
        if (checkpointing) {
          layer = block.forward(layer.x(), null, layer.x(), attention, kept, passing, name(i));
        }
        block.backward(stream, layer, attention, kept, passing, name(i), gradients);
      }
    }
    if (embedded.requires_grad()) {
      torch.backward(new TensorVector(embedded), new TensorVector(stream.view(embedded.shape())), new BoolOptional(false),
          false, new TensorVector());
    }
    done.run();
  }
}
