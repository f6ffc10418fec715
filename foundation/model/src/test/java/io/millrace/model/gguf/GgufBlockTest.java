// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class GgufBlockTest {
  /** Rows of different spread, as weights have: groups of very small and of great values side by side. */
  private static float[] weights(long seed) {
    Random random = new Random(seed);
    float[] values = new float[2048];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * (1 + i / 16 % 5) * 0.01);
    }
    return values;
  }

  private static MemorySegment encoded(GgufType type, float[] values) {
    MemorySegment target = MemorySegment.ofArray(new byte[(int) type.bytes(values.length)]);
    type.encode(values, target);
    return target;
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  void noValueIsFartherThanAStepOfItsGroup(GgufType type) {
    float[] values = weights(1);
    float[] found = type.decode(encoded(type, values));
    int group = type == GgufType.Q6_K ? 16 : 32;
    // Half a step of rounding; in Q4_0 and Q6_K the far end may be cut by one step; scales and offsets round too.
    double steps = switch (type) {
      case Q4_0 -> 1.01 / 8;
      case Q8_0 -> 0.57 / 127; // 0.5, and the scale rounds by 2⁻¹¹ of 127 steps
      case Q4_K -> 2 * 0.6 / 15 + 2.0 / 63;
      default -> 1.01 / 32 + 1.5 / 128;
    };
    for (int from = 0; from < values.length; from += group) {
      // A block's scales are counted in units of its greatest.
      int block = from / 256 * 256;
      double largest = largest(values, from, group) + (type == GgufType.Q4_K || type == GgufType.Q6_K
          ? largest(values, block, 256) / 63 : 0);
      for (int i = from; i < from + group; i++) {
        assertThat((double) found[i]).as("%s %d", type, i).isCloseTo(values[i], within(steps * largest));
      }
    }
  }

  private static double largest(float[] values, int from, int count) {
    double largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  void zerosStayZerosAndInfinityIsRefused(GgufType type) {
    float[] values = new float[256];
    assertThat(type.decode(encoded(type, values))).usingComparatorWithPrecision(0f).containsOnly(0f);
    Arrays.fill(values, 1e9f);
    assertThatThrownBy(() -> encoded(type, values)).hasMessageContaining("too large for F16");
    values[77] = Float.NEGATIVE_INFINITY;
    assertThatThrownBy(() -> encoded(type, values)).hasMessageContaining("element 77");
  }

  @Test
  void aBlockOfSixBitsIsReadAsTheFormatSays() {
    byte[] block = new byte[Q6KBlock.BYTES];
    new Random(2).nextBytes(block);
    block[208] = 0;
    block[209] = 0x38; // the unit is 0.5
    float[] expected = new float[256];
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 32; i++) {
        int low = block[64 * half + i] & 255;
        int next = block[64 * half + 32 + i] & 255;
        int high = block[128 + 32 * half + i] & 255;
        int[] six = {low & 15 | (high & 3) << 4, next & 15 | (high >> 2 & 3) << 4, low >> 4 | (high >> 4 & 3) << 4,
            next >> 4 | high >> 6 << 4};
        for (int k = 0; k < 4; k++) {
          expected[128 * half + 32 * k + i] = 0.5f * block[192 + 8 * half + 2 * k + i / 16] * (six[k] - 32);
        }
      }
    }
    assertThat(GgufType.Q6_K.decode(MemorySegment.ofArray(block))).containsExactly(expected);
  }

  @Test
  void aBlockOfFourBitsWithOffsetsIsReadAsTheFormatSays() {
    byte[] block = new byte[Q4KBlock.BYTES];
    new Random(3).nextBytes(block);
    block[0] = 0;
    block[1] = 0x38; // scales in halves
    block[2] = 0;
    block[3] = 0x3c; // offsets in ones
    float[] found = GgufType.Q4_K.decode(MemorySegment.ofArray(block));
    // The first group's numbers lie whole in bytes 4 and 8; the fifth's are put together from 12, 4 and 8.
    int first = block[16] & 15;
    assertThat(found[0]).isEqualTo(0.5f * (block[4] & 63) * first - (block[8] & 63));
    int scale = block[12] & 15 | (block[4] & 255) >> 6 << 4;
    int offset = (block[12] & 255) >> 4 | (block[8] & 255) >> 6 << 4;
    assertThat(found[4 * 32 + 7]).isEqualTo(0.5f * scale * (block[16 + 64 + 7] & 15) - offset);
    // The sixth shares its bytes with the fifth.
    int next = block[13] & 15 | (block[5] & 255) >> 6 << 4;
    int below = (block[13] & 255) >> 4 | (block[9] & 255) >> 6 << 4;
    assertThat(found[5 * 32 + 7]).isEqualTo(0.5f * next * ((block[16 + 64 + 7] & 255) >> 4) - below);
  }

  @ParameterizedTest
  @CsvSource({"Q4_0, 5, -21.5, -397", "Q8_0, 6, 268.5, 4883", "Q4_K, 3, 24308.5, 3585653", "Q6_K, 2, -6066, 1778534"})
  void ggmlReadsTheSameNumbers(GgufType type, long seed, double sum, double moment) {
    // Its dequantize_row_q4_0, …q8_0, …q4_K and …q6_K read these blocks; sum is Σ v, moment Σ i·v, both exact.
    byte[] block = new byte[(int) type.bytes(type == GgufType.Q4_0 || type == GgufType.Q8_0 ? 32 : 256)];
    new Random(seed).nextBytes(block);
    int scale = type == GgufType.Q6_K ? 208 : 0;
    block[scale] = 0;
    block[scale + 1] = 0x38;
    if (type == GgufType.Q4_K) {
      block[2] = 0;
      block[3] = 0x3c;
    }
    float[] values = type.decode(MemorySegment.ofArray(block));
    assertThat(IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum()).isEqualTo(sum);
    assertThat(IntStream.range(0, values.length).mapToDouble(i -> i * (double) values[i]).sum()).isEqualTo(moment);
  }
}
