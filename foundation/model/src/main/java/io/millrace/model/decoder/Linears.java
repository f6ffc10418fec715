// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;

import java.util.List;

/**
 * How a decoder gets its matrices: plainly from its weights, or with something around them, such as low-rank adapters,
 * quantised storage or slices on several machines.
 *
 * <p>The decoder asks once for each projection when it is made. Whatever a factory adds to learn should be in the same
 * {@link Weights}, so that it follows {@link Decoder#as} and {@link Decoder#on}.
 */
@FunctionalInterface
public interface Linears {
  /** Each matrix as it is in the weights: {@code name.weight} and, where the projection has one, {@code name.bias}. */
  Linears PLAIN = (projection, weights) -> Linear.of(
      weights.get(projection.name() + ".weight"), projection.bias() ? weights.get(projection.name() + ".bias") : null);

  /**
   * The matrix for one place of the decoder.
   *
   * <p>A result for query, key and value may return fewer outputs than the projection has, as long as it returns the
   * same share of each part and whole groups of heads: attention then works on these heads only. Likewise for gate and
   * up. The projection that follows must then take that many inputs.
   */
  Linear linear(Projection projection, Weights weights);

  /**
   * A place for a matrix.
   *
   * @param name without ".weight", such as {@code model.layers.0.self_attn.qkv}
   * @param inputs width of what it reads
   * @param outputs width of what it writes
   * @param bias whether it adds a bias
   * @param parts the projections of a Hugging Face file that it joins, one after another along the outputs; one part
   *     of the same name if it joins none
   */
  record Projection(String name, long inputs, long outputs, boolean bias, List<Part> parts) {
    /** Copies the parts and checks that they make up the outputs. */
    public Projection {
      parts = List.copyOf(parts);
      long at = 0;
      for (Part part : parts) {
        if (part.from() != at) {
          throw new IllegalArgumentException(name + ": part " + part.name() + " begins at " + part.from() + ", not " + at);
        }
        at += part.rows();
      }
      if (at != outputs) {
        throw new IllegalArgumentException(name + ": parts of " + at + " rows in all, but " + outputs + " outputs");
      }
    }

    /** A projection that joins nothing. */
    static Projection single(String name, long inputs, long outputs) {
      return new Projection(name, inputs, outputs, false, List.of(new Part(name, 0, outputs)));
    }
  }

  /**
   * The rows of one Hugging Face projection within a joined matrix.
   *
   * @param name without ".weight", such as {@code model.layers.0.self_attn.q_proj}
   * @param from its first row
   * @param rows how many
   */
  record Part(String name, long from, long rows) {}
}
