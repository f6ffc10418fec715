// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;
import java.util.List;

/**
 * How well a compressed decoder predicts a text, beside the one that it came from.
 *
 * @param tokens that were predicted
 * @param parentPerplexity e to the mean loss of the parent per token
 * @param perplexity the same of the compressed decoder
 * @param sameToken share of positions at which both hold the same token likeliest
 * @param divergence mean KL(parent ‖ compressed) of the distributions of the next token, in nats
 */
public record Agreement(
    long tokens, double parentPerplexity, double perplexity, double sameToken, double divergence) {
  private static final int TOKENS_AT_ONCE = 2048;

  /** Scores of a vocabulary that are in memory at once, for each of both decoders. */
  private static final int MOST_SCORES = 8 << 20;

  /** How much more the compressed decoder is surprised than its parent: 0 for no more. */
  public double perplexityRise() {
    return perplexity / parentPerplexity - 1;
  }

  /**
   * Reads a text with both.
   *
   * @throws IllegalArgumentException when their vocabularies differ or a window is too long for one of them
   */
  public static Agreement of(Decoder parent, Decoder compressed, TokenWindows text, CompressionProgress progress) {
    return ofAll(parent, List.of(compressed), text, progress).getFirst();
  }

  /** As {@link #of}, for several versions of one parent, which reads the text once for all. */
  public static List<Agreement> ofAll(
      Decoder parent, List<Decoder> versions, TokenWindows text, CompressionProgress progress) {
    for (Decoder version : versions) {
      if (parent.config().vocabSize() != version.config().vocabSize()) {
        throw new IllegalArgumentException("vocabularies of %d and of %d tokens: these are not versions of one decoder"
            .formatted(parent.config().vocabSize(), version.config().vocabSize()));
      }
    }
    List<Sums> sums = versions.stream().map(version -> new Sums(parent, version)).toList();
    int rows = text.rowsFor(TOKENS_AT_ONCE);
    for (int from = 0; from < text.count(); from += rows) {
      progress.blocks(from, text.count());
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        TokenWindows.Batch batch = text.batch(from, rows);
        Tensor wanted = hidden(parent, batch);
        sums.forEach(one -> one.add(wanted, batch));
      }
    }
    return sums.stream().map(Sums::result).toList();
  }

  private static Tensor hidden(Decoder decoder, TokenWindows.Batch batch) {
    return decoder.hidden(batch.tokens(), decoder.mask(batch.documents())).reshape(-1, decoder.config().hiddenSize());
  }

  /** Sums over positions; confined to one thread. */
  private static final class Sums {
    private final Decoder parent;
    private final Decoder compressed;
    private long tokens;
    private double parentLoss;
    private double loss;
    private long same;
    private double divergence;

    Sums(Decoder parent, Decoder compressed) {
      this.parent = parent;
      this.compressed = compressed;
    }

    void add(Tensor parentHidden, TokenWindows.Batch batch) {
      Tensor hidden = hidden(compressed, batch);
      int part = Math.max(1, MOST_SCORES / parent.config().vocabSize());
      for (int from = 0; from < batch.positions().length; from += part) {
        int to = Math.min(batch.positions().length, from + part);
        try (Scope _ = Scope.open()) {
          Tensor places = Tensors.of(Arrays.copyOfRange(batch.positions(), from, to), to - from);
          Tensor labels = Tensors.of(Arrays.copyOfRange(batch.labels(), from, to), to - from).unsqueeze(1);
          Tensor wanted = parent.logits(parentHidden.index_select(0, places)).log_softmax(-1);
          Tensor said = compressed.logits(hidden.index_select(0, places)).log_softmax(-1);
          tokens += to - from;
          parentLoss -= wanted.gather(1, labels).sum().item_double();
          loss -= said.gather(1, labels).sum().item_double();
          same += likeliest(wanted).eq(likeliest(said)).sum().item_long();
          divergence += torch.exp(wanted).mul(wanted.sub(said)).sum().item_double();
        }
      }
    }

    private static Tensor likeliest(Tensor scores) {
      return scores.argmax(new LongOptional(-1), false);
    }

    Agreement result() {
      return new Agreement(tokens, Math.exp(parentLoss / tokens), Math.exp(loss / tokens), (double) same / tokens,
          divergence / tokens);
    }
  }
}
