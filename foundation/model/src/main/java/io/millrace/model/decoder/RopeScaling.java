// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.jspecify.annotations.Nullable;

/**
 * How rotary positions are stretched so that a decoder reads further than it was first trained to.
 *
 * <p>Without scaling, pair i of a head turns by {@code theta^(-2i / headDim)} radians per position.
 */
public sealed interface RopeScaling {
  /** No stretching. */
  RopeScaling NONE = new None();

  /**
   * Radians per position of each of the {@code headDim / 2} pairs.
   *
   * @param length tokens of the sequence, on which only {@link Dynamic} depends
   */
  double[] frequencies(int headDim, double theta, int length);

  /** By what sines and cosines are multiplied, so that attention is sharpened by its square. */
  default double attentionFactor() {
    return 1;
  }

  /** The longest sequence of a decoder whose {@code config.json} names that many positions. */
  default int longest(int maxPositions) {
    return maxPositions;
  }

  private static double[] plain(int headDim, double theta) {
    double[] frequencies = new double[headDim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(theta, -2.0 * i / headDim);
    }
    return frequencies;
  }

  private static void atLeastOne(String name, double factor) {
    if (!(factor >= 1) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException("rope scaling: " + name + " " + factor + ": must be at least 1");
    }
  }

  /** No stretching. */
  record None() implements RopeScaling {
    @Override
    public double[] frequencies(int headDim, double theta, int length) {
      return plain(headDim, theta);
    }
  }

  /** Every position is divided by the factor. Source: Chen et al. 2023, Position Interpolation. */
  record Linear(double factor) implements RopeScaling {
    /** Checks the factor. */
    public Linear {
      atLeastOne("factor", factor);
    }

    @Override
    public double[] frequencies(int headDim, double theta, int length) {
      double[] frequencies = plain(headDim, theta);
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] /= factor;
      }
      return frequencies;
    }
  }

  /**
   * The base grows with the sequence once it is longer than the decoder was trained for.
   *
   * @param factor how many times further it may read
   * @param trained positions of its training
   * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">the
   *     formula's source, "dynamic"</a>
   */
  record Dynamic(double factor, int trained) implements RopeScaling {
    /** Checks the factor. */
    public Dynamic {
      atLeastOne("factor", factor);
      atLeastOne("trained positions", trained);
    }

    @Override
    public double[] frequencies(int headDim, double theta, int length) {
      if (length <= trained || headDim <= 2) {
        return plain(headDim, theta);
      }
      double stretch = factor * length / trained - (factor - 1);
      return plain(headDim, theta * Math.pow(stretch, headDim / (headDim - 2.0)));
    }

    @Override
    public int longest(int maxPositions) {
      return (int) Math.min(Integer.MAX_VALUE, Math.floor(factor * maxPositions));
    }
  }

  /**
   * Slow pairs are divided by the factor, fast ones are not, with a ramp in between. Source: Peng et al. 2023, YaRN,
   * section 3.
   *
   * @param factor how many times further it may read
   * @param trained positions of its training
   * @param betaFast pairs that turn more often than this within {@code trained} positions keep their speed
   * @param betaSlow pairs that turn less often than this are divided by the factor
   * @param attention by what sines and cosines are multiplied; null for the paper's 0.1·ln(factor) + 1
   * @param truncate whether the ends of the ramp are rounded to whole pairs
   */
  record Yarn(
      double factor, int trained, double betaFast, double betaSlow, @Nullable Double attention, boolean truncate)
      implements RopeScaling {
    /** Checks the ranges. */
    public Yarn {
      atLeastOne("factor", factor);
      atLeastOne("trained positions", trained);
      if (!(betaFast >= betaSlow) || !(betaSlow > 0)) {
        throw new IllegalArgumentException(
            "rope scaling: beta_fast " + betaFast + " must be at least beta_slow " + betaSlow + ", which must be positive");
      }
    }

    @Override
    public double[] frequencies(int headDim, double theta, int length) {
      double[] frequencies = plain(headDim, theta);
      double low = pairOfTurns(betaFast, headDim, theta);
      double high = pairOfTurns(betaSlow, headDim, theta);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, headDim - 1.0);
      double width = high == low ? 0.001 : high - low;
      for (int i = 0; i < frequencies.length; i++) {
        double slow = Math.clamp((i - low) / width, 0, 1);
        frequencies[i] = frequencies[i] / factor * slow + frequencies[i] * (1 - slow);
      }
      return frequencies;
    }

    /** Which pair, as a fraction, turns that often within the trained positions. */
    private double pairOfTurns(double turns, int headDim, double theta) {
      return headDim * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    @Override
    public int longest(int maxPositions) {
      return Math.max(maxPositions, (int) Math.min(Integer.MAX_VALUE, Math.floor(factor * trained)));
    }

    @Override
    public double attentionFactor() {
      return attention != null ? attention : 0.1 * Math.log(factor) + 1;
    }
  }

  /**
   * As {@link Yarn}, with the ramp along wavelengths. Source: Grattafiori et al. 2024, The Llama 3 Herd of Models, and
   * its code.
   *
   * @param factor by which slow pairs are divided
   * @param lowFrequency wavelengths longer than {@code trained / lowFrequency} are divided
   * @param highFrequency wavelengths shorter than {@code trained / highFrequency} are not
   * @param trained positions of the first training
   */
  record Llama3(double factor, double lowFrequency, double highFrequency, int trained) implements RopeScaling {
    /** Checks the ranges. */
    public Llama3 {
      atLeastOne("factor", factor);
      atLeastOne("trained positions", trained);
      if (!(lowFrequency > 0) || !(highFrequency > lowFrequency)) {
        throw new IllegalArgumentException("rope scaling: high_freq_factor " + highFrequency
            + " must be above low_freq_factor " + lowFrequency + ", which must be positive");
      }
    }

    @Override
    public double[] frequencies(int headDim, double theta, int length) {
      double[] frequencies = plain(headDim, theta);
      for (int i = 0; i < frequencies.length; i++) {
        double turns = trained * frequencies[i] / (2 * Math.PI);
        double keep = Math.clamp((turns - lowFrequency) / (highFrequency - lowFrequency), 0, 1);
        frequencies[i] = frequencies[i] / factor * (1 - keep) + frequencies[i] * keep;
      }
      return frequencies;
    }
  }
}
