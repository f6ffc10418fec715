// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/** A model that has learnt nothing: its logits are random, with likings of its own for some tokens. */
final class RandomModel {
  private final Vocabulary vocabulary;
  private final Random random;
  private final float[] likings;

  RandomModel(Vocabulary vocabulary, long seed) {
    this.vocabulary = vocabulary;
    random = new Random(seed);
    likings = new float[vocabulary.size() + 3]; // models have more logits than there are tokens
    float strength = random.nextInt(4);
    for (int i = 0; i < likings.length; i++) {
      likings[i] = strength * (float) random.nextGaussian();
    }
  }

  /** Writes a text of a form in so many tokens at most, and checks that it could not have gone wrong on the way. */
  String write(OutputForm form, int tokens) {
    byte[] bytes = bytes(form, tokens);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return fail("not UTF-8: " + new String(bytes, StandardCharsets.UTF_8));
    }
  }

  /** The same for forms that allow any bytes. */
  String writeBytes(OutputForm form, int tokens) {
    return new String(bytes(form, tokens), StandardCharsets.UTF_8);
  }

  private byte[] bytes(OutputForm form, int tokens) {
    FormState state = form.start(tokens);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] forced = {};
    int forcedFrom = 0;
    for (int left = tokens; left > 0; left--) {
      float[] logits = new float[likings.length];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = likings[i] + (float) random.nextGaussian();
      }
      if (forced.length == 0 && random.nextInt(3) == 0) {
        forced = state.forced();
        forcedFrom = text.size();
      }
      FormState before = state.fork();
      assertThat(state.closingTokens()).isLessThanOrEqualTo(left);
      state.mask(logits, left);
      int token = best(logits);
      if (token < 0) {
        fail("no token may follow " + text + ", complete: " + state.complete());
      }
      long[] bits = before.allowed(left);
      assertThat(bits[token >> 6] >>> token & 1).isOne();
      state.accept(token);
      if (token == Vocabularies.END) {
        assertThat(before.complete()).isTrue();
        break;
      }
      text.writeBytes(vocabulary.bytes(token));
    }
    assertThat(state.complete()).as("complete: %s", text).isTrue();
    byte[] bytes = text.toByteArray();
    int compared = Math.min(forced.length, bytes.length - forcedFrom);
    assertThat(Arrays.copyOfRange(bytes, forcedFrom, forcedFrom + compared)).isEqualTo(Arrays.copyOf(forced, compared));
    return bytes;
  }

  private static int best(float[] logits) {
    int best = -1;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > Float.NEGATIVE_INFINITY && (best < 0 || logits[i] > logits[best])) {
        best = i;
      }
    }
    return best;
  }
}
